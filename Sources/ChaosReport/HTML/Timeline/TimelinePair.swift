import ChaosPlan

/// The availability of two runs over one time axis, each with its faults.
package enum TimelinePair {
    private static let height = 120.0
    private static let pad = 12.0

    package static let style: Markup = """
        .together { --gutter: 84px; } .together figure { margin-bottom: 10px; }

        """

    package static func render(_ a: Timeline, _ b: Timeline) -> Markup {
        let scale = TimeScale(end: max(a.end, b.end))
        let floor = min(AvailabilityPanel.floor(a), AvailabilityPanel.floor(b))
        var ticks = Plot(id: "pair-ticks", title: "Time axis", description: "From the start of each run.", height: 22)
        for tick in scale.ticks {
            let percent = scale.percent(tick.time)
            let anchor: Markup = percent == 0 ? "start" : percent > 96 ? "end" : "middle"
            ticks.words +=
                "<text class=\"tick\" x=\"\(percent)%\" y=\"15\" text-anchor=\"\(anchor)\">\(tick.label)</text>"
        }
        return """
            <section aria-labelledby="together"><h2 id="together">Availability over time</h2>
            <p>Chains up, as the mean and the worst instant; shaded while a fault was in force. Of a repeated run, its worst seed.</p>
            <div class="together">
            \(panel("A", a, scale, floor))\(panel("B", b, scale, floor))\(ticks.markup)</div>
            </section>

            """
    }

    private static func panel(_ name: String, _ timeline: Timeline, _ scale: TimeScale, _ floor: Double) -> Markup {
        func y(_ share: Double) -> Double { pad + (1 - share) / (1 - floor) * (height - 2 * pad) }
        let worst = timeline.uptime.compactMap { $0?.min }.min() ?? 1
        var plot = Plot(
            id: "pair-\(name)", title: "Availability of \(name)",
            description: "The lowest share of chains up was \(Measure.percent(worst)).", height: height)
        plot.labels = [1, floor].map { Plot.Label(top: y($0) - 8, text: Measure.percent($0)) }
        plot.labels.append(Plot.Label(top: height / 2 - 8, text: name, isStrong: true))
        var bands = Outline()
        for band in timeline.faults {
            guard let start = band.effective else { continue }
            let x = scale.x(start)
            bands.box(x, 0, width: max(0.8, scale.x(band.reverted ?? start) - x), height: height)
        }
        let width = Double(timeline.pointWidth) / Double(scale.end) * TimeScale.width
        let minimum = Outline.steps(timeline.uptime.map { $0?.min }, binWidth: width, y: y)
        let mean = Outline.steps(timeline.uptime.map { $0?.mean }, binWidth: width, y: y)
        plot.shapes =
            "<path class=\"band\" d=\"\(bands.d)\"/>" + Plot.grid([y(1), y(floor)])
            + "<path class=\"line worst\" d=\"\(minimum.d)\"/><path class=\"line mean\" d=\"\(mean.d)\"/>"
        return TimelineSection.figureBody(plot)
    }
}
