import ChaosPlan
import ChaosScore

/// A repeated run: one dot a seed, so that a lucky mean cannot hide a bad seed.
enum SeedsSection {
    static func render(_ page: Page) -> Markup {
        let scored = page.seeds.filter { $0.score != nil }
        guard page.isRepeated, let worst = scored.min(by: { ($0.score ?? 0) < ($1.score ?? 0) }) else { return .empty }
        let lowest = worst.score ?? 0
        let low = lowest >= 90 ? 90.0 : lowest >= 50 ? 50.0 : 0.0
        func x(_ score: Double) -> Double { 20 + (score - low) / max(1, 100 - low) * (TimeScale.width - 40) }
        var plot = Plot(
            id: "seeds", title: "Score of each seed",
            description:
                "\(scored.count) seeds; the worst is \(worst.seed) with \(Measure.decimal(lowest, digits: 1)).",
            height: 110)
        plot.isTimed = false
        var outlines: [Verdict: Outline] = [:]
        var stack: [Int: Int] = [:]
        for seed in scored {
            let score = seed.score ?? 0
            // Equal scores pile up instead of hiding each other.
            let column = Int(x(score) / 12)
            let level = stack[column, default: 0]
            stack[column] = level + 1
            outlines[seed.verdict, default: Outline()].dot(x(score), 76 - Double(min(level, 6)) * 11)
        }
        for verdict in Verdict.allCases {
            guard let outline = outlines[verdict] else { continue }
            plot.shapes += "<path class=\"seed \(Icon.name(verdict))\" d=\"\(outline.d)\"/>"
        }
        plot.shapes += Plot.grid([88])
        for step in 0...5 {
            let value = low + (100 - low) * Double(step) / 5
            plot.words +=
                "<text class=\"tick\" x=\"\(x(value) / 10)%\" y=\"104\" text-anchor=\"middle\">\(Measure.decimal(value, digits: 0))</text>"
        }
        return """
            <section aria-labelledby="seeds-head">
            <h2 id="seeds-head">Scores by seed</h2>
            <p>The worst seed is <strong>\(String(worst.seed))</strong> with \(Measure.decimal(lowest, digits: 1)) points.</p>
            \(plot.markup)
            </section>

            """
    }
}
