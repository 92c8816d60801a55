import ChaosPlan
public import ChaosScore

/// What a change did to one quantity, over seeds that were run with it and without.
public struct PairedEffect: Hashable, Sendable {
    /// Typical values: medians of times, means of all else. Nil where most seeds have none: it was never reached.
    public var before: Double?
    public var after: Double?
    /// After minus before, seed by seed: the median of times, the mean of all else; nil without a pair.
    public var difference: Double?
    /// 95 % of that: by order statistics for a median (no distribution is assumed), else Student's. Nil for too few pairs.
    public var interval: Interval?
    /// Seeds with a value on both sides.
    public var pairs: Int

    /// The interval leaves zero out.
    public var isClear: Bool { interval.map { $0.low > 0 || $0.high < 0 } ?? false }

    /// After against before: 0.03 for 3 % more; nil where nothing was there before.
    public var relative: Double? {
        guard let before, let difference, before != 0 else { return nil }
        return difference / before.magnitude
    }

    /// - Parameter values: of each seed, without and with the change; nil where there is none.
    init(_ values: [(before: Double?, after: Double?)], isTime: Bool) {
        before = Self.typical(values.map(\.before), isTime: isTime)
        after = Self.typical(values.map(\.after), isTime: isTime)
        let differences = values.compactMap { before, after -> Double? in
            guard let before, let after else { return nil }
            return after - before
        }
        pairs = differences.count
        if isTime, let median = SampleQuantile.median(differences) {
            difference = median
            interval =
                OrderStatistic.interval(of: differences, share: 0.5)
                ?? MeanInterval.studentT(of: differences)?.interval
        } else if let estimate = MeanInterval.studentT(of: differences) {
            difference = estimate.mean
            interval = estimate.interval
        } else {
            difference = differences.first
        }
    }

    /// Who has no value waits longer than anybody who has.
    private static func typical(_ values: [Double?], isTime: Bool) -> Double? {
        let known = values.compactMap { $0 }
        guard !known.isEmpty else { return nil }
        guard isTime else { return known.reduce(0, +) / Double(known.count) }
        guard known.count * 2 > values.count else { return nil }
        return known.sorted()[(values.count - 1) / 2]
    }
}
