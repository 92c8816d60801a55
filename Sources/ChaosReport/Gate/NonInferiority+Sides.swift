import ChaosPlan
import ChaosScore

extension NonInferiority {
    /// One quantity's values on both sides.
    struct Sides {
        private let quantity: Quantity
        private let isPaired: Bool
        /// Seeds of the run with their values, and of the baseline: its partners where paired, else all.
        private let old: [(seed: UInt64, value: Double?, isCensored: Bool)]
        private let new: [(seed: UInt64, value: Double?, isCensored: Bool)]

        init(_ quantity: Quantity, _ before: [SeedResult], _ after: [SeedResult], isPaired: Bool) {
            self.quantity = quantity
            self.isPaired = isPaired
            func values(_ seeds: [SeedResult]) -> [(seed: UInt64, value: Double?, isCensored: Bool)] {
                seeds.map {
                    let sample = quantity.sample($0)
                    return ($0.seed, sample.value, sample.isCensored)
                }
            }
            new = values(after)
            guard isPaired else {
                old = values(before)
                return
            }
            var partner: [UInt64: SeedResult] = [:]
            for seed in before { partner[seed.seed] = seed }
            old = values(after.compactMap { partner[$0.seed] })
        }

        var hasEvidenceBefore: Bool { old.contains { $0.value != nil } }

        /// Of times that are not compared seed by seed the median: a single one that never ended says little of the rest.
        private var usesMedian: Bool { quantity.unit == .time && !isPaired }

        /// The baseline's middle; nil without evidence.
        var before: Double? { middle(numbers(old)) }

        private func numbers(_ side: [(seed: UInt64, value: Double?, isCensored: Bool)]) -> [Double] {
            side.compactMap { sample in
                sample.value.map { sample.isCensored && usesMedian ? NonInferiority.never : $0 }
            }
        }

        private func middle(_ values: [Double]) -> Double? {
            if usesMedian { return SampleQuantile.median(values) }
            return values.isEmpty ? nil : values.reduce(0, +) / Double(values.count)
        }

        func judge(tolerance: Double, confidence: Double) -> MetricComparison {
            isPaired ? judgePairs(tolerance) : judgeSamples(tolerance, confidence)
        }

        private func comparison(_ outcome: GateResult.Outcome, tolerance: Double, note: String = "") -> MetricComparison
        {
            MetricComparison(
                name: quantity.name, unit: quantity.unit, outcome: outcome, before: before,
                after: middle(numbers(new)), worsening: nil, interval: nil, tolerance: tolerance,
                runsBefore: old.count, runsAfter: new.count, isPaired: isPaired, note: note)
        }

        /// Doubles made of exact integers may differ by their last bits.
        private func keeps(_ worsening: Double, _ tolerance: Double) -> Bool {
            worsening <= tolerance + 1e-12 * max(1, tolerance.magnitude)
        }

        // MARK: Seed by seed

        private func judgePairs(_ tolerance: Double) -> MetricComparison {
            var differences: [Double] = []
            var (before, after) = (0.0, 0.0)
            var silent: [UInt64] = []
            for (old, new) in zip(old, new) {
                guard let was = old.value else { continue }
                guard let now = new.value else {
                    silent.append(new.seed)
                    continue
                }
                if new.isCensored, !old.isCensored {
                    let text = MetricComparison.words(now, quantity.unit)
                    var result = comparison(.failed, tolerance: tolerance)
                    result.note = "not seen within \(text) at seed \(new.seed), where the baseline had it"
                    return result
                }
                // Of two lower bounds only the horizon can be told.
                if old.isCensored { continue }
                differences.append(quantity.largerIsWorse ? now - was : was - now)
                before += was
                after += now
            }
            var result = comparison(.passed, tolerance: tolerance)
            guard !differences.isEmpty else {
                // What was never reached before and is not now got no worse.
                guard !silent.isEmpty else {
                    result.note = "not reached before either"
                    return result
                }
                result.outcome = .inconclusive
                result.note = "no evidence at the seeds in common"
                return result
            }
            let count = Double(differences.count)
            result.before = before / count
            result.after = after / count
            let worsening = differences.reduce(0, +) / count
            result.worsening = worsening
            if differences.allSatisfy({ $0 == 0 }) { result.note = "the same at every seed" }
            if !keeps(worsening, tolerance) {
                result.outcome = .failed
            } else if !silent.isEmpty {
                result.outcome = .inconclusive
                let seeds = silent.prefix(3).map(String.init).joined(separator: ", ")
                result.note =
                    "no evidence at seed \(seeds)\(silent.count > 3 ? " and more" : ""), where the baseline had it"
            }
            return result
        }

        // MARK: As samples

        private func judgeSamples(_ tolerance: Double, _ confidence: Double) -> MetricComparison {
            let (first, second) = (numbers(old), numbers(new))
            var result = comparison(.inconclusive, tolerance: tolerance)
            result.runsBefore = first.count
            result.runsAfter = second.count
            guard let interval = difference(first, second, confidence) else {
                result.note = "it takes two runs on each side to tell a difference from chance"
                return result
            }
            // As a worsening: for a larger value that is better, the other way round.
            let sign: Double = quantity.largerIsWorse ? 1 : -1
            let (low, high) = sign > 0 ? (interval.low, interval.high) : (-interval.high, -interval.low)
            if let before = result.before, let after = result.after { result.worsening = sign * (after - before) }
            result.interval = Interval(low: low, high: high, trials: interval.trials, method: interval.method)
            if keeps(high, tolerance) {
                result.outcome = .passed
            } else if !keeps(low, tolerance) {
                result.outcome = .failed
            } else {
                result.note = "too few runs to tell; add some with --repeat"
            }
            return result
        }

        /// Of second minus first, each end a one-sided bound.
        private func difference(_ first: [Double], _ second: [Double], _ confidence: Double) -> Interval? {
            let alpha = 1 - confidence
            guard usesMedian else {
                // The two one-sided tests' interval is the one wanted; their margin has no part in it.
                return Equivalence.test(first, second, margin: 1, alpha: alpha)?.interval
            }
            return Bootstrap.medianDifference(first, second, confidence: 1 - 2 * alpha)
        }
    }
}
