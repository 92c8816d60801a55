/// Intervals for percentiles without assuming a distribution: the ranks between which the percentile lies
/// (David and Nagaraja, Order Statistics, §7.1).
public enum OrderStatistic {
    /// The ranks (from 1) of the ordered values that enclose the `share` quantile with at least `confidence`, each tail
    /// holding at most half of the rest; nil when there are too few values for both.
    public static func ranks(share: Double, trials: Int, confidence: Double = 0.95) -> (low: Int, high: Int)? {
        precondition(share > 0 && share < 1, "a share between 0 and 1")
        let tail = (1 - confidence) / 2
        // Low: the largest r with P(X < r) ≤ tail; high: the smallest r with P(X ≥ r) ≤ tail, X binomial.
        guard trials > 0, atMost(0, share, trials) <= tail else { return nil }
        var low = 1
        while low < trials, atMost(low, share, trials) <= tail { low += 1 }
        guard 1 - atMost(trials - 1, share, trials) <= tail else { return nil }
        var high = trials
        while high > 1, 1 - atMost(high - 2, share, trials) <= tail { high -= 1 }
        return (low, high)
    }

    /// The interval itself, of unordered values.
    public static func interval(of values: [Double], share: Double, confidence: Double = 0.95) -> Interval? {
        guard let ranks = ranks(share: share, trials: values.count, confidence: confidence) else { return nil }
        let ordered = values.sorted()
        return Interval(
            low: ordered[ranks.low - 1], high: ordered[ranks.high - 1], trials: values.count,
            method: "order-statistic")
    }

    /// The fewest values whose largest is an upper bound of the `share` quantile with `confidence`: ln(1 − C) ÷ ln q.
    public static func trialsForUpperBound(share: Double, confidence: Double = 0.95) -> Int {
        Demonstration.trials(reliability: share, confidence: confidence)
    }

    /// P(X ≤ k) of a binomial with `trials` trials of probability `share`.
    private static func atMost(_ k: Int, _ share: Double, _ trials: Int) -> Double {
        if k < 0 { return 0 }
        if k >= trials { return 1 }
        return SpecialFunctions.incompleteBeta(1 - share, Double(trials - k), Double(k + 1))
    }
}
