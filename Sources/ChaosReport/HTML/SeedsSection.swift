import ChaosPlan
import ChaosScore

/// A repeated run: one dot a seed, so that a lucky mean cannot hide a bad seed, then each objective's spread over the seeds.
package enum SeedsSection {
    private static func mean(_ scored: [SeedResult]) -> String {
        guard let estimate = MeanInterval.studentT(of: scored.compactMap(\.score)) else { return "" }
        // Near the end of the scale it is the small rest that matters.
        let digits = estimate.mean > 99 ? 3 : 1
        func points(_ value: Double) -> String { Measure.decimal(value, digits: digits) }
        // The interval's formula knows nothing of the scale's ends.
        let (low, high) = (max(0, estimate.interval.low), min(100, estimate.interval.high))
        return " The mean is \(points(estimate.mean)) (95 %: \(points(low)) … \(points(high)))."
    }

    /// Of a scale of points that ends at 100 and shows the lowest.
    package static func scaleStart(_ lowest: Double) -> Double {
        [99.9, 99, 95, 90, 50].first { $0 <= lowest } ?? 0
    }

    private static func verdicts(_ seeds: [SeedResult]) -> String {
        let counts = Verdict.allCases.compactMap { verdict -> String? in
            let count = seeds.count { $0.verdict == verdict }
            return count > 0 ? "\(count) \(verdict.rawValue)" : nil
        }
        return "Of \(seeds.count) seeds: \(counts.joined(separator: ", "))."
    }

    private static func spreads(_ page: Page) -> Markup {
        let all = page.scorecard.objectives.indices.compactMap { index in
            SpreadOfSeeds(index, page: page).map { (index, $0) }
        }
        guard !all.isEmpty else { return .empty }
        let figures = all.filter { !$0.1.isConstant }.map { $0.1.figure($0.0) }
        let constant = all.filter { $0.1.isConstant }.map { index, spread -> Markup in
            "<li><strong>\(page.scorecard.objectives[index].objective.id)</strong>: \(spread.sentence)</li>\n"
        }
        let drawn: Markup =
            figures.isEmpty
            ? .empty
            : """
            <h3>Each objective over the seeds</h3>
            <p class="legend key">\(TimelineSection.dotKey("dots", "one seed"))<span><svg width="18" height="10" aria-hidden="true"><path class="whisker" d="M1 5H17"/></svg>95 % of the median</span><span><svg width="10" height="12" aria-hidden="true"><path class="median" d="M5 0V12"/></svg>median</span><span><svg width="10" height="12" aria-hidden="true"><path class="bound" d="M5 0V12"/></svg>limit</span></p>
            <div class="blocks many">\(figures)</div>

            """
        let same: Markup =
            constant.isEmpty ? .empty : "<h3>The same in every seed</h3><ul class=\"same\">\(constant)</ul>\n"
        return drawn + same
    }

    static func render(_ page: Page) -> Markup {
        let scored = page.seeds.filter { $0.score != nil }
        guard page.isRepeated, let worst = scored.min(by: { ($0.score ?? 0) < ($1.score ?? 0) }) else { return .empty }
        let lowest = worst.score ?? 0
        let low = scaleStart(lowest)
        func x(_ score: Double) -> Double { 20 + (score - low) / (100 - low) * (TimeScale.width - 40) }
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
                "<text class=\"tick\" x=\"\(x(value) / 10)%\" y=\"104\" text-anchor=\"middle\">\(Measure.decimal(value, digits: 2))</text>"
        }
        return """
            <section aria-labelledby="seeds-head">
            <h2 id="seeds-head">Scores by seed</h2>
            <p>The worst seed is <strong>\(String(worst.seed))</strong> with \(Measure.decimal(lowest, digits: 1)) points.\(mean(scored)) \(verdicts(page.seeds))</p>
            \(plot.markup)
            \(spreads(page))</section>

            """
    }
}
