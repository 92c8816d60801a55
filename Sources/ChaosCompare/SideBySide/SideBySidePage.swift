import ChaosPlan
public import ChaosReport
import ChaosScore

/// Two runs on one page, in the looks of a run's own report.
public enum SideBySidePage {
    /// - Parameter timelines: what the journals tell of the two, where there are journals.
    public static func render(_ runs: SideBySide, timelines: (Timeline, Timeline)? = nil) -> String {
        let title = "\(runs.left.scenario) \(runs.left.world) and \(runs.right.scenario) \(runs.right.world)"
        return HTMLDocument.render(
            title: title, version: EngineVersion.text, style: style,
            sections: [
                header(runs), timelines.map { TimelinePair.render($0.0, $0.1) } ?? .empty,
                section("Numbers", rows: runs.summary.map(row)), SeedComparison.render(runs),
                objectives(runs.objectives), faults(runs.faults),
                section("Messages", rows: runs.messages.map(row)), provenance(runs),
            ])
    }

    private static let style: Markup = """
        .runs { display: grid; grid-template-columns: 1fr 1fr; gap: 16px; margin-top: 26px; }
        .runs .verdict { padding: 18px 22px; gap: 16px; } .runs .verdict .icon { width: 40px; height: 40px; }
        .runs .verdict .word { font-size: 22px; } .runs small { overflow-wrap: anywhere; }
        .sides td.n { white-space: normal; }
        @media (max-width: 720px) { .runs { grid-template-columns: 1fr; } .sides { font-size: 13.5px; } .sides th, .sides td { padding-right: 8px; } .sides tbody th { min-width: 84px; } }
        """ + SeedComparison.style + TimelinePair.style

    private static func header(_ runs: SideBySide) -> Markup {
        let notes = runs.warnings.map { warning -> Markup in
            "<p class=\"note\">\(Icon.judgement(.inconclusive))\(warning)</p>\n"
        }
        let fidelity = runs.grades.map { side in GradesSection.render(side.grades, of: side.sides) }
        return """
            <header>
            <p class="eyebrow">Gauntlet <span>two runs side by side</span></p>
            <h1>\(runs.left.scenario == runs.right.scenario ? runs.left.scenario : "\(runs.left.scenario) and \(runs.right.scenario)")</h1>
            <p class="lede">A is \(runs.left.world), \(runs.left.seedText); B is \(runs.right.world), \(runs.right.seedText). Differences are B minus A.</p>
            \(notes)<div class="runs">
            \(verdict("A", runs.left))\(verdict("B", runs.right))</div>
            \(fidelity)</header>

            """
    }

    private static func verdict(_ name: String, _ side: SideBySide.Side) -> Markup {
        """
        <div class="verdict \(Icon.name(side.verdict))">\(Icon.verdict(side.verdict))<div><p class="word">\(name): \(Icon.word(side.verdict))</p><p><small>\(side.label)</small></p></div></div>

        """
    }

    private static func section(_ title: String, rows: [Markup]) -> Markup {
        guard !rows.isEmpty else { return .empty }
        return """
            <section aria-labelledby="\(title.lowercased())"><h2 id="\(title.lowercased())">\(title)</h2>
            <table class="sides">
            <thead><tr><td></td><th scope="col" class="n">A</th><th scope="col" class="n">B</th><th scope="col" class="n">Difference</th></tr></thead>
            <tbody>
            \(rows)</tbody>
            </table>
            </section>

            """
    }

    private static func row(_ figure: SideBySide.Figure) -> Markup {
        row(figure.name, figure.leftText, figure.rightText, figure.differenceText)
    }

    private static func row(
        _ name: String, _ left: String, _ right: String, _ difference: String, note: String = "", kind: Markup = .empty
    ) -> Markup {
        let small: Markup = note.isEmpty ? .empty : "<small>\(note)</small>"
        return
            "<tr\(kind)><th scope=\"row\">\(name)\(small)</th><td class=\"n\">\(left)</td><td class=\"n\">\(right)</td><td class=\"n\">\(difference)</td></tr>\n"
    }

    private static func objectives(_ rows: [Comparison.Row]) -> Markup {
        section(
            "Objectives",
            rows: rows.map { row in
                var note = ""
                if row.before == nil { note = "only in B" }
                if row.after == nil { note = "only in A" }
                if let before = row.before, let after = row.after, before.judgement != after.judgement {
                    note = "\(before.judgement.rawValue) in A, \(after.judgement.rawValue) in B"
                }
                return Self.row(
                    row.objective, row.text(row.before, beside: row.after), row.text(row.after, beside: row.before),
                    row.differenceText, note: note, kind: note.isEmpty ? .empty : " class=\"missed\"")
            })
    }

    private static func faults(_ faults: [SideBySide.FaultRow]) -> Markup {
        section(
            "Faults",
            rows: faults.flatMap { fault -> [Markup] in
                let note = !fault.inLeft ? "only in B" : !fault.inRight ? "only in A" : fault.kind
                if fault.times.isEmpty { return [row(fault.id, "–", "–", "", note: note)] }
                return fault.times.map { time in
                    row(
                        "\(fault.id) \(time.name)", fault.leftText(time), fault.rightText(time), time.differenceText,
                        note: note)
                }
            })
    }

    private static func provenance(_ runs: SideBySide) -> Markup {
        func list(_ name: String, _ side: SideBySide.Side) -> Markup {
            let facts: [(String, String)] = [
                ("Run \(name)", side.label), ("World", side.world), ("Fleet", side.fleet),
                ("Plan digest", JournalHash.text(side.planDigest)),
                ("Fleet digest", JournalHash.text(side.fleetDigest)), ("Gauntlet", side.version),
            ]
            return
                "<dl class=\"facts mono\">\(facts.map { fact -> Markup in "<div><dt>\(fact.0)</dt><dd>\(fact.1)</dd></div>\n" })</dl>\n"
        }
        return """
            <section aria-labelledby="provenance"><h2 id="provenance">Provenance</h2>
            <div class="pair">\(list("A", runs.left))\(list("B", runs.right))</div>
            </section>

            """
    }
}
