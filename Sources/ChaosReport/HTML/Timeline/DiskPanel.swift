import ChaosPlan

/// How full the disks were, where anybody reported it.
enum DiskPanel {
    private static let height = 96.0

    static func render(_ page: Page, backdrop: (Double) -> Markup) -> Markup {
        let lanes = page.timeline.disks
        guard !lanes.isEmpty else { return .empty }
        func y(_ share: Double) -> Double { height - 6 - min(1, share) * (height - 12) }
        let worst = lanes.map { lane -> String in
            let peak = lane.used.compactMap(\.self).max() ?? 0
            return "\(name(lane.host, page)) at most \(Measure.percent(peak)) (\(lane.worst.rawValue))"
        }
        var plot = Plot(
            id: "disk", title: "Disk level", description: worst.joined(separator: ", ") + ".", height: height)
        plot.labels = [1, 0.8, 0].map { Plot.Label(top: y($0) - 8, text: Measure.percent($0)) }
        plot.shapes = backdrop(height) + Plot.grid([y(1), y(0.8), y(0)])
        let width = Double(page.timeline.pointWidth) / Double(page.timeline.end) * TimeScale.width
        let known = Int(page.timeline.observed / page.timeline.pointWidth)
        var legend: [Markup] = []
        for (index, lane) in lanes.prefix(4).enumerated() {
            // A disk keeps its level until it is read again.
            var held: Double?
            let values = lane.used.enumerated().map { bin, used -> Double? in
                held = used ?? held
                return bin <= known ? held : nil
            }
            let kind = ["mean", "success", "p95", "worst"].map { Markup(source: $0) }[index]
            let outline = Outline.steps(values, binWidth: width, y: y)
            plot.shapes += "<path class=\"line \(kind)\" d=\"\(outline.d)\"/>"
            legend.append(TimelineSection.key("line \(kind)", name(lane.host, page)))
        }
        return TimelineSection.figure("Disk level", legend: legend, plot)
    }

    private static func name(_ host: Int, _ page: Page) -> String {
        page.header.hosts.indices.contains(host) ? page.header.hosts[host] : "host \(host)"
    }
}
