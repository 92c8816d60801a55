import ChaosPlan
import ChaosScore

/// What it takes to believe the page: inputs by digest, the journal by hash.
enum ProvenanceSection {
    static func render(_ page: Page) -> Markup {
        let card = page.scorecard
        let facts = card.facts
        var left = page.plan.facts.map { ($0.name, $0.text) }
        left.append(("Resilience loss", Measure.text(facts.resilienceLoss, .agentSeconds)))
        if let impact = facts.availabilityImpact { left.append(("User-uptime over impact", Measure.percent(impact))) }
        if let budget = facts.availabilityBudget { left.append(("User-uptime over budget", Measure.percent(budget))) }
        let mechanisms = facts.mechanismCounts.filter { $0.transitions > 0 }
            .map { "\($0.mechanism.rawValue) \(Measure.count($0.transitions))" }
        left.append(("Transitions", mechanisms.isEmpty ? "none" : mechanisms.joined(separator: ", ")))
        let right: [(String, String)] = [
            (card.seeds.count == 1 ? "Seed" : "Seeds", seeds(card)), ("Plan digest", Measure.hex(card.planDigest)),
            ("Fleet digest", Measure.hex(card.fleetDigest)), ("Journal hash", card.journalHash),
            ("World", card.world), ("Gauntlet", card.version),
        ]
        return """
            <section aria-labelledby="facts">
            <h2 id="facts">Facts and provenance</h2>
            <div class="pair">
            <dl class="facts">\(left.map(entry))</dl>
            <dl class="facts mono">\(right.map(entry))</dl>
            </div>
            </section>

            """
    }

    private static func entry(_ fact: (String, String)) -> Markup {
        "<div><dt>\(fact.0)</dt><dd>\(fact.1)</dd></div>\n"
    }

    private static func seeds(_ card: Scorecard) -> String {
        let shown = card.seeds.prefix(12).map(String.init).joined(separator: ", ")
        return card.seeds.count > 12 ? shown + " and \(card.seeds.count - 12) more" : shown
    }
}
