import ChaosPlan
import ChaosScore

/// How a metric's numbers are written, the same on every page.
extension FidelityMetric {
    func text(_ value: Double?) -> String { value.map { Quantity.text($0, unit: quantity.unit) } ?? "–" }

    var simulatedText: String { Self.sided(simulated, live, quantity.unit) }
    var liveText: String { Self.sided(live, simulated, quantity.unit) }

    var biasText: String {
        guard let bias else { return "–" }
        let text = Comparison.signed(bias, quantity.unit)
        guard quantity.unit == .time, let median = live.median, median > 0 else { return text }
        return "\(text) (\(Self.percent(bias / median)))"
    }

    var biasIntervalText: String {
        guard let interval = biasInterval else { return "–" }
        return "\(Comparison.signed(interval.low, quantity.unit)) … \(Comparison.signed(interval.high, quantity.unit))"
    }

    /// `ratio 1.02 (90 %: 0.97 … 1.08)`, or a difference for shares.
    var equivalenceText: String {
        guard let equivalence else { return "–" }
        let confidence = "\(Quantity.decimal(100 * (1 - 2 * equivalence.alpha), places: 1)) %"
        if quantity.unit == .time {
            let ratio = equivalence.ratio
            func two(_ value: Double) -> String { Quantity.decimal(value, places: 2) }
            return "ratio \(two(ratio.value)) (\(confidence): \(two(ratio.low)) … \(two(ratio.high)))"
        }
        func points(_ value: Double) -> String { (value > 0 ? "+" : "") + Quantity.decimal(value * 100, places: 3) }
        let interval = equivalence.interval
        return
            "difference \(points(equivalence.difference)) points (\(confidence): \(points(interval.low)) … \(points(interval.high)))"
    }

    var judgementText: String {
        if simulated.values.isEmpty || live.values.isEmpty { return "one world only" }
        if simulated.open > 0 || live.open > 0 { return "open in some trials" }
        guard let equivalence else { return quantity.unit == .count ? "not tested" : "too few" }
        return equivalence.isShown ? "equivalent" : "not shown"
    }

    var coverageText: String {
        guard let coverage else { return "–" }
        let percent = { (share: Double) in Quantity.decimal(share * 100, places: 0) }
        return
            "\(coverage.inside) of \(coverage.trials) (\(percent(coverage.interval.low))…\(percent(coverage.interval.high)) %)"
    }

    var kolmogorovText: String {
        guard let kolmogorovSmirnov, let kolmogorovNoise else { return "–" }
        return
            "\(Quantity.decimal(kolmogorovSmirnov, places: 2)) (chance: \(Quantity.decimal(kolmogorovNoise, places: 2)))"
    }

    private static func sided(_ sample: Sample, _ other: Sample, _ unit: Metric.Unit) -> String {
        let open = sample.open > 0 ? ", \(sample.open) never ended" : ""
        guard let median = sample.median else { return open.isEmpty ? "–" : String(open.dropFirst(2)) }
        let text = other.median.map { Quantity.pair(median, $0, unit: unit).value } ?? Quantity.text(median, unit: unit)
        return text + open
    }

    static func percent(_ share: Double) -> String {
        (share > 0 ? "+" : "") + Quantity.decimal(share * 100, places: 0) + " %"
    }
}
