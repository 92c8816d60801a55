import ChaosPlan
import Testing
import gauntlet_agent

@Suite struct WorkProgressTests {
    /// Works `time` from `start` on, in a process that is let run for `running` at the end of each tenth of a second.
    private func work(
        _ time: Nanoseconds, from start: Nanoseconds, running: Nanoseconds, _ progress: inout WorkProgress
    ) -> Nanoseconds {
        let cycle: Nanoseconds = 100 * .millisecond
        var now = start
        var left = time
        while left > 0 {
            let slice = min(left, progress.slice)
            let due = now + slice
            let phase = due % cycle
            // A timer that is due during the stop rings when it ends.
            let rang = phase < cycle - running ? due - phase + cycle - running : due
            left -= progress.progress(of: slice, in: rang - now, at: rang)
            now = rang
        }
        return now - start
    }

    @Test("Work of a process that runs takes its time, however it is divided", arguments: [1, 8, 90, 700] as [Int64])
    func undisturbed(milliseconds: Int64) {
        var progress = WorkProgress()
        let time = milliseconds * .millisecond
        #expect(work(time, from: 0, running: 100 * .millisecond, &progress) == time)
    }

    @Test(
        "A process that has 3 % or 10 % of its processor works that much slower",
        arguments: [(3, 8), (3, 100), (10, 8), (10, 100)] as [(Int64, Int64)])
    func starved(share: Int64, milliseconds: Int64) {
        var progress = WorkProgress()
        var now: Nanoseconds = 0
        var spans: [Double] = []
        for _ in 0..<50 {
            // Requests come at all moments of the cycle.
            now += 137 * .millisecond
            let span = work(milliseconds * .millisecond, from: now, running: share * .millisecond, &progress)
            spans.append(Double(span) / 1e6)
            now += span
        }
        let mean = spans.reduce(0, +) / 50
        let due = Double(milliseconds * 100 / share)
        #expect(mean > due * 0.5 && mean < due * 1.5, "\(mean) ms, \(due) ms of a processor's share")
    }

    @Test("What was stopped once is soon itself again")
    func recovers() {
        var progress = WorkProgress()
        #expect(progress.progress(of: 8 * .millisecond, in: 20 * .second, at: 30 * .second) < 8 * .millisecond)
        #expect(progress.slice < 8 * .millisecond)
        #expect(progress.progress(of: 2 * .millisecond, in: 2 * .millisecond, at: 32 * .second) == 2 * .millisecond)
        #expect(progress.slice > .second)
    }
}
