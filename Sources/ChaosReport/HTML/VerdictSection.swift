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
            \(GradesSection.render(page.grades))\(failures(card))\(replay(page))<dl class="figures">
            \(figures(page))
            </dl>
            </header>

            """
    }

    /// One sentence for each thing that failed, the dearest first.
    private static func failures(_ card: Scorecard) -> Markup {
        let open = card.objectives.filter { $0.judgement != .held && !$0.isElsewhere }
            .enumerated().sorted { a, b in
                let (x, y) = (rank(a.element), rank(b.element))
                return x == y ? a.offset < b.offset : x < y
            }.map(\.element)
        guard !open.isEmpty || !card.findings.isEmpty else { return .empty }
        let items = open.map { result -> Markup in
            // Some sentences begin with the objective's name.
            let name = result.objective.id + ": "
            let sentence =
                result.explanation.hasPrefix(name)
                ? String(result.explanation.dropFirst(name.count)) : result.explanation
            return
                "<li>\(Icon.judgement(result.judgement))<p><strong>\(result.objective.id)</strong> \(sentence)</p></li>\n"
        }
        // A finding may be what an objective has said already.
        let said = Set(open.map(\.explanation))
        let findings = card.findings.filter { !said.contains($0) }.map { finding -> Markup in
            "<li>\(Icon.verdict(card.verdict == .held ? .inconclusive : card.verdict))<p>\(finding)</p></li>\n"
        }
        let all = items + findings
        let rest: Markup =
            all.count > limit
            ? "<details><summary>\(all.count - limit) more</summary><ul class=\"failures\">\(Array(all.dropFirst(limit)))</ul></details>\n"
            : .empty
        let title = open.contains { $0.judgement == .missed } ? "What failed" : "What stays open"
        return """
            <section class="failed" aria-labelledby="failed"><h2 id="failed">\(title)</h2>
            <ul class="failures">
            \(Array(all.prefix(limit)))</ul>
            \(rest)</section>

            """
    }

    private static let limit = 8

    private static func rank(_ result: ObjectiveResult) -> (Int, Double) {
        let kind = result.objective.invariant ? 0 : result.objective.advisory ? 2 : 1
        return (result.judgement == .missed ? kind : 3, -result.lostPoints)
    }

    private static func replay(_ page: Page) -> Markup {
        guard !page.replay.isEmpty else { return .empty }
        return """
            <section class="repeat" aria-labelledby="replay"><h2 id="replay">Repeat this run</h2>
            <div><pre class="command" tabindex="0" aria-labelledby="replay"><code id="command">\(page.replay)</code></pre><button type="button" class="copy" data-of="command" hidden="hidden">Copy</button></div></section>

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
