import ChaosPlan
import ChaosScore

/// All instances at once: a dot each, the median as a stroke, the limit as a line.
enum SpreadFigure {
    private static let rowHeight = 32.0

    static func render(_ faults: [FaultTimes], scale: RecoveryScale, page: Page) -> Markup {
        let rows = RecoveryMeasure.allCases.compactMap { measure -> (RecoveryMeasure, [Nanoseconds])? in
            let values = faults.compactMap { measure.value(of: $0) }.sorted()
            return values.isEmpty ? nil : (measure, values)
        }
        guard !rows.isEmpty else { return .empty }
        var plot = Plot(
            id: "spread", title: "All \(faults.count) fault instances",
            description: rows.map {
                "\($0.0.name): median \(Measure.time($0.1[$0.1.count / 2])), worst \(Measure.time($0.1[$0.1.count - 1]))"
            }
            .joined(separator: "; ") + ".", height: Double(rows.count) * rowHeight + 22)
        plot.isTimed = false
        RecoverySection.axis(scale, into: &plot)
        for (position, row) in rows.enumerated() {
            let top = Double(position) * rowHeight
            draw(row.0, row.1, faults: faults, top: top, scale: scale, page: page, into: &plot)
        }
        let never = faults.count { $0.firstImpact != nil && $0.restored == nil }
        let note: Markup =
            never > 0 ? "<p class=\"note\">\(Icon.judgement(.missed))\(never) never restored.</p>" : .empty
        return """
            <figure><figcaption><h3>All \(faults.count) instances</h3><span class="legend">\(TimelineSection.dotKey("dots", "one instance"))<span><svg width="10" height="12" aria-hidden="true"><path class="median" d="M5 0V12"/></svg>median</span><span><svg width="10" height="12" aria-hidden="true"><path class="bound" d="M5 0V12"/></svg>limit</span></span></figcaption>
            \(note)\(plot.markup)</figure>

            """
    }

    private static func draw(
        _ measure: RecoveryMeasure, _ values: [Nanoseconds], faults: [FaultTimes], top: Double, scale: RecoveryScale,
        page: Page, into plot: inout Plot
    ) {
        let middle = top + rowHeight / 2
        var dots = Outline()
        for (index, value) in values.enumerated() {
            // A fixed zigzag keeps equal values apart without chance.
            let offset = Double(index * 7 % 11 - 5) * 1.1
            dots.dot(max(2, scale.percent(value) * 10), middle + offset)
        }
        let median = scale.percent(values[values.count / 2]) * 10
        plot.shapes += "<path class=\"dots\" d=\"\(dots.d)\"/>"
        plot.shapes += "<path class=\"median\" d=\"M\(median) \(top + 4)V\(top + rowHeight - 4)\"/>"
        if let limit = faults.compactMap({ measure.limit(of: $0, in: page.scorecard) }).min(), limit <= scale.end {
            let x = scale.percent(limit)
            plot.words +=
                "<line class=\"bound\" x1=\"\(x)%\" x2=\"\(x)%\" y1=\"\(top + 3)\" y2=\"\(top + rowHeight - 3)\"><title>limit \(Measure.time(limit))</title></line>"
        }
        plot.labels.append(Plot.Label(top: middle - 8, text: measure.name))
        let worst = values[values.count - 1]
        plot.words +=
            "<text class=\"beside\" x=\"100%\" text-anchor=\"end\" y=\"\(middle + 4)\"><tspan class=\"soft\">worst </tspan>\(Measure.text(Double(worst), .time))</text>"
    }
}
