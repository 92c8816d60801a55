import ChaosPlan
import ChaosScore

/// One bar of a hundred points: what was kept, and what each lost point was lost for.
enum LostPointsSection {
    static func render(_ page: Page) -> Markup {
        guard let score = page.scorecard.score else { return .empty }
        let lost = page.scorecard.objectives.filter { $0.lostPoints > 0 && $0.counts }
            .sorted { $0.lostPoints > $1.lostPoints }
        let sum = lost.reduce(0) { $0 + $1.lostPoints }
        // The cap of a broken invariant takes points that no single objective lost.
        let capped = max(0, 100 - score - sum)
        guard !lost.isEmpty || capped > 0.05 else {
            return """
                <section aria-labelledby="lost"><h2 id="lost">What each point was lost for</h2><p>No point was lost.</p></section>

                """
        }
        var items = lost.map { result -> Markup in
            "<li><span class=\"points\">−\(Measure.decimal(result.lostPoints, digits: 1))</span><p><strong>\(result.objective.id)</strong> \(result.explanation)</p></li>\n"
        }
        if capped > 0.05 {
            items.append(
                "<li><span class=\"points\">−\(Measure.decimal(capped, digits: 1))</span><p><strong>cap</strong> A broken invariant caps the score.</p></li>\n"
            )
        }
        let pieces = lost.map { ($0.objective.id, $0.lostPoints) } + (capped > 0.05 ? [("cap", capped)] : [])
        return """
            <section aria-labelledby="lost">
            <h2 id="lost">What each point was lost for</h2>
            \(bar(kept: score, pieces: pieces))
            <ul class="lost">
            \(items)
            </ul>
            </section>

            """
    }

    private static func bar(kept: Double, pieces: [(String, Double)]) -> Markup {
        var shapes: Markup = "<rect class=\"kept\" x=\"0\" y=\"0\" width=\"\(kept)%\" height=\"28\"/>"
        var words: Markup = "<text class=\"onbar\" x=\"8\" y=\"19\">\(Measure.decimal(kept, digits: 1)) kept</text>"
        if kept < 12 { words = .empty }
        var x = kept
        for (index, piece) in pieces.enumerated() {
            let shade: Markup = index.isMultiple(of: 2) ? "gone" : "gone alternate"
            shapes +=
                "<rect class=\"\(shade)\" x=\"\(x)%\" y=\"0\" width=\"\(piece.1)%\" height=\"28\"><title>\(piece.0): −\(Measure.decimal(piece.1, digits: 1))</title></rect>"
            x += piece.1
        }
        let text = pieces.map { "\($0.0) \(Measure.decimal($0.1, digits: 1))" }.joined(separator: ", ")
        return """
            <svg class="hundred" width="100%" height="28" role="img" aria-labelledby="hundred-title hundred-desc"><title id="hundred-title">The hundred points</title><desc id="hundred-desc">\(Measure.decimal(kept, digits: 1)) kept; lost: \(text).</desc>\(shapes)\(words)</svg>
            """
    }
}
