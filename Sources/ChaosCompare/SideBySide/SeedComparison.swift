import ChaosPlan
import ChaosReport
import ChaosScore

/// What repeated runs say beyond their means: the scores of all seeds on one scale, and for seeds in both the differences with
/// their intervals.
enum SeedComparison {
    static let style: Markup = """
        .strips { display: block; width: 100%; height: 104px; overflow: visible; margin-bottom: 26px; } .strips path { fill: none; vector-effect: non-scaling-stroke; }
        .strips .seed { stroke: var(--tone); stroke-width: 7; stroke-linecap: round; stroke-opacity: .6; }
        .forest td.bar { width: 34%; min-width: 110px; } .forest svg { display: block; overflow: visible; }
        .forest .zero { stroke: var(--soft); stroke-width: 1; } .forest .range { stroke: var(--ink); stroke-width: 2; } .forest .clear { stroke: var(--blue); stroke-width: 3; } .forest .worse { stroke: var(--missed); stroke-width: 3; }
        .forest circle { fill: var(--ink); } .forest .clear + circle { fill: var(--blue); } .forest .worse + circle { fill: var(--missed); }
        @media (max-width: 720px) { .forest td.bar, .forest thead td.bar { display: none; } .forest { font-size: 13.5px; } }

        """

    static func render(_ runs: SideBySide) -> Markup {
        guard !runs.leftDots.isEmpty || !runs.rightDots.isEmpty else { return .empty }
        let sentence: Markup = runs.paired.map { "<p>\($0.sentence)</p>" } ?? "<p>No seed is in both runs.</p>"
        return """
            <section aria-labelledby="seeds"><h2 id="seeds">Seeds</h2>
            \(sentence)
            \(strips(runs))\(forest(runs.paired?.rows ?? []))</section>

            """
    }

    private static func strips(_ runs: SideBySide) -> Markup {
        let sides = [("A", runs.leftDots), ("B", runs.rightDots)].filter { !$0.1.isEmpty }
        let lowest = sides.flatMap { $0.1.map(\.score) }.min() ?? 0
        let low = SeedsSection.scaleStart(lowest)
        func x(_ score: Double) -> Double { 40 + (score - low) / (100 - low) * 940 }
        var shapes: Markup = .empty
        var words: Markup = .empty
        for (row, side) in sides.enumerated() {
            let y = 20 + Double(row) * 40
            for verdict in Verdict.allCases {
                var outline = Outline()
                for (index, dot) in side.1.enumerated() where dot.verdict == verdict {
                    outline.dot(x(dot.score), y + Double(index * 7 % 11 - 5) * 2)
                }
                if !outline.isEmpty { shapes += "<path class=\"seed \(Icon.name(verdict))\" d=\"\(outline.d)\"/>" }
            }
            words += "<text class=\"strong\" x=\"0\" y=\"\(y + 4)\">\(side.0)</text>"
        }
        for step in 0...5 {
            let value = low + (100 - low) * Double(step) / 5
            words +=
                "<text class=\"tick\" x=\"\(x(value) / 10)%\" y=\"100\" text-anchor=\"middle\">\(Measure.decimal(value, digits: 2))</text>"
        }
        let text = sides.map { side -> String in
            let scores = side.1.map(\.score)
            let range =
                "\(Measure.decimal(scores.min() ?? 0, digits: 1)) to \(Measure.decimal(scores.max() ?? 0, digits: 1))"
            return "\(side.0): \(scores.count) seeds from \(range)"
        }
        return """
            <svg class="strips" role="img" aria-labelledby="strips-title strips-desc"><title id="strips-title">Score of each seed</title><desc id="strips-desc">\(text.joined(separator: "; ")).</desc>
            <svg x="0" y="0" width="100%" height="84" viewBox="0 0 1000 84" preserveAspectRatio="none" aria-hidden="true">\(shapes)</svg>\(words)</svg>

            """
    }

    private static func forest(_ rows: [PairedComparison.Row]) -> Markup {
        guard !rows.isEmpty else { return .empty }
        let same = rows.filter { $0.meanDifference == 0 && !$0.isClear && $0.turnedMissed + $0.turnedHeld == 0 }
        let lines = rows.filter { row in !same.contains(row) }.map { row -> Markup in
            var notes: [String] = []
            if row.isClear { notes.append(row.isWorse ? "B is worse" : "B is better") }
            if row.turnedMissed > 0 { notes.append("\(row.turnedMissed) turned missed") }
            if row.turnedHeld > 0 { notes.append("\(row.turnedHeld) turned held") }
            let note: Markup = notes.isEmpty ? .empty : "<small>\(notes.joined(separator: ", "))</small>"
            return """
                <tr><th scope="row">\(row.name)\(note)</th><td class="bar" aria-hidden="true">\(whisker(row))</td><td class="n">\(row.differenceText)</td><td class="n">\(row.intervalText)</td><td class="n">\(row.pairs)</td></tr>

                """
        }
        let rest: Markup =
            same.isEmpty ? .empty : "<p>No difference in any pair: \(same.map(\.name).joined(separator: ", ")).</p>\n"
        guard !lines.isEmpty else { return rest }
        return """
            <table class="forest"><caption>B minus A over paired seeds; a stroke across the middle line may be chance</caption>
            <thead><tr><th scope="col">Objective</th><td class="bar"></td><th scope="col" class="n">Mean</th><th scope="col" class="n">95 %</th><th scope="col" class="n">Pairs</th></tr></thead><tbody>
            \(lines)</tbody></table>
            \(rest)
            """
    }

    /// The interval about zero, each row on its own scale.
    private static func whisker(_ row: PairedComparison.Row) -> Markup {
        let low = row.interval?.low ?? row.meanDifference
        let high = row.interval?.high ?? row.meanDifference
        let reach = max(low.magnitude, high.magnitude, row.meanDifference.magnitude, .leastNormalMagnitude) * 1.1
        func x(_ value: Double) -> Double { 50 + value / reach * 50 }
        let kind: Markup = row.isClear ? (row.isWorse ? "worse" : "clear") : "range"
        return
            "<svg width=\"100%\" height=\"16\"><line class=\"zero\" x1=\"50%\" x2=\"50%\" y1=\"0\" y2=\"16\"/><line class=\"\(kind)\" x1=\"\(x(low))%\" x2=\"\(x(high))%\" y1=\"8\" y2=\"8\"/><circle cx=\"\(x(row.meanDifference))%\" cy=\"8\" r=\"4\"/></svg>"
    }
}
