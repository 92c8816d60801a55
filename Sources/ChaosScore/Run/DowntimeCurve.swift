import ChaosPlan

/// Downtime of a set of subjects as a function of time, exact: agent-nanoseconds lost up to each instant at which their
/// number down changes. Between two such instants it is a straight line.
struct DowntimeCurve {
    private var times: [Nanoseconds] = [0]
    private var lost: [Int128] = [0]
    private var down: [Int] = [0]
    let horizon: Nanoseconds
    let subjects: Int

    /// `intervals`: of those subjects only; a subject's own must not overlap.
    init(_ intervals: [DownInterval], subjects: Int, horizon: Nanoseconds) {
        self.horizon = horizon
        self.subjects = subjects
        let starts = intervals.map(\.start).sorted()
        let ends = intervals.map(\.end).sorted()
        var nextStart = 0
        var nextEnd = 0
        while nextEnd < ends.count {
            let isStart = nextStart < starts.count && starts[nextStart] < ends[nextEnd]
            let time = isStart ? starts[nextStart] : ends[nextEnd]
            if isStart { nextStart += 1 } else { nextEnd += 1 }
            step(to: time, change: isStart ? 1 : -1)
        }
    }

    private mutating func step(to time: Nanoseconds, change: Int) {
        let last = times.count - 1
        if time > times[last] {
            times.append(time)
            lost.append(lost[last] + Int128(time - times[last]) * Int128(down[last]))
            down.append(down[last] + change)
        } else {
            down[last] += change
        }
    }

    /// Agent-nanoseconds over the whole run.
    var total: Int128 { lost(until: horizon, from: times.count - 1) }

    private func lost(until time: Nanoseconds, from index: Int) -> Int128 {
        lost[index] + Int128(time - times[index]) * Int128(down[index])
    }

    /// User-uptime's minimum cumulative ratio (Hauer et al., NSDI '20): the worst availability of any window of this
    /// length, wherever it starts. Exact, not sampled: the loss of a window is linear in its start between the
    /// instants at which either of its edges meets a change, so the worst window has an edge on one.
    ///
    /// Nil when the run is shorter than the window.
    func worst(window: Nanoseconds) -> Double? {
        guard window > 0, window <= horizon else { return nil }
        if subjects == 0 { return 1 }
        var worst: Int128 = 0
        // The segment that holds a window's start, or its end; both only move forward.
        var left = Cursor()
        var right = Cursor()
        for time in times where time + window <= horizon {
            worst = max(worst, right.lost(until: time + window, in: self) - left.lost(until: time, in: self))
        }
        left = Cursor()
        right = Cursor()
        for time in times where time >= window && time <= horizon {
            worst = max(worst, right.lost(until: time, in: self) - left.lost(until: time - window, in: self))
        }
        left = Cursor()
        right = Cursor()
        worst = max(worst, right.lost(until: horizon, in: self) - left.lost(until: horizon - window, in: self))
        return 1 - Double(worst) / (Double(window) * Double(subjects))
    }

    /// Finds losses at instants that never go back, without searching anew.
    private struct Cursor {
        private var index = 0

        mutating func lost(until time: Nanoseconds, in curve: borrowing DowntimeCurve) -> Int128 {
            while index + 1 < curve.times.count, curve.times[index + 1] <= time { index += 1 }
            return curve.lost(until: time, from: index)
        }
    }
}
