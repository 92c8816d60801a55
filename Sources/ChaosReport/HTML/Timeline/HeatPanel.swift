import ChaosPlan

/// One row per client chain, ordered by host and group: who was down when, at a glance.
enum HeatPanel {
    /// A few seconds must show in a cell of half an hour, so the steps are by order of magnitude.
    private static let levels: [(from: Float, name: Markup, text: String)] = [
        (0, "h1", "under 1% of the cell"), (0.01, "h2", "1–10%"), (0.1, "h3", "10–50%"), (0.5, "h4", "over 50%"),
    ]

    static func render(_ page: Page, backdrop: (Double) -> Markup) -> Markup {
        let rows = page.timeline.rows
        guard !rows.isEmpty else { return .empty }
        let rowHeight = rows.count <= 120 ? 7.0 : max(1.2, 840 / Double(rows.count))
        let gap = min(1, rowHeight * 0.15)
        let headroom = 20.0
        let width = Double(page.timeline.cellWidth) / Double(page.timeline.end) * TimeScale.width
        var outlines = levels.map { _ in Outline() }
        var tracks = Outline()
        var labels: [Plot.Label] = []
        var words: Markup = .empty
        var host: String?
        var group: String?
        var groupTop = 0.0
        var y = 0.0
        for row in rows {
            let rowHost = page.host(of: row.subject)
            let rowGroup = page.group(of: row.subject)
            if rowHost != host {
                let count = rows.count { page.host(of: $0.subject) == rowHost }
                y += y == 0 ? 0 : 6
                words += "<text class=\"host\" x=\"0\" y=\"\(y + 13)\">\(rowHost), \(count) chains</text>"
                y += headroom
                host = rowHost
                group = nil
            }
            if rowGroup != group {
                // A label only where it does not sit on the one before.
                if labels.isEmpty || y - groupTop >= 13 {
                    labels.append(Plot.Label(top: y - 4, text: rowGroup))
                    groupTop = y
                }
                group = rowGroup
            }
            tracks.box(0, y, width: TimeScale.width, height: rowHeight - gap)
            draw(row, into: &outlines, y: y, height: rowHeight - gap, cell: width)
            let down = row.outages == 0 ? "never down" : "down \(row.outages) times, \(Measure.time(row.total)) in all"
            words +=
                "<rect class=\"hit\" x=\"0\" y=\"\(y)\" width=\"100%\" height=\"\(rowHeight)\"><title>\(page.header.subjects[row.subject].name): \(down)</title></rect>"
            y += rowHeight
        }
        let hurt = rows.count { $0.outages > 0 }
        var plot = Plot(
            id: "heat", title: "Who was down when",
            description: "\(hurt) of \(rows.count) client chains were down at some time.", height: y + 4)
        plot.labels = labels
        plot.shapes = "<path class=\"track\" d=\"\(tracks.d)\"/>" + backdrop(plot.height)
        for (index, level) in levels.enumerated() {
            plot.shapes += "<path class=\"heat \(level.name)\" d=\"\(outlines[index].d)\"/>"
        }
        plot.words = words
        let legend = levels.map { level -> Markup in
            "<span><svg width=\"12\" height=\"10\" aria-hidden=\"true\"><rect class=\"heat \(level.name)\" width=\"12\" height=\"10\"/></svg>\(level.text)</span>"
        }
        return TimelineSection.figure("Who was down", legend: legend, plot)
    }

    /// Neighbouring cells of one level become one box.
    private static func draw(
        _ row: Timeline.HeatRow, into outlines: inout [Outline], y: Double, height: Double, cell: Double
    ) {
        var start = 0
        var current: Int?
        func flush(_ end: Int) {
            guard let level = current else { return }
            outlines[level].box(Double(start) * cell, y, width: Double(end - start) * cell, height: height)
        }
        for (index, share) in row.down.enumerated() {
            let level = share > 0 ? levels.lastIndex { share >= $0.from } : nil
            if level != current {
                flush(index)
                start = index
                current = level
            }
        }
        flush(row.down.count)
    }
}
