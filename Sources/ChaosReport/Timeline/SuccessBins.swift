import ChaosPlan

/// The fleet's success ratio second by second, from the lines of those that deviate: everybody else succeeded.
/// Each bin keeps its worst second.
struct SuccessBins {
    private struct Open {
        var start: Nanoseconds
        var length: Nanoseconds
        var failed: Int
    }

    private static let openLimit = 4
    private let width: Nanoseconds
    private let subjects: Int
    private let interval: Nanoseconds
    private var open: [Open] = []
    private var worst: [Double?]
    private(set) var isEmpty = true

    init(count: Int, width: Nanoseconds, subjects: Int, interval: Nanoseconds) {
        self.width = width
        self.subjects = subjects
        self.interval = interval
        worst = Array(repeating: nil, count: count)
    }

    mutating func add(failed: Int, length: Nanoseconds, at time: Nanoseconds) {
        isEmpty = false
        if let index = open.firstIndex(where: { $0.start == time }) {
            open[index].failed += failed
            return
        }
        if open.count == Self.openLimit { close(open.removeFirst()) }
        open.append(Open(start: time, length: length, failed: failed))
    }

    mutating func finish() -> [Double?] {
        for second in open { close(second) }
        open = []
        return worst
    }

    private mutating func close(_ second: Open) {
        guard interval > 0, second.length > 0 else { return }
        let due = max(Double(subjects) * Double(second.length) / Double(interval), Double(second.failed), 1)
        let ratio = 1 - Double(second.failed) / due
        // A second may span several bins of a short run.
        let first = min(worst.count - 1, max(0, Int(second.start / width)))
        let last = min(worst.count - 1, max(first, Int((second.start + second.length - 1) / width)))
        for bin in first...last { worst[bin] = min(worst[bin] ?? 1, ratio) }
    }
}
