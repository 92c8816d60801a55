/// Intervals for a share of independent trials that succeeded. A trial is a run or a fault episode, never one request:
/// the requests inside one outage are not independent.
public enum BinomialInterval {
    /// Wilson's score interval (Wilson 1927): for reports.
    public static func wilson(successes: Int, trials: Int, confidence: Double = 0.95) -> Interval {
        check(successes, trials)
        let n = Double(trials)
        let p = Double(successes) / n
        let z = Quantile.normal(1 - (1 - confidence) / 2)
        let z2 = z * z
        let centre = p + z2 / (2 * n)
        let spread = z * (p * (1 - p) / n + z2 / (4 * n * n)).squareRoot()
        let scale = 1 + z2 / n
        // At the ends the formula is exact and rounding is not.
        let low = successes == 0 ? 0 : max(0, (centre - spread) / scale)
        let high = successes == trials ? 1 : min(1, (centre + spread) / scale)
        return Interval(low: low, high: high, trials: trials, method: "wilson")
    }

    /// The exact interval (Clopper and Pearson 1934): conservative, for gates.
    public static func clopperPearson(successes: Int, trials: Int, confidence: Double = 0.95) -> Interval {
        check(successes, trials)
        let tail = (1 - confidence) / 2
        let k = Double(successes)
        let n = Double(trials)
        let low = successes == 0 ? 0 : SpecialFunctions.inverseIncompleteBeta(tail, k, n - k + 1)
        let high = successes == trials ? 1 : SpecialFunctions.inverseIncompleteBeta(1 - tail, k + 1, n - k)
        return Interval(low: low, high: high, trials: trials, method: "clopper-pearson")
    }

    private static func check(_ successes: Int, _ trials: Int) {
        precondition(trials > 0 && (0...trials).contains(successes), "successes are a share of at least one trial")
    }
}
