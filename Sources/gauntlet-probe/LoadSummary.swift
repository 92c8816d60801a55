package import ChaosPlan
import FoundationEssentials

/// What became of all requests of a load.
package final class LoadSummary: ProbeSink {
    private var succeeded = 0
    private var failed = 0
    private var missed = 0
    private var problems: Set<String> = []
    private var late = LatencyHistogram()
    private var latency = LatencyHistogram()
    private var service = LatencyHistogram()
    private var latest: Nanoseconds = 0

    package init() {}

    package func ended(_ outcome: ProbeOutcome) {
        if outcome.isOK { succeeded += 1 } else { failed += 1 }
        late.record(outcome.late)
        latest = max(latest, outcome.late)
        latency.record(outcome.end - outcome.intended)
        service.record(outcome.end - outcome.intended - outcome.late)
    }

    package func missed(subject: Int, intended: Nanoseconds) { missed += 1 }

    package func error(_ text: String) { problems.insert(text) }

    /// Times in microseconds; a quantile is the upper bound of its bucket, at most 3 % too large.
    private struct Report: Encodable {
        struct Quantiles: Encodable {
            var p50: Double
            var p95: Double
            var p99: Double
            var p999: Double

            init(_ histogram: LatencyHistogram) {
                func at(_ share: Double) -> Double { Double(histogram.quantile(share) ?? 0) / 1000 }
                (p50, p95, p99, p999) = (at(0.5), at(0.95), at(0.99), at(0.999))
            }

            var text: String { [p50, p95, p99, p999].map(LoadSummary.format).joined(separator: " / ") }
        }

        var count: Int
        var succeeded: Int
        var failed: Int
        var unsent: Int
        /// Why they were not sent.
        var problems: [String]
        var startError: Quantiles
        var startErrorMax: Double
        var latency: Quantiles
        var service: Quantiles
    }

    private var report: Report {
        Report(
            count: succeeded + failed + missed, succeeded: succeeded, failed: failed, unsent: missed,
            problems: problems.sorted(),
            startError: .init(late), startErrorMax: Double(latest) / 1000, latency: .init(latency),
            service: .init(service))
    }

    package var json: String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        guard let data = try? encoder.encode(report) else { preconditionFailure("a report that cannot be encoded") }
        return String(decoding: data, as: UTF8.self)
    }

    package var text: String {
        let report = report
        let share = report.count == 0 ? 0 : 100 * Double(report.succeeded) / Double(report.count)
        return """
            requests     \(report.count): \(report.succeeded) succeeded (\(Self.format(share)) %), \(report.failed) failed, \
            \(report.unsent) not sent\(report.problems.map { " (\($0))" }.joined())
            start error  \(report.startError.text) µs (p50 / p95 / p99 / p99.9), at most \(Self.format(report.startErrorMax)) µs
            latency      \(report.latency.text) µs, from when it was due
            service      \(report.service.text) µs, from when it was sent
            """
    }

    private static func format(_ value: Double) -> String {
        let tenths = Int((value * 10).rounded())
        return value >= 1000 ? "\(tenths / 10)" : "\(tenths / 10).\(tenths % 10)"
    }
}
