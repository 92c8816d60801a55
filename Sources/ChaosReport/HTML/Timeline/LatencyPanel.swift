import ChaosPlan
import ChaosScore
import Foundation  // log10

/// Latency quantiles per window on a logarithmic axis, with the limits that objectives set.
enum LatencyPanel {
    private static let height = 150.0
    private static let pad = 8.0

    static func render(_ page: Page, backdrop: (Double) -> Markup) -> Markup {
        let points = page.timeline.latency.filter { $0.p50 != nil }
        let limits = self.limits(page)
        let values = points.flatMap { [$0.p50, $0.p95, $0.p99].compactMap(\.self) }.map(Double.init)
        guard let low = values.min(), let high = (values + limits.map(\.value)).max() else { return .empty }
        let bottom = log10(max(1_000, low)).rounded(.down)
        let top = max(bottom + 1, log10(high * 1.15).rounded(.up))
        func y(_ value: Double) -> Double {
            height - pad - (log10(max(1, value)) - bottom) / (top - bottom) * (height - 2 * pad)
        }
        let decades = stride(from: bottom, through: top, by: 1).map { pow(10, $0) }
        var plot = Plot(
            id: "latency", title: "Latency over time",
            description: "The highest p99 of any window was \(Measure.time(Nanoseconds(values.max() ?? 0))).",
            height: height)
        plot.labels = decades.map { Plot.Label(top: y($0) - 8, text: Measure.time(Nanoseconds($0))) }
        plot.shapes = backdrop(height) + Plot.grid(decades.map(y))
        let quantiles: [(Markup, (Timeline.Latency) -> Nanoseconds?)] = [
            ("p99", \.p99), ("p95", \.p95), ("p50", \.p50),
        ]
        for (name, quantile) in quantiles {
            let outline = self.outline(points, scale: page.scale) { quantile($0).map { y(Double($0)) } }
            plot.shapes += "<path class=\"line \(name)\" d=\"\(outline.d)\"/>"
        }
        for limit in limits {
            let level = y(limit.value)
            plot.shapes += "<path class=\"limit\" d=\"M0 \(level)H1000\"/>"
            plot.words +=
                "<text class=\"limit\" x=\"100%\" dx=\"-4\" y=\"\(level - 4)\" text-anchor=\"end\">\(limit.name)</text>"
        }
        return TimelineSection.figure(
            "Latency of answered requests",
            legend: [
                TimelineSection.key("line p50", "p50"), TimelineSection.key("line p95", "p95"),
                TimelineSection.key("line p99", "p99"),
            ], plot)
    }

    private static func limits(_ page: Page) -> [(name: String, value: Double)] {
        page.scorecard.objectives.compactMap { result in
            let name: String
            switch result.objective.metric {
            case .latencyP50: name = "p50"
            case .latencyP95: name = "p95"
            case .latencyP99: name = "p99"
            default: return nil
            }
            return ("\(name) \(result.objective.demand)", result.objective.limitValue)
        }
    }

    private static func outline(
        _ points: [Timeline.Latency], scale: TimeScale, level: (Timeline.Latency) -> Double?
    ) -> Outline {
        var outline = Outline()
        var end: Nanoseconds?
        for point in points {
            guard let y = level(point) else {
                end = nil
                continue
            }
            if let end, point.start <= end {
                outline.horizontal(scale.x(point.start))
                outline.vertical(y)
            } else {
                outline.move(scale.x(point.start), y)
            }
            outline.horizontal(scale.x(point.start + point.length))
            end = point.start + point.length
        }
        return outline
    }
}
