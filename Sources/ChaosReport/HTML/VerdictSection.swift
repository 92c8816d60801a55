import ChaosPlan
import ChaosScore

/// What a reader wants in the first three seconds: held or not, how much, and how to see it again.
enum VerdictSection {
    static func render(_ page: Page) -> Markup {
        let card = page.scorecard
        return """
            <header>
            <p class="eyebrow">Gauntlet <span>\(card.world)</span> <span>\(card.fleet)</span> <span>\(seed(card))</span></p>
            <h1>\(card.scenario)</h1>
            <p class="lede">\(page.plan.summary)</p>
            <div class="verdict \(Icon.name(card.verdict))">
            \(Icon.verdict(card.verdict))
            <div><p class="word">\(Icon.word(card.verdict))</p><p>\(card.verdictSentence)</p></div>
            <dl>
            <div><dt>Score</dt><dd>\(card.scoreText)<small> of 100</small></dd>\(meter(card.score ?? 0, "meter"))</div>
            <div><dt>Coverage</dt><dd>\(Measure.decimal(card.coverage, digits: 1))<small> %</small></dd>\(meter(card.coverage, "meter plain"))</div>
            </dl>
            </div>
            <dl class="figures">
            \(figures(page))
            </dl>
            </header>

            """
    }

    private static func seed(_ card: Scorecard) -> String {
        card.seeds.count == 1 ? "seed \(card.seeds[0])" : card.seedText
    }

    private static func meter(_ value: Double, _ kind: Markup) -> Markup {
        let width = max(0, min(100, value))
        return """
            <svg class="\(kind)" viewBox="0 0 100 4" preserveAspectRatio="none" aria-hidden="true"><rect class="track" width="100" height="4"/><rect class="fill" width="\(width)" height="4"/></svg>
            """
    }

    private static func figures(_ page: Page) -> [Markup] {
        let facts = page.scorecard.facts
        let lost = facts.downtime.reduce(0.0) { $0 + Double($1.down) / 1e9 }
        let worst = page.timeline.uptime.compactMap { $0?.min }.min()
        let down = worst.map { Int(((1 - $0) * Double(page.header.subjects.count)).rounded()) }
        var list = [
            figure("User-uptime", Measure.percent(facts.availability)),
            figure(
                "Agent-seconds lost", lost < 100 ? Measure.decimal(lost, digits: 1) : Measure.count(Int(lost.rounded()))
            ),
        ]
        if let down { list.append(figure("Down at worst", "\(down) of \(page.header.subjects.count)")) }
        list.append(figure("Answered", Measure.percent(facts.successRatio)))
        if let p95 = facts.latencyP95 { list.append(figure("Latency p95", Measure.time(p95))) }
        list.append(figure("Faults", Measure.count(page.scorecard.faults.count)))
        list.append(figure("Run time", Measure.time(facts.duration)))
        return list
    }

    private static func figure(_ name: String, _ value: String) -> Markup {
        "<div><dt>\(name)</dt><dd>\(value)</dd></div>\n"
    }
}
