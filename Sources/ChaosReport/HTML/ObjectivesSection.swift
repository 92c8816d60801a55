import ChaosPlan
import ChaosScore

/// The demands and what became of them.
enum ObjectivesSection {
    static func render(_ page: Page) -> Markup {
        """
        <section aria-labelledby="objectives">
        <h2 id="objectives">Objectives</h2>
        \(table(page))
        </section>

        """
    }

    private static func table(_ page: Page) -> Markup {
        let results = page.scorecard.objectives
        guard !results.isEmpty else { return "<p>This run had no objectives.</p>" }
        let interval: Markup = page.isRepeated ? "<th scope=\"col\" class=\"n\">95 %</th>" : .empty
        return """
            <table class="objectives">
            <thead><tr><th scope="col">Judgement</th><th scope="col">Objective</th><th scope="col" class="n">Value</th><th scope="col" class="n">Limit</th>\(interval)<th scope="col" class="n">Credit</th><th scope="col" class="n">Points lost</th></tr></thead>
            <tbody>
            \(results.map { row($0, page: page) })
            </tbody>
            </table>
            """
    }

    private static func row(_ result: ObjectiveResult, page: Page) -> Markup {
        let objective = result.objective
        let notes = [objective.circumstance, objective.promise.map { "promise: \($0)" } ?? ""].filter { !$0.isEmpty }
        let note: Markup = notes.isEmpty ? .empty : "<small>\(notes.joined(separator: "; "))</small>"
        let evidence = result.judgement != .inconclusive
        let credit = evidence ? Measure.decimal(result.credit, digits: 2) : "–"
        let lost =
            evidence && result.lostPoints > 0 ? Measure.decimal(result.lostPoints, digits: 1) : evidence ? "0" : "–"
        let interval: Markup =
            page.isRepeated
            ? "<td class=\"n\" data-label=\"95 %\"\(method(result))>\(result.intervalText ?? "–")</td>" : .empty
        return """
            <tr class="\(kind(result.judgement))"><td data-label="Judgement"><span class="judged">\(Icon.judgement(result.judgement))\(result.judgementText)</span></td><th scope="row">\(objective.id)\(note)</th><td class="n value" data-label="Value">\(result.valueText)</td><td class="n" data-label="Limit">\(objective.demand)</td>\(interval)<td class="n" data-label="Credit">\(credit)</td><td class="n" data-label="Points lost">\(lost)</td></tr>

            """
    }

    private static func method(_ result: ObjectiveResult) -> Markup {
        guard let interval = result.interval else { return .empty }
        return " title=\"\(interval.method), \(interval.trials) trials\""
    }

    private static func kind(_ judgement: Judgement) -> Markup {
        switch judgement {
        case .held: "held"
        case .missed: "missed"
        case .inconclusive: "unsure"
        }
    }
}
