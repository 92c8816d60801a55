import ChaosPlan
import ChaosScore

/// Where every message went.
enum LedgerSection {
    static func render(_ page: Page) -> Markup {
        let totals = page.scorecard.facts.totals
        guard totals.published > 0 else { return .empty }
        let good: [(String, Int, String)] = [
            ("Published", totals.published, ""),
            ("Acknowledged", totals.acknowledged, "the broker promised to keep them"),
            ("Unanswered", totals.indeterminate, "neither acknowledged nor refused"),
            ("Delivered", totals.delivered, "distinct messages that reached a consumer"),
            ("Delivered again", totals.redelivered, "after a missing acknowledgement; consumers must cope"),
            ("Buffer high water", totals.bufferHighWater, "messages kept back at once while the broker was away"),
        ]
        let bad: [(String, Int, String)] = [
            ("Lost, though acknowledged", totals.lost, lossDetail(totals)),
            ("Stored twice", totals.duplicated, "not merely delivered twice"),
            ("Unexpected", totals.unexpected, "delivered, never published"),
            ("Out of order", totals.outOfOrder, "within one publisher's sequence"),
            ("Divergent", totals.divergent, "replicas differ at the end"),
            ("Dropped from a buffer", totals.bufferDropped, "the bound was reached"),
            ("Ownership conflicts", totals.ownershipConflicts, "one agent owned by two hubs in one epoch"),
        ]
        return """
            <section aria-labelledby="ledger">
            <h2 id="ledger">Message ledger</h2>
            <div class="pair">
            <table><caption>What happened</caption><tbody>\(good.map { row($0, isBad: false) })</tbody></table>
            <table><caption>What must not happen</caption><tbody>\(bad.map { row($0, isBad: $0.1 > 0) })</tbody></table>
            </div>
            </section>

            """
    }

    private static func lossDetail(_ totals: Totals) -> String {
        guard totals.lost > 0 else { return "acknowledged and never delivered" }
        return
            "\(totals.lostPrefix) at the start, \(totals.lostMiddle) in the middle, \(totals.lostPostfix) at the end of a sequence"
    }

    private static func row(_ entry: (String, Int, String), isBad: Bool) -> Markup {
        let note: Markup = entry.2.isEmpty ? .empty : "<small>\(entry.2)</small>"
        let kind: Markup = isBad ? " class=\"missed\"" : .empty
        return
            "<tr\(kind)><th scope=\"row\">\(entry.0)\(note)</th><td class=\"n\">\(Measure.count(entry.1))</td></tr>\n"
    }
}
