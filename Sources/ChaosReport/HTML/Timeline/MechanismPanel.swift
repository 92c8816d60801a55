import ChaosPlan

/// What the fleet did about it: one lane per mechanism, three rows of marks in it: noticed, took over, gave back.
enum MechanismPanel {
    private static let laneHeight = 26.0

    static func render(_ page: Page, backdrop: (Double) -> Markup) -> Markup {
        let lanes = page.timeline.lanes
        guard !lanes.isEmpty else { return .empty }
        let all = lanes.map { "\($0.mechanism.rawValue) \($0.total)" }.joined(separator: ", ")
        var plot = Plot(
            id: "mechanisms", title: "Mechanisms", description: "Transitions: \(all).",
            height: Double(lanes.count) * laneHeight + 2)
        plot.shapes = backdrop(plot.height) + Plot.grid((1..<max(2, lanes.count)).map { Double($0) * laneHeight + 1 })
        let width = Double(page.timeline.cellWidth) / Double(page.timeline.end) * TimeScale.width
        for (index, lane) in lanes.enumerated() {
            let top = Double(index) * laneHeight + 1
            plot.labels.append(Plot.Label(top: top + 5, text: lane.mechanism.rawValue))
            for role in [MechanismEvent.Role.change, .detect, .takeover, .restore] {
                guard let cells = lane.cells[role] else { continue }
                var outline = Outline()
                for (cell, count) in cells.enumerated() where count > 0 {
                    let x = min(TimeScale.width - 2, (Double(cell) + 0.5) * width)
                    if role == .change {
                        outline.move(x, top + 4)
                        outline.vertical(top + laneHeight - 4)
                    } else {
                        outline.dot(x, top + offset(role))
                    }
                }
                let (y, end) = role == .change ? (top + 4, top + laneHeight - 4) : (top + offset(role), 0)
                plot.shapes +=
                    "<path class=\"mark \(Markup(source: role.rawValue))\" data-mark=\"\(lane.mechanism.rawValue) \(role.rawValue)\" data-y=\"\(y)\" data-end=\"\(end)\" d=\"\(outline.d)\"/>"
            }
        }
        return TimelineSection.figure(
            "Mechanisms",
            legend: [
                TimelineSection.dotKey("mark detect", "noticed"), TimelineSection.dotKey("mark takeover", "took over"),
                TimelineSection.dotKey("mark restore", "gave back"),
                "<span><svg width=\"12\" height=\"10\" aria-hidden=\"true\"><path class=\"mark change\" d=\"M6 0V10\"/></svg>other</span>",
            ], plot) + list(page.timeline)
    }

    private static func offset(_ role: MechanismEvent.Role) -> Double {
        switch role {
        case .detect: 6.5
        case .takeover: 13
        case .restore: 19.5
        case .change: 13
        }
    }

    private static func list(_ timeline: Timeline) -> Markup {
        guard !timeline.transitions.isEmpty else { return .empty }
        let shown = timeline.transitions.prefix(60)
        let rows = shown.map { transition -> Markup in
            let event = transition.event
            let about = event.about.isEmpty ? "" : " about \(event.about)"
            let step = event.from.isEmpty && event.to.isEmpty ? "" : "\(event.from) → \(event.to)"
            return """
                <tr><td class="n">\(Measure.time(transition.time))</td><td>\(event.mechanism.rawValue)</td><td>\(event.role.rawValue)</td><td>\(event.by)\(about)</td><td>\(step)</td></tr>

                """
        }
        let title =
            timeline.transitionCount > shown.count
            ? "The first \(shown.count) of \(Measure.count(timeline.transitionCount)) transitions"
            : "All \(shown.count) transitions"
        return """
            <details><summary>\(title)</summary><div class="scroll" tabindex="0" role="group" aria-label="\(title)"><table><thead><tr><th scope="col" class="n">Time</th><th scope="col">Mechanism</th><th scope="col">Role</th><th scope="col">Who</th><th scope="col">Change</th></tr></thead><tbody>\(rows)</tbody></table></div></details>

            """
    }
}
