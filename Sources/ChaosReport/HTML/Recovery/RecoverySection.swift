import ChaosPlan
import ChaosScore

/// How long each part of the way back took, per fault instance, against the limits that objectives set.
enum RecoverySection {
    private static let limit = 12
    private static let rowHeight = 20.0

    static func render(_ page: Page) -> Markup {
        let faults = page.scorecard.faults
        guard !faults.isEmpty else { return .empty }
        let ranked = faults.enumerated().sorted { a, b in
            let (x, y) = (gravity(a.element, page), gravity(b.element, page))
            return x == y ? a.offset < b.offset : x > y
        }.map(\.element)
        let shown = faults.count > limit ? Array(ranked.prefix(limit)) : faults
        let scale = RecoveryScale(faults: faults, card: page.scorecard, horizon: page.timeline.observed)
        let summary = faults.count > limit ? SpreadFigure.render(faults, scale: scale, page: page) : .empty
        let worst: Markup = faults.count > limit ? "<h3>The \(limit) worst</h3>" : .empty
        let figures = shown.enumerated().map {
            figure($0.element, index: $0.offset, isPart: faults.count > limit, scale: scale, page: page)
        }
        return """
            <section aria-labelledby="recovery">
            <h2 id="recovery">The way back</h2>
            <p>Detect, fail over and restore count from the instant the fault took effect; recover and drain from the instant it was taken away. A bar's pale part is the time of the steps before it. A vertical stroke is the objective's limit; a dashed bar never ended.</p>
            \(summary)\(worst)
            <div class="blocks\(shown.count > 2 ? " many" as Markup : .empty)">
            \(figures)
            </div>
            </section>

            """
    }

    /// Nearest to, or furthest beyond, its limits; then by what it cost.
    private static func gravity(_ fault: FaultTimes, _ page: Page) -> Double {
        var worst = 0.0
        for measure in RecoveryMeasure.allCases {
            guard let limit = measure.limit(of: fault, in: page.scorecard), limit > 0 else { continue }
            let value = measure.value(of: fault)
            let late = measure.censored(of: fault, horizon: page.timeline.observed)
            if let late { worst = max(worst, 1_000 + Double(late) / Double(limit)) }
            if let value { worst = max(worst, Double(value) / Double(limit)) }
        }
        return worst * 1e6 + fault.lostAgentSeconds
    }

    private static func figure(
        _ fault: FaultTimes, index: Int, isPart: Bool, scale: RecoveryScale, page: Page
    ) -> Markup {
        let level: Markup = isPart ? "h4" : "h3"
        let rows = RecoveryMeasure.allCases.compactMap { measure -> RecoveryRow? in
            RecoveryRow(measure, of: fault, page: page)
        }
        let more = fault.targets.count > 1 ? " and \(fault.targets.count - 1) more" : ""
        let aim = fault.targets.first.map { "\(fault.kind) \($0)\(more)" } ?? fault.kind
        var plot = Plot(
            id: "recovery-\(index)", title: "Recovery from \(fault.id)",
            description: rows.map(\.sentence).joined(separator: "; ") + ".",
            height: Double(max(1, rows.count)) * rowHeight + 22)
        plot.isTimed = false
        axis(scale, into: &plot)
        for (position, row) in rows.enumerated() {
            let top = Double(position) * rowHeight
            plot.labels.append(Plot.Label(top: top + 2, text: row.measure.name))
            plot.words += row.markup(top: top, height: rowHeight, scale: scale)
        }
        let landed: Markup =
            fault.landed ? .empty : "<p class=\"note\">\(Icon.judgement(.inconclusive))Did not land.</p>"
        return """
            <figure><figcaption><\(level)>\(fault.id)</\(level)><span>\(aim)\(fault.effective.map { ", at \(Measure.time($0))" } ?? ", never effective")</span></figcaption>
            <p class="cost">\(cost(fault))</p>\(landed)
            \(plot.markup)</figure>

            """
    }

    private static func cost(_ fault: FaultTimes) -> String {
        let hurt = fault.hurtTargets.count + fault.hurtOthers.count
        guard hurt > 0 else { return "Nobody was hurt." }
        let lost = Measure.text(fault.lostAgentSeconds, .agentSeconds)
        let others =
            fault.hurtOthers.isEmpty
            ? ""
            : fault.hurtTargets.isEmpty ? ", none of them targeted" : ", \(fault.hurtOthers.count) of them not targeted"
        return "\(hurt) \(hurt == 1 ? "chain" : "chains") down\(others); \(lost) lost."
    }

    static func axis(_ scale: RecoveryScale, into plot: inout Plot) {
        var lines = Outline()
        for tick in scale.ticks {
            let percent = scale.percent(tick.time)
            lines.move(percent * 10, 0)
            lines.vertical(plot.height - 20)
            let anchor: Markup = percent == 0 ? "start" : percent > RecoveryScale.share - 2 ? "end" : "middle"
            plot.words +=
                "<text class=\"tick\" x=\"\(percent)%\" y=\"\(plot.height - 6)\" text-anchor=\"\(anchor)\">\(tick.label)</text>"
        }
        plot.shapes += "<path class=\"grid\" d=\"\(lines.d)\"/>"
    }
}
