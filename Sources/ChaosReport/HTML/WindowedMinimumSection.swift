import ChaosPlan
import ChaosScore
import Foundation  // log10

/// The worst window of each length: how bad a minute was, and how bad the week. Both axes are logarithmic.
enum WindowedMinimumSection {
    private static let height = 210.0
    private static let pad = 14.0
    /// Beyond five nines a run cannot tell; a perfect window stands there too.
    private static let nines = 5.0

    static func render(_ page: Page) -> Markup {
        let points = page.scorecard.facts.windowedMinimum.filter { $0.window > 0 }
        guard let first = points.first, let last = points.last, points.count > 1 else { return .empty }
        let low = log10(Double(first.window))
        let high = max(low + 0.1, log10(Double(last.window)))
        func x(_ window: Nanoseconds) -> Double { (log10(Double(window)) - low) / (high - low) * 96 + 2 }
        func y(_ share: Double) -> Double {
            let value = share >= 1 ? nines : min(nines, max(0, -log10(1 - share)))
            return height - pad - 12 - value / nines * (height - 2 * pad - 12)
        }
        let worst = points.min { $0.availability < $1.availability } ?? first
        var plot = Plot(
            id: "windows", title: "Worst window of each length",
            description:
                "The worst \(Measure.time(worst.window)) had \(Measure.percent(worst.availability)) user-uptime.",
            height: height)
        plot.isTimed = false
        let levels = [0, 0.9, 0.99, 0.999, 0.9999, 1]
        plot.labels = levels.map { Plot.Label(top: y($0) - 8, text: $0 == 1 ? "≥ 99.999 %" : Measure.percent($0)) }
        plot.shapes = Plot.grid(levels.map(y))

        var line = Outline()
        var dots = Outline()
        for (index, point) in points.enumerated() {
            let (px, py) = (x(point.window) * 10, y(point.availability))
            if index == 0 { line.move(px, py) } else { line.line(px, py) }
            if points.count <= 40 { dots.dot(px, py) }
        }
        plot.shapes += "<path class=\"line mean\" d=\"\(line.d)\"/><path class=\"dots strong\" d=\"\(dots.d)\"/>"
        plot.words = words(points, x: x, y: y) + limits(page.scorecard, x: x, y: y)
        return """
            <section aria-labelledby="windows-head">
            <h2 id="windows-head">The worst window of each length</h2>
            <p>User-uptime of the worst stretch of so long: an outage that a week forgives may fill a minute.</p>
            \(TimelineSection.figureBody(plot))
            </section>

            """
    }

    private static func words(
        _ points: [Facts.WindowedAvailability], x: (Nanoseconds) -> Double, y: (Double) -> Double
    ) -> Markup {
        var words: Markup = .empty
        var edge = -20.0
        for (index, point) in points.enumerated() {
            let px = x(point.window)
            let isLast = index == points.count - 1
            // Leave room for the last label, which always stands.
            guard isLast || (px - edge >= 13 && px <= 86) else { continue }
            let anchor: Markup = index == 0 ? "start" : isLast ? "end" : "middle"
            words +=
                "<text class=\"tick\" x=\"\(px)%\" y=\"\(height - 4)\" text-anchor=\"\(anchor)\">\(name(point.window))</text>"
            let above = y(point.availability) - 9
            words +=
                "<text class=\"strong\" x=\"\(px)%\" y=\"\(max(10, above))\" text-anchor=\"\(anchor)\">\(Measure.percent(point.availability))</text>"
            edge = px
        }
        return words
    }

    /// A round length in its largest unit: an hour, not 60 minutes.
    private static func name(_ window: Nanoseconds) -> String {
        for (unit, name) in [(24 * Nanoseconds.hour, "d"), (.hour, "h"), (.minute, "min")] where window % unit == 0 {
            return "\(window / unit) \(name)"
        }
        return Measure.time(window)
    }

    private static func limits(
        _ card: Scorecard, x: (Nanoseconds) -> Double, y: (Double) -> Double
    ) -> Markup {
        var out: Markup = .empty
        for result in card.objectives where result.objective.metric == .availability {
            guard case .min(let limit) = result.objective.limit else { continue }
            let level = y(limit)
            switch result.objective.over {
            case .window(let length):
                let px = max(0, min(100, x(length)))
                out +=
                    "<line class=\"bound\" x1=\"\(px - 2)%\" x2=\"\(px + 2)%\" y1=\"\(level)\" y2=\"\(level)\"><title>\(result.objective.id) \(result.objective.demand)</title></line>"
            case .run:
                out +=
                    "<line class=\"limit\" x1=\"0\" x2=\"100%\" y1=\"\(level)\" y2=\"\(level)\"/><text class=\"limit\" x=\"0\" dx=\"4\" y=\"\(level - 4)\">run \(result.objective.demand)</text>"
            case .budget, .impact: break
            }
        }
        return out
    }
}
