import ChaosPlan

/// User-uptime: how many client chains are up, as the mean and the worst instant of each bin, with the success ratio.
enum AvailabilityPanel {
    private static let height = 170.0
    private static let top = 10.0

    /// Where the scale ends below.
    static func floor(_ timeline: Timeline) -> Double {
        let lowest = min(
            timeline.uptime.compactMap { $0?.min }.min() ?? 1, timeline.success.compactMap(\.self).min() ?? 1)
        return [0.99, 0.98, 0.95, 0.9, 0.8, 0.6, 0.4, 0.2].first { $0 <= lowest } ?? 0
    }

    /// Of all up and of the floor, for the page's script.
    static let levels = (top: top, bottom: height - top)

    static func render(_ page: Page, backdrop: (Double) -> Markup) -> Markup {
        let timeline = page.timeline
        let floor = floor(timeline)
        func y(_ share: Double) -> Double { top + (1 - share) / (1 - floor) * (height - 2 * top) }
        var plot = Plot(
            id: "uptime", title: "Availability over time", description: describe(page), height: height)
        let ticks = [1, floor + (1 - floor) * 0.5, floor]
        plot.labels = ticks.map { Plot.Label(top: y($0) - 8, text: Measure.percent($0)) }
        plot.shapes = backdrop(height) + Plot.grid(ticks.map(y))

        let width = Double(timeline.pointWidth) / Double(timeline.end) * TimeScale.width
        let minimum = Outline.steps(timeline.uptime.map { $0?.min }, binWidth: width, y: y)
        let mean = Outline.steps(timeline.uptime.map { $0?.mean }, binWidth: width, y: y)
        plot.shapes += shortfall(timeline.uptime, binWidth: width, y: y)
        plot.shapes += "<path class=\"line worst\" d=\"\(minimum.d)\"/>"
        if timeline.success.contains(where: { $0 != nil }) {
            let success = Outline.steps(timeline.success, binWidth: width, y: y)
            plot.shapes += "<path class=\"line success\" d=\"\(success.d)\"/>"
        }
        plot.shapes += "<path class=\"line mean\" d=\"\(mean.d)\"/>"
        plot.words = marks(timeline, scale: page.scale)
        return TimelineSection.figure(
            "Availability",
            legend: [
                TimelineSection.key("line mean", "chains up, mean"),
                TimelineSection.key("line worst", "worst instant"),
                TimelineSection.key("line success", "requests answered"),
            ], plot)
    }

    private static func describe(_ page: Page) -> String {
        let worst = page.timeline.uptime.enumerated().filter { $0.element != nil }
            .min { ($0.element?.min ?? 1) < ($1.element?.min ?? 1) }
        guard let worst, let value = worst.element?.min, value < 1 else { return "Every chain was up all the time." }
        let time = Measure.time(Nanoseconds(worst.offset) * page.timeline.pointWidth)
        return "Share of client chains up. The lowest was \(Measure.percent(value)), near \(time)."
    }

    /// The area between all up and the worst instant: what was taken from users.
    private static func shortfall(
        _ bins: [Timeline.Uptime?], binWidth: Double, y: (Double) -> Double
    ) -> Markup {
        var area = Outline()
        var start: Int?
        func close(_ end: Int) {
            guard let first = start else { return }
            area.move(Double(first) * binWidth, y(1))
            for bin in first..<end {
                area.vertical(y(bins[bin]?.min ?? 1))
                area.horizontal(Double(bin + 1) * binWidth)
            }
            area.vertical(y(1))
            area.close()
            start = nil
        }
        for (index, bin) in bins.enumerated() {
            if let bin, bin.min < 1 { start = start ?? index } else { close(index) }
        }
        close(bins.count)
        return "<path class=\"shortfall\" d=\"\(area.d)\"/>"
    }

    private static func marks(_ timeline: Timeline, scale: TimeScale) -> Markup {
        var words: Markup = .empty
        for violation in timeline.violations {
            words +=
                "<circle class=\"violation\" cx=\"\(fine: scale.percent(violation.time))%\" cy=\"\(height - 5)\" r=\"4\"><title>\(violation.name): \(violation.detail)</title></circle>"
        }
        if let abort = timeline.abort {
            let x = scale.percent(abort.time)
            let anchor: Markup = x > 80 ? "text-anchor=\"end\" dx=\"-6\"" : "dx=\"6\""
            words +=
                "<line class=\"abort\" x1=\"\(fine: x)%\" x2=\"\(fine: x)%\" y1=\"0\" y2=\"\(height)\"/><text class=\"strong\" x=\"\(x)%\" \(anchor) y=\"\(height - 14)\">aborted</text>"
        }
        return words
    }
}
