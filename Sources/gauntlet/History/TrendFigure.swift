import ChaosHistory
import ChaosReport
import ChaosScore

/// One metric over the runs: a dot a run in its verdict's colour, the limit, new versions and shifts as strokes across.
struct TrendFigure {
    let line: Trend.Line
    let trend: Trend
    /// Unique on its page.
    let id: String

    private static let height = 132.0
    private static let (top, bottom) = (16.0, 112.0)

    var markup: Markup {
        let metric = line.metric
        let values = line.values.compactMap { $0 }
        guard let scale = Scale(values, limit: metric.limit), let last = values.last else { return .empty }
        var plot = Plot(
            id: id, title: "\(metric.name) of \(trend.series.scenario), \(trend.series.world)",
            description:
                "\(values.count) runs, \(metric.text(values.min() ?? last)) to \(metric.text(values.max() ?? last)), the last \(metric.text(last)).",
            height: Self.height)
        plot.isTimed = false
        plot.labels = scale.levels.map { Plot.Label(top: y($0, scale) - 8, text: metric.text($0)) }
        plot.shapes = Plot.grid(scale.levels.map { y($0, scale) })
        versions(into: &plot)
        draw(scale, into: &plot)
        if let limit = metric.limit, scale.holds(limit) {
            let level = y(limit, scale)
            plot.words += "<line class=\"limit\" x1=\"0\" x2=\"100%\" y1=\"\(level)\" y2=\"\(level)\"/>"
        }
        shifts(into: &plot)
        var legend = "last \(metric.text(last))"
        if let limit = metric.limit { legend += ", demanded \(metric.isMinimum ? "≥" : "≤") \(metric.text(limit))" }
        let marks = line.shifts.map { shift -> Markup in
            "<li>\(TrendText.sentence(shift, of: metric, in: trend))</li>\n"
        }
        let list: Markup = marks.isEmpty ? .empty : "<ul class=\"marks\">\n\(marks)</ul>\n"
        return
            "<figure><figcaption><h3>\(metric.name)</h3><span>\(legend)</span></figcaption>\n\(plot.markup)\(list)</figure>\n"
    }

    /// Of the run, in the plot's own units.
    private func x(_ run: Int) -> Double { (Double(run) + 0.5) / Double(trend.runs.count) * 1000 }

    private func y(_ value: Double, _ scale: Scale) -> Double {
        Self.bottom - (value - scale.low) / (scale.high - scale.low) * (Self.bottom - Self.top)
    }

    private func draw(_ scale: Scale, into plot: inout Plot) {
        var path = Outline()
        var dots: [String: Outline] = [:]
        var hits: Markup = .empty
        let slot = 1000 / Double(trend.runs.count)
        for (index, value) in line.values.enumerated() {
            guard let value else { continue }
            let (px, py) = (x(index), y(value, scale))
            if path.isEmpty { path.move(px, py) } else { path.line(px, py) }
            let run = trend.runs[index]
            dots[run.verdict, default: Outline()].dot(px, py)
            let words = "\(RunTable.time(run.started)), \(run.version), \(run.verdict): \(line.metric.text(value))"
            hits +=
                "<rect class=\"hit\" x=\"\(px - slot / 2)\" y=\"0\" width=\"\(slot)\" height=\"\(Self.bottom)\"><title>\(words)</title></rect>"
        }
        plot.shapes += "<path class=\"line p50\" d=\"\(path.d)\"/>"
        for verdict in Verdict.allCases {
            guard let outline = dots[verdict.rawValue] else { continue }
            plot.shapes += "<path class=\"seed \(Icon.name(verdict))\" d=\"\(outline.d)\"/>"
        }
        plot.shapes += hits
    }

    /// A stroke and a name where a new version ran first; as many names as there is room for.
    private func versions(into plot: inout Plot) {
        var edge = -20.0
        for (index, run) in trend.runs.enumerated() {
            let before = index > 0 ? trend.runs[index - 1].version : nil
            guard run.version != before else { continue }
            let left = Double(index) / Double(trend.runs.count) * 100
            if before != nil {
                plot.words +=
                    "<line class=\"edge\" x1=\"\(left)%\" x2=\"\(left)%\" y1=\"0\" y2=\"\(Self.bottom)\"/>"
            }
            guard left - edge >= 12, left <= 88 else { continue }
            plot.words += "<text class=\"tick\" x=\"\(left)%\" dx=\"3\" y=\"\(Self.height - 4)\">\(run.version)</text>"
            edge = left
        }
    }

    private func shifts(into plot: inout Plot) {
        for shift in line.shifts {
            let left = Double(shift.after) / Double(trend.runs.count) * 100
            plot.words +=
                "<line class=\"shift\" x1=\"\(left)%\" x2=\"\(left)%\" y1=\"0\" y2=\"\(Self.bottom)\"><title>\(TrendText.sentence(shift, of: line.metric, in: trend))</title></line>"
        }
    }

    /// The vertical axis. A limit is shown where it does not press the values flat.
    private struct Scale {
        var low: Double
        var high: Double

        init?(_ values: [Double], limit: Double?) {
            guard var low = values.min(), var high = values.max() else { return nil }
            let room = high - low
            if let limit, room == 0 || limit > low - 2 * room && limit < high + 2 * room {
                low = min(low, limit)
                high = max(high, limit)
            }
            if low == high {
                let margin = max(abs(low) * 0.05, 1e-9)
                low -= margin
                high += margin
            }
            self.low = low
            self.high = high
        }

        var levels: [Double] { [low, (low + high) / 2, high] }

        func holds(_ value: Double) -> Bool { value >= low && value <= high }
    }
}
