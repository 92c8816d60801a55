import ChaosPlan
import ChaosScore

/// One objective over all seeds: a dot each (or columns for many), the median with its interval, the limit.
struct SpreadOfSeeds {
    private static let dotLimit = 250
    private static let height = 62.0
    private static let middle = 24.0

    private let result: ObjectiveResult
    private let values: [Double]
    private let missed: Int
    private let seeds: Int

    /// Nil where no seed had a value.
    init?(_ index: Int, page: Page) {
        result = page.scorecard.objectives[index]
        let kept = page.seeds.filter { $0.objectives.count > index }
        values = kept.compactMap { $0.objectives[index].value }.filter(\.isFinite).sorted()
        missed = kept.count { $0.objectives[index].judgement == .missed }
        seeds = kept.count
        guard !values.isEmpty else { return nil }
    }

    private var unit: Metric.Unit { result.objective.metric.unit }
    private var median: Double { values[(values.count - 1) / 2] }
    private var interval: Interval? { OrderStatistic.interval(of: values, share: 0.5) }
    var isConstant: Bool { values.first == values.last }

    /// `missed by 3 of 100 seeds (95 %: 1 … 8.5 %)`
    private var count: String {
        let interval = BinomialInterval.wilson(successes: missed, trials: max(1, seeds))
        return missed == 0
            ? "held by every seed (missed by at most \(Measure.percent(interval.high)), 95 %)"
            : "missed by \(missed) of \(seeds) seeds (95 %: \(Measure.percent(interval.low)) … \(Measure.percent(interval.high)))"
    }

    var sentence: String {
        guard !isConstant else { return "\(Measure.text(median, unit)) in every seed" }
        let range = interval.map { interval -> String in
            let ends = Measure.pair(interval.low, limit: interval.high, unit)
            return " (95 %: \(ends.value) … \(ends.limit))"
        }
        let worst = result.objective.isMinimum ? values[0] : values[values.count - 1]
        let texts = Measure.pair(median, limit: worst, unit)
        return "median \(texts.value)\(range ?? ""), worst \(texts.limit)"
    }

    func figure(_ index: Int) -> Markup {
        var plot = Plot(
            id: "spread-\(index)", title: "\(result.objective.id) over the seeds",
            description: "\(count); \(sentence).",
            height: Self.height)
        plot.isTimed = false
        let limit = result.objective.limitValue
        let (least, most) = (values[0], values[values.count - 1])
        let span = most - least
        // A limit far off would squeeze the seeds to a point.
        let showsLimit = limit >= least - 3 * span && limit <= most + 3 * span
        let low = showsLimit ? min(least, limit) : least
        let high = showsLimit ? max(most, limit) : most
        func x(_ value: Double) -> Double { 20 + (value - low) / max(high - low, .leastNormalMagnitude) * 960 }
        plot.shapes = Plot.grid([Self.middle + 16]) + marks(x)
        if let interval {
            let (a, b) = (x(interval.low), x(interval.high))
            plot.shapes += "<path class=\"whisker\" d=\"M\(a) \(Self.middle)H\(max(b, a + 2))\"/>"
        }
        plot.shapes += "<path class=\"median\" d=\"M\(x(median)) \(Self.middle - 13)V\(Self.middle + 13)\"/>"
        if showsLimit {
            let at = x(limit) / 10
            plot.words +=
                "<line class=\"bound\" x1=\"\(at)%\" x2=\"\(at)%\" y1=\"4\" y2=\"\(Self.middle + 18)\"><title>limit \(result.objective.demand)</title></line>"
        }
        let ends = Measure.pair(low, limit: high, unit)
        plot.words +=
            "<text class=\"tick\" x=\"2%\" y=\"\(Self.height - 6)\">\(ends.value)</text><text class=\"tick\" x=\"98%\" y=\"\(Self.height - 6)\" text-anchor=\"end\">\(ends.limit)</text>"
        return """
            <figure class="spread"><figcaption><h4>\(result.objective.id)</h4><span>\(result.objective.demand), \(count)</span></figcaption>
            <p class="cost">\(sentence)</p>
            \(plot.markup)</figure>

            """
    }

    private func marks(_ x: (Double) -> Double) -> Markup {
        var outline = Outline()
        guard values.count > Self.dotLimit else {
            for (index, value) in values.enumerated() {
                // A fixed zigzag keeps equal values apart without chance.
                outline.dot(x(value), Self.middle + Double(index * 7 % 11 - 5) * 1.9)
            }
            return "<path class=\"dots\" d=\"\(outline.d)\"/>"
        }
        let columns = 80
        var counts = [Int](repeating: 0, count: columns)
        let (least, most) = (x(values[0]), x(values[values.count - 1]))
        for value in values {
            counts[min(columns - 1, Int((x(value) - least) / max(1, most - least) * Double(columns)))] += 1
        }
        let highest = Double(counts.max() ?? 1)
        let width = (most - least) / Double(columns)
        for (column, count) in counts.enumerated() where count > 0 {
            // Even a single seed shows.
            let height = max(1.5, Double(count) / highest * 34)
            outline.box(least + Double(column) * width, Self.middle + 16 - height, width: width * 0.9, height: height)
        }
        return "<path class=\"columns\" d=\"\(outline.d)\"/>"
    }
}
