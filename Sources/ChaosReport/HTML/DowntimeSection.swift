import ChaosPlan
import ChaosScore

/// Who was down, worst first, and whether a fault was aimed at them: the others are collateral damage.
enum DowntimeSection {
    private static let limit = 15

    static func render(_ page: Page) -> Markup {
        let all = page.scorecard.facts.downtime
        guard let worst = all.first else {
            return """
                <section aria-labelledby="down"><h2 id="down">Who was down</h2><p>Nobody: every client chain stayed up for the whole run.</p></section>

                """
        }
        let targeted = page.targeted
        let rows = all.prefix(limit).map { entry -> Markup in
            let width = Double(entry.down) / Double(max(1, worst.down)) * 100
            let aim: Markup =
                targeted.contains(entry.subject)
                ? "<span class=\"tag\">targeted</span>" : "<span class=\"tag other\">not targeted</span>"
            return """
                <tr><th scope="row">\(entry.name)<small>\(page.host(of: entry.subject)), \(page.group(of: entry.subject))</small></th><td>\(aim)</td><td class="bar" aria-hidden="true"><svg width="100%" height="10"><rect class="gone" width="\(width)%" height="10" rx="2"/></svg></td><td class="n">\(Measure.time(entry.down))</td></tr>

                """
        }
        let others = all.count { !targeted.contains($0.subject) }
        let more = all.count > limit ? ", the worst \(limit) below" : ""
        return """
            <section aria-labelledby="down">
            <h2 id="down">Who was down</h2>
            <p>\(all.count) of \(page.header.subjects.count) client chains were down at some time\(more). \(others) of them were not targeted by any fault.</p>
            <table class="down"><thead><tr><th scope="col">Chain</th><th scope="col">Aim</th><td class="bar"></td><th scope="col" class="n">Down for</th></tr></thead><tbody>
            \(rows)
            </tbody></table>
            </section>

            """
    }
}
