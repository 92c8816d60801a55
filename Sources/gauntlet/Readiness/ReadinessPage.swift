import ChaosHistory
import ChaosPlan
import ChaosReport
import Foundation

/// The checklist as a page to hand round: one file, to be printed.
enum ReadinessPage {
    static func render(_ readiness: Readiness, grades: GradeSource) -> String {
        HTMLDocument.render(
            title: "Readiness: \(readiness.isGo ? "go" : "no-go")", version: EngineVersion.text, style: style,
            sections: [header(readiness, grades)] + areas(readiness) + [missing(readiness), outside(readiness)])
    }

    private static let style: Markup = """
        .go { --tone: var(--held); --tone-wash: var(--held-wash); }
        .no-go { --tone: var(--missed); --tone-wash: var(--missed-wash); }
        .aim, .outside { --tone: var(--soft); --tone-wash: var(--wash); }
        td.mark, span.mark { color: var(--tone); font-weight: 640; white-space: nowrap; }
        td ul { margin: 4px 0; padding-left: 18px; font-size: 14px; } td details { margin: 4px 0 0; } .verdict { margin-top: 24px; }
        """

    private static func header(_ readiness: Readiness, _ grades: GradeSource) -> Markup {
        let date = Date(timeIntervalSince1970: TimeInterval(readiness.now)).formatted(.iso8601)
        let kind = readiness.isGo ? "go" : "no-go"
        let word = readiness.isGo ? "Go" : "No-go"
        let fidelity: Markup =
            ReadinessText.fidelity(readiness, grades: grades).map {
                "<p class=\"fidelity\">\($0.prefix(1).uppercased() + String($0.dropFirst())).</p>\n"
            } ?? .empty
        return """
            <header>
            <p class="eyebrow">Gauntlet <span>readiness</span> <span>\(date)</span> <span>evidence of the last \(Readiness.Evidence.words(age: readiness.maxAge))</span></p>
            <h1>Readiness</h1>
            <div class="verdict \(kind)" role="status"><div><p class="word">\(word)</p><p>\(readiness.count(.go)) of \(readiness.count(.go) + readiness.count(.noGo)) promises that runs can show have fresh evidence that held.</p></div></div>
            \(fidelity)</header>

            """
    }

    private static func missing(_ readiness: Readiness) -> Markup {
        guard !readiness.commands.isEmpty else { return .empty }
        let lines = readiness.commands.joined(separator: "\n")
        return """
            <section><h2>What would make the missing evidence</h2>
            <pre class="command"><code>\(lines)</code></pre>
            </section>

            """
    }

    private static func areas(_ readiness: Readiness) -> [Markup] {
        var order: [String] = []
        for row in readiness.rows where row.decision != .outside && !order.contains(row.promise.area) {
            order.append(row.promise.area)
        }
        return order.map { area in
            let rows = readiness.rows.filter { $0.promise.area == area && $0.decision != .outside }.map(row)
            return """
                <section><h2>\(area)</h2>
                <table><thead><tr><th scope="col">Decision</th><th scope="col">Promise</th><th scope="col">Evidence</th></tr></thead>
                <tbody>
                \(rows)</tbody></table>
                </section>

                """
        }
    }

    private static func row(_ row: Readiness.Row) -> Markup {
        let kind = row.decision.rawValue
        func list(_ evidence: [Readiness.Evidence]) -> Markup {
            "<ul>\(evidence.map { "<li>\(ReadinessText.full($0))</li>" as Markup })</ul>"
        }
        let held = row.evidence.count { $0.state == .held }
        // What stands in the way is always open, on paper too; the rest of it folds.
        let against = row.evidence.filter { $0.state != .held && !$0.isAdvisory }
        let open: Markup = row.decision == .noGo && !against.isEmpty ? list(against) : .empty
        let all: Markup =
            held == 0 && row.decision == .noGo
            ? .empty : "<details><summary>all of it</summary>\(list(row.evidence))</details>"
        let evidence: Markup =
            row.evidence.isEmpty
            ? "nothing in the catalogue tests it" : "\(held) of \(row.evidence.count) held\(open)\(all)"
        return """
            <tr class="\(kind)"><td class="mark">\(kind)</td><th scope="row">\(row.promise.text): \(row.promise.value)<small>\(row.promise.id)</small></th><td>\(evidence)</td></tr>

            """
    }

    private static func outside(_ readiness: Readiness) -> Markup {
        let rows = readiness.rows.filter { $0.decision == .outside }.map { row -> Markup in
            "<tr><th scope=\"row\">\(row.promise.text): \(row.promise.value)<small>\(row.promise.id)</small></th><td>\(row.promise.reason)</td></tr>\n"
        }
        guard !rows.isEmpty else { return .empty }
        return """
            <section><h2>Not by a run</h2>
            <p>These count neither way: no run of a scenario can show them, so somebody has to.</p>
            <table><thead><tr><th scope="col">Promise</th><th scope="col">Why</th></tr></thead><tbody>
            \(rows)</tbody></table>
            </section>

            """
    }
}
