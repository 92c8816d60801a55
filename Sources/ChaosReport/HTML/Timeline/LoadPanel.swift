import ChaosPlan

/// How busy each host of a live run was: processor, memory and disk, as shares of what it has.
enum LoadPanel {
    private static let height = 72.0
    /// More would make the page long; these are the busiest.
    private static let limit = 8

    private struct Line {
        var name: String
        var kind: Markup
        var quantity: Timeline.LoadLane.Quantity
    }

    static func render(_ page: Page, backdrop: (Double) -> Markup) -> Markup {
        let lanes = page.timeline.loads
        let shown = Set(
            lanes.indices.sorted { (lanes[$0].cpu.peak ?? 0, $1) > (lanes[$1].cpu.peak ?? 0, $0) }.prefix(limit))
        let figures = lanes.enumerated().filter { shown.contains($0.offset) }.map {
            figure($0.element, number: $0.offset, page, backdrop)
        }
        let hidden = lanes.count - shown.count
        let more: Markup = hidden > 0 ? "<p>\(hidden) less busy hosts are not drawn.</p>" : .empty
        return "\(figures)\(more)"
    }

    private static func figure(
        _ lane: Timeline.LoadLane, number: Int, _ page: Page, _ backdrop: (Double) -> Markup
    ) -> Markup {
        func y(_ share: Double) -> Double { height - 5 - min(1, share) * (height - 10) }
        let lines = [
            Line(name: "processor", kind: "mean", quantity: lane.cpu),
            Line(name: "memory", kind: "p99", quantity: lane.memory),
            Line(name: "disk", kind: "success", quantity: lane.disk),
        ].filter { $0.quantity.peak != nil }
        let peaks = lines.map { "\($0.name) \(Measure.percent($0.quantity.peak ?? 0, digits: 2))" }
        let title = "Load of \(HostLoadWords.name(lane.host, page.header))"
        var plot = Plot(
            id: "load-\(number)", title: title, description: "At most: \(peaks.joined(separator: ", ")).",
            height: height)
        plot.labels = [1, 0.5, 0].map { Plot.Label(top: y($0) - 8, text: Measure.percent($0, digits: 2)) }
        plot.shapes = backdrop(height) + Plot.grid([y(1), y(0.5), y(0)])
        let width = Double(page.timeline.pointWidth) / Double(page.timeline.end) * TimeScale.width
        for line in lines {
            let outline = Outline.steps(line.quantity.shares, binWidth: width, y: y)
            plot.shapes += "<path class=\"line \(line.kind)\" d=\"\(outline.d)\"/>"
        }
        return TimelineSection.figure(
            title, legend: zip(lines, peaks).map { TimelineSection.key("line \($0.kind)", "\($1) at most") }, plot)
    }
}
