import ChaosPlan
public import ChaosScore

/// Whether a run is no worse than its baseline by more than a margin, metric by metric.
///
/// In the simulated world equal seeds share their chance: where every seed of the run is in the baseline, the difference is
/// exact and there is nothing to estimate. Elsewhere the two are samples: the run passes if the upper confidence bound of the
/// worsening keeps the margin, fails if the lower one exceeds it, and is inconclusive in between (one-sided bounds: Welch's t
/// for means, the bootstrap for medians of times). Not having found a worsening shows nothing by itself.
public enum NonInferiority {
    /// One-sided, of each metric by itself. All have to pass, so passing needs no correction for their number.
    public static let defaultConfidence = 0.95

    /// Stands for a time that was never reached: beyond every horizon.
    static let never = 1e17

    /// What a margin was meant for that no metric answers to, or that does not fit it.
    public struct Refusal: Error, Hashable, Sendable, CustomStringConvertible {
        public var description: String
    }

    /// The comparisons of score, run availability and every objective that both sides demand and that counts in the baseline
    /// (others only where a margin names them).
    ///
    /// - Parameters:
    ///   - margins: in place of the baseline's own and of the defaults, by name; the last of two counts.
    ///   - confidence: between 0.5 and 1.
    public static func compare(
        _ card: Scorecard, with baseline: Baseline, margins: [Margin] = [], confidence: Double
    ) throws(Refusal) -> [MetricComparison] {
        precondition(confidence > 0.5 && confidence < 1, "a one-sided confidence above one half")
        guard let seeds = Baseline.seeds(of: card) else {
            throw Refusal(description: "the run's scorecard lacks what each seed measured; run it again")
        }
        let known = Set(baseline.seeds.map(\.seed))
        let isPaired =
            baseline.world == "simulated" && card.world == "simulated" && seeds.allSatisfy { known.contains($0.seed) }
        let quantities = Quantity.all(card, baseline)
        // Those given now are the operator's words and must mean something; a baseline's may name what has gone since.
        for margin in margins where !quantities.contains(where: { $0.answers(to: margin.name) }) {
            throw Refusal(
                description:
                    "--margin \(margin.name)=…: nothing is called so; \(NearestWord.hint(margin.name, among: quantities.map(\.name)))"
            )
        }
        var results: [MetricComparison] = []
        for quantity in quantities {
            let named = (baseline.margins + margins).last { $0.name == quantity.name }
            let given = named ?? (baseline.margins + margins).last { quantity.answers(to: $0.name) }
            guard quantity.counts || given != nil else { continue }
            let sides = Sides(quantity, baseline.seeds, seeds, isPaired: isPaired)
            guard sides.hasEvidenceBefore else { continue }
            let before = sides.before ?? 0
            let allowed: Double? =
                if let given { given.amount.tolerance(unit: quantity.unit, baseline: before) } else {
                    quantity.standard(before)
                }
            guard let tolerance = allowed else {
                let amount = given?.amount.text ?? ""
                throw Refusal(
                    description:
                        "--margin \(quantity.name)=\(amount): it takes \(Margin.Amount.fitting(quantity.unit))")
            }
            results.append(sides.judge(tolerance: tolerance, confidence: confidence))
        }
        return results
    }

    /// Something that both sides measured.
    struct Quantity {
        var name: String
        /// Nil for the score.
        var unit: Metric.Unit?
        var metric: String?
        var largerIsWorse: Bool
        var counts: Bool
        /// What is allowed by default, by the baseline's value.
        var standard: (Double) -> Double
        var sample: (SeedResult) -> (value: Double?, isCensored: Bool)

        func answers(to word: String) -> Bool { name == word || metric == word }

        static func all(_ card: Scorecard, _ baseline: Baseline) -> [Quantity] {
            let general = [
                Quantity(
                    name: "score", unit: nil, metric: nil, largerIsWorse: false, counts: true,
                    standard: { _ in Margin.standardScore }, sample: { ($0.score, false) }),
                Quantity(
                    name: "run-availability", unit: .share, metric: nil, largerIsWorse: false, counts: true,
                    standard: { _ in Margin.standardAvailability }, sample: { ($0.availability, false) }),
            ]
            return general
                + baseline.plan.objectives.compactMap { objective in
                    // Another metric under the old id is no continuation of it; the plan's changes tell of it.
                    guard let now = card.objectives.first(where: { $0.objective.id == objective.id }),
                        now.objective.metric == objective.metric, now.objective.isMinimum == objective.isMinimum,
                        now.objective.of == objective.of, now.objective.group == objective.group
                    else { return nil }
                    return Quantity(
                        name: objective.id, unit: objective.metric.unit, metric: objective.metric.rawValue,
                        largerIsWorse: !objective.isMinimum, counts: !objective.advisory,
                        standard: { Margin.standard(objective, baseline: $0) },
                        sample: { seed in
                            let found = seed.objectives.first { $0.id == objective.id }
                            return (found?.value, found?.isCensored ?? false)
                        })
                }
        }
    }
}
