import ChaosPlan
public import ChaosScore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// One number in both worlds: two distributions and how far apart they are.
public struct FidelityMetric: Sendable {
    /// Both worlds' values; an open time has none and is counted.
    public struct Sample: Hashable, Sendable {
        /// Ascending.
        public var values: [Double]
        public var open: Int

        public var median: Double? { SampleQuantile.median(values) }
    }

    /// How often the simulation foretold a live trial.
    public struct Coverage: Hashable, Sendable {
        /// The simulation's 5 % and 95 % quantiles.
        public var low: Double
        public var high: Double
        public var inside: Int
        public var trials: Int
        /// Wilson's, 95 %.
        public var interval: Interval

        public var share: Double { Double(inside) / Double(trials) }
    }

    public var quantity: FidelityQuantity
    public var simulated: Sample
    public var live: Sample
    public var naive: Sample
    /// Simulated median minus live median, in the unit: the signed bias.
    public var bias: Double?
    /// Of that difference, by resampling (95 %).
    public var biasInterval: Interval?
    /// Of times on their logarithms, of shares as they are; counts have none. Positive is more in the simulation.
    public var equivalence: Equivalence?
    public var wasserstein: Double?
    /// Of the naive model against the live values, for comparison.
    public var naiveWasserstein: Double?
    public var kolmogorovSmirnov: Double?
    /// What the distance may be by chance alone: the two samples' half-widths added.
    public var kolmogorovNoise: Double?
    public var coverage: Coverage?

    init(_ quantity: FidelityQuantity, _ trials: FidelityTrials, margins: FidelityMargins) {
        func sample(_ trials: [FidelityTrial]) -> Sample {
            Sample(
                values: trials.compactMap { quantity.value(of: $0.scorecard) }.sorted(),
                open: trials.count { quantity.isOpen(in: $0.scorecard) })
        }
        self.quantity = quantity
        simulated = sample(trials.simulated)
        live = sample(trials.live)
        naive = sample(trials.naive)
        if let ours = simulated.median, let theirs = live.median { bias = ours - theirs }
        biasInterval = Bootstrap.medianDifference(
            live.values, simulated.values, seed: Draw.hash(trials.scenario + quantity.name))
        equivalence = Self.equivalence(quantity, live.values, simulated.values, margins)
        wasserstein = SampleDistance.wasserstein(simulated.values, live.values)
        naiveWasserstein = SampleDistance.wasserstein(naive.values, live.values)
        kolmogorovSmirnov = SampleDistance.kolmogorovSmirnov(simulated.values, live.values)
        if !simulated.values.isEmpty, !live.values.isEmpty {
            kolmogorovNoise = min(
                1,
                SampleDistance.dkwHalfWidth(trials: simulated.values.count)
                    + SampleDistance.dkwHalfWidth(trials: live.values.count))
        }
        coverage = Self.coverage(simulated.values, live.values)
    }

    /// Neither world has a value or an open one.
    var isEmpty: Bool { simulated.values.isEmpty && live.values.isEmpty && simulated.open == 0 && live.open == 0 }

    /// Shown, and not by leaving out what never ended.
    public var isEquivalent: Bool { simulated.open == 0 && live.open == 0 && equivalence?.isShown == true }

    private static func equivalence(
        _ quantity: FidelityQuantity, _ live: [Double], _ simulated: [Double], _ margins: FidelityMargins
    ) -> Equivalence? {
        switch quantity.unit {
        case .share: return Equivalence.test(live, simulated, margin: margins.share, alpha: margins.alpha)
        case .time:
            let floor = quantity.floor(margins)
            func logarithms(_ values: [Double]) -> [Double] { values.map { log(max($0, floor)) } }
            return Equivalence.test(
                logarithms(live), logarithms(simulated), margin: log(1 + margins.time), alpha: margins.alpha)
        case .count, .agentSeconds: return nil
        }
    }

    private static func coverage(_ simulated: [Double], _ live: [Double]) -> Coverage? {
        guard !live.isEmpty, simulated.count >= 2, let low = SampleQuantile.of(simulated, 0.05),
            let high = SampleQuantile.of(simulated, 0.95)
        else { return nil }
        let inside = live.count { $0 >= low && $0 <= high }
        return Coverage(
            low: low, high: high, inside: inside, trials: live.count,
            interval: BinomialInterval.wilson(successes: inside, trials: live.count))
    }
}

extension Equivalence {
    /// Of times: the ratio of the geometric means, and its interval.
    var ratio: (value: Double, low: Double, high: Double) { (exp(difference), exp(interval.low), exp(interval.high)) }
}
