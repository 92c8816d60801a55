import ChaosHistory
import ChaosPlan
import ChaosReport
import ChaosScore

/// Trends on one page that needs nothing but itself, in the looks of a run's report.
enum TrendPage {
    static func render(_ trends: [Trend]) -> String {
        let scenarios = Set(trends.map(\.series.scenario))
        let title = scenarios.count == 1 ? scenarios.first ?? "" : "\(scenarios.count) scenarios"
        let runs = trends.reduce(0) { $0 + $1.runs.count }
        let header: Markup = """
            <header>
            <p class="eyebrow">Gauntlet <span>trend</span></p>
            <h1>\(title)</h1>
            <p class="lede">\(TrendText.plural(runs, "run")). \(summary(trends))</p>
            </header>

            """
        return HTMLDocument.render(
            title: "Trend of \(title)", version: EngineVersion.text, style: style,
            sections: [header] + trends.enumerated().map { section($0.element, number: $0.offset) })
    }

    private static let style: Markup = """
        .seed { stroke-width: 6; } .shift { stroke: var(--violet); stroke-width: 2; }
        .marks { list-style: none; padding: 0; margin: 6px 0 0; font-size: 14px; display: grid; gap: 4px; }
        """

    private static func summary(_ trends: [Trend]) -> String {
        let shifts = trends.flatMap { $0.lines.flatMap(\.shifts) }
        let worse = shifts.count(where: \.isWorse)
        let changes = trends.reduce(0) { $0 + $1.repetitions.reduce(0) { $0 + $1.changes.count } }
        var text =
            shifts.isEmpty ? "Nothing shifted" : "\(TrendText.plural(shifts.count, "shift")), \(worse) for the worse"
        if changes > 0 { text += "; \(TrendText.plural(changes, "change")) at equal seeds" }
        return text + "."
    }

    private static func section(_ trend: Trend, number: Int) -> Markup {
        guard let first = trend.runs.first, let last = trend.runs.last else { return .empty }
        let figures = trend.lines.enumerated().filter { !isConstant($0.element) }.map { position, line in
            TrendFigure(line: line, trend: trend, id: "trend-\(number)-\(position)").markup
        }
        let few: Markup =
            trend.lines.allSatisfy { $0.sample < Trend.leastSample }
            ? "<p>Fewer than \(Trend.leastSample) independent runs: too few to look for shifts.</p>\n" : .empty
        return """
            <section aria-labelledby="series-\(number)">
            <h2 id="series-\(number)">\(TrendText.name(trend))</h2>
            <p>\(TrendText.plural(trend.runs.count, "run")), \(RunTable.time(first.started)) to \(RunTable.time(last.started)) UTC, oldest at the left.</p>
            \(few)\(figures)\(constants(trend))\(repetitions(trend))</section>

            """
    }

    /// Of several runs one value, or none: a row says as much as a drawing.
    private static func isConstant(_ line: Trend.Line) -> Bool {
        let values = line.values.compactMap { $0 }
        return values.isEmpty || values.count > 1 && Set(values).count == 1
    }

    private static func constants(_ trend: Trend) -> Markup {
        let rows = trend.lines.filter(isConstant).map { line -> Markup in
            let metric = line.metric
            let value = line.values.lazy.compactMap { $0 }.first.map(metric.text) ?? "–"
            let demand = metric.limit.map { "\(metric.isMinimum ? "≥" : "≤") \(metric.text($0))" } ?? ""
            return
                "<tr><th scope=\"row\">\(metric.name)</th><td class=\"n\">\(value)</td><td class=\"n\">\(demand)</td></tr>\n"
        }
        guard !rows.isEmpty else { return .empty }
        return """
            <h3>The same in every run</h3>
            <table>
            <thead><tr><th scope="col">Metric</th><th scope="col" class="n">Value</th><th scope="col" class="n">Demanded</th></tr></thead>
            <tbody>
            \(rows)</tbody>
            </table>

            """
    }

    private static func repetitions(_ trend: Trend) -> Markup {
        guard !trend.repetitions.isEmpty else { return .empty }
        let rows = trend.repetitions.map { repetition -> Markup in
            let who = repetition.runs[0].seedCount == 1 ? "seed \(repetition.seed)" : "seeds from \(repetition.seed)"
            let changes = repetition.changes.map { change -> Markup in
                let cause =
                    change.isSameVersion ? " Its source changed without its version, or it is not deterministic." : ""
                let numbers = change.differences.map { difference in
                    let (before, after) = TrendText.texts(difference)
                    return "\(difference.metric.name) \(before) → \(after)"
                }
                let what = numbers.isEmpty ? "every number the same" : numbers.joined(separator: "; ")
                return "<small>Between \(TrendText.versions(change.before, change.after)): \(what).\(cause)</small>"
            }
            let verdict = repetition.changes.isEmpty ? "identical" : TrendText.plural(changes.count, "change")
            return
                "<tr><th scope=\"row\">\(who)\(changes)</th><td>\(String(repetition.planDigest.prefix(8)))</td><td class=\"n\">\(repetition.runs.count)</td><td class=\"n\">\(verdict)</td></tr>\n"
        }
        return """
            <h3>Equal seeds</h3>
            <p>Simulated runs of one plan and seed have one history, so they are compared exactly.</p>
            <table>
            <thead><tr><th scope="col">Seed</th><th scope="col">Plan</th><th scope="col" class="n">Runs</th><th scope="col" class="n">Histories</th></tr></thead>
            <tbody>
            \(rows)</tbody>
            </table>

            """
    }
}
