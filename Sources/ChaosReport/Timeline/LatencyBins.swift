import ChaosPlan

/// Merges the groups' windows of one instant, then keeps the worst window of each bin.
///
/// Lines of one window stand close together but need not be neighbours, so a few windows stay open until newer ones
/// push them out; memory does not grow with the journal.
struct LatencyBins {
    private struct Open {
        var start: Nanoseconds
        var length: Nanoseconds
        var requests = 0
        var succeeded = 0
        var histogram = LatencyHistogram()
    }

    private static let openLimit = 4
    private let width: Nanoseconds
    private var open: [Open] = []
    private var bins: [Timeline.Latency?]

    init(count: Int, width: Nanoseconds) {
        self.width = width
        bins = Array(repeating: nil, count: count)
    }

    mutating func add(_ window: RequestWindow, at time: Nanoseconds) {
        if let index = open.firstIndex(where: { $0.start == time && $0.length == window.length }) {
            open[index].requests += window.requests
            open[index].succeeded += window.succeeded
            open[index].histogram.add(window.latency)
            return
        }
        if open.count == Self.openLimit { close(open.removeFirst()) }
        var fresh = Open(start: time, length: window.length)
        fresh.requests = window.requests
        fresh.succeeded = window.succeeded
        fresh.histogram.add(window.latency)
        open.append(fresh)
    }

    mutating func finish() -> [Timeline.Latency] {
        for window in open { close(window) }
        open = []
        return bins.compactMap(\.self)
    }

    private mutating func close(_ window: Open) {
        guard window.requests > 0 else { return }
        let fresh = Timeline.Latency(
            start: window.start, length: window.length, requests: window.requests,
            success: Double(window.succeeded) / Double(window.requests), p50: window.histogram.quantile(0.5),
            p95: window.histogram.quantile(0.95), p99: window.histogram.quantile(0.99))
        let bin = min(bins.count - 1, max(0, Int(window.start / width)))
        bins[bin] = bins[bin].map { Self.worst($0, fresh) } ?? fresh
    }

    private static func worst(_ a: Timeline.Latency, _ b: Timeline.Latency) -> Timeline.Latency {
        func larger(_ x: Nanoseconds?, _ y: Nanoseconds?) -> Nanoseconds? {
            guard let x, let y else { return x ?? y }
            return max(x, y)
        }
        let start = min(a.start, b.start)
        return Timeline.Latency(
            start: start, length: max(a.start + a.length, b.start + b.length) - start,
            requests: a.requests + b.requests, success: min(a.success, b.success), p50: larger(a.p50, b.p50),
            p95: larger(a.p95, b.p95), p99: larger(a.p99, b.p99))
    }
}
