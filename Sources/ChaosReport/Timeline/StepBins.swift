import ChaosPlan

/// A step function integrated into equal bins: mean and minimum of each, in one pass.
struct StepBins {
    let width: Nanoseconds
    private(set) var level: Int
    private var at: Nanoseconds = 0
    private var sums: [Double]
    private var minima: [Int]

    init(count: Int, width: Nanoseconds, level: Int) {
        self.width = width
        self.level = level
        sums = Array(repeating: 0, count: count)
        minima = Array(repeating: .max, count: count)
    }

    mutating func change(by delta: Int, at time: Nanoseconds) {
        advance(to: time)
        level += delta
        let bin = min(minima.count - 1, Int(at / width))
        minima[bin] = min(minima[bin], level)
    }

    mutating func advance(to time: Nanoseconds) {
        while at < time {
            let bin = min(sums.count - 1, Int(at / width))
            let edge = bin == sums.count - 1 ? time : min(time, Nanoseconds(bin + 1) * width)
            sums[bin] += Double(level) * Double(edge - at)
            minima[bin] = min(minima[bin], level)
            at = edge
        }
    }

    /// Per bin as shares of `whole`; nil where no time has passed.
    func shares(of whole: Int) -> [Timeline.Uptime?] {
        sums.indices.map { bin in
            guard minima[bin] != .max, whole > 0 else { return nil }
            let start = Nanoseconds(bin) * width
            let length = bin == sums.count - 1 ? at - start : min(width, at - start)
            let minimum = Double(minima[bin]) / Double(whole)
            let mean = length > 0 ? sums[bin] / Double(length) / Double(whole) : minimum
            return Timeline.Uptime(mean: mean, min: min(minimum, mean))
        }
    }
}
