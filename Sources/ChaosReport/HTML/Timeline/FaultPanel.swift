import ChaosPlan

/// Which fault was in force when: one lane per planned fault, and one while the hubs disagreed.
enum FaultPanel {
    private static let laneLimit = 10
    private static let laneHeight = 22.0

    static func render(_ page: Page, backdrop: (Double) -> Markup) -> Markup {
        let lanes = self.lanes(page)
        let spans = page.timeline.diverged
        let count = lanes.count + (spans.isEmpty ? 0 : 1)
        guard count > 0 else { return .empty }
        let bands = page.timeline.faults
        var plot = Plot(
            id: "faults", title: "Faults in force",
            description:
                "\(bands.count { $0.effective != nil }) fault instances became effective, of \(page.header.faults.count).",
            height: Double(count) * laneHeight + 4)
        plot.shapes = backdrop(plot.height)
        for (index, lane) in lanes.enumerated() {
            let top = Double(index) * laneHeight + 5
            plot.labels.append(Plot.Label(top: top - 1, text: lane.name))
            for band in lane.bands { plot.words += bar(band, top: top, page: page) }
        }
        if !spans.isEmpty {
            let top = Double(lanes.count) * laneHeight + 5
            plot.labels.append(Plot.Label(top: top - 1, text: "hubs differ"))
            for span in spans.prefix(400) {
                let x = page.scale.percent(span.start)
                let end = span.end ?? page.timeline.observed
                let whole = page.scale.percent(end) - x
                let conflicts = span.end == nil ? "never agreed" : "agreed with \(span.conflicts) conflicts"
                plot.words +=
                    "<rect class=\"differ\" x=\"\(fine: x)%\" width=\"\(max(0.3, whole))%\" data-w=\"\(fine: whole)\" y=\"\(top + 2)\" height=\"10\" rx=\"2\"><title>Registries differed for \(Measure.time(end - span.start)); \(conflicts).</title></rect>"
            }
        }
        return TimelineSection.figure("Faults", plot)
    }

    /// By planned fault; by kind when there are too many of those.
    private static func lanes(_ page: Page) -> [(name: String, bands: [Timeline.FaultBand])] {
        let faults = page.header.faults
        let byID = Set(faults.map(\.faultID)).count <= laneLimit
        var order: [String] = []
        var lanes: [String: [Timeline.FaultBand]] = [:]
        for band in page.timeline.faults {
            let name = byID ? faults[band.instance].faultID : faults[band.instance].kind
            if lanes[name] == nil { order.append(name) }
            lanes[name, default: []].append(band)
        }
        return order.map { ($0, lanes[$0] ?? []) }
    }

    private static func bar(_ band: Timeline.FaultBand, top: Double, page: Page) -> Markup {
        let entry = page.header.faults[band.instance]
        let more = band.targets.count > 1 ? " and \(band.targets.count - 1) more" : ""
        let aim = (band.targets.first ?? "no target") + more
        guard let start = band.effective else {
            guard let asked = band.commanded else { return .empty }
            return """
                <rect class="fault failed" x="\(page.scale.percent(asked))%" width="0.6%" y="\(top)" height="14" rx="3"><title>\(entry.id): \(band.ended?.rawValue ?? "never effective")</title></rect>
                """
        }
        let lasting = TimelineSection.isLasting(band, page)
        let end = band.reverted ?? (lasting ? page.timeline.observed : start)
        let x = page.scale.percent(start)
        let whole = page.scale.percent(end) - x
        let width = max(0.35, whole)
        let length = lasting ? " for \(Measure.time(end - start))" : ""
        // Where it does not fit, the script shows it once one looks closer.
        let words = "\(entry.kind) \(aim)"
        let need = Double(words.count) * 6.8 + 14
        let room: Markup =
            width / 100 * 840 < need
            ? " style=\"display:none\"" : width / 100 * 280 < need ? " data-roomy=\"1\"" : .empty
        let label: Markup = "<text class=\"onbar\"\(room) x=\"\(x)%\" dx=\"7\" y=\"\(top + 11)\">\(words)</text>"
        return """
            <rect class="fault" x="\(fine: x)%" width="\(width)%" data-w="\(fine: whole)" y="\(top)" height="14" rx="3"><title>\(entry.id): \(entry.kind) \(aim), at \(Measure.time(start))\(length)</title></rect>\(label)
            """
    }
}
