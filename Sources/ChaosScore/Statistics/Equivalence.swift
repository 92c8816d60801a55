/// Two one-sided tests (Schuirmann 1987): that two means are as good as equal has to be shown; not having found a
/// difference shows nothing.
public struct Equivalence: Hashable, Sendable {
    /// Largest difference that counts as none.
    public var margin: Double
    /// Of each of the two tests.
    public var alpha: Double
    /// Mean of the second sample minus mean of the first.
    public var difference: Double
    /// 1 − 2α: within ±margin exactly when equivalence is shown.
    public var interval: Interval
    /// Of the hypotheses that the difference is at most −margin, and at least +margin.
    public var lowerP: Double
    public var upperP: Double

    public var isShown: Bool { max(lowerP, upperP) < alpha }

    /// By Welch's t, which does not assume equal spreads. Nil for fewer than two values on a side.
    public static func test(_ first: [Double], _ second: [Double], margin: Double, alpha: Double = 0.05) -> Equivalence?
    {
        precondition(margin > 0 && alpha > 0 && alpha < 0.5, "a margin above zero and a level below one half")
        guard let a = Moments(first), let b = Moments(second) else { return nil }
        let difference = b.mean - a.mean
        let (varianceA, varianceB) = (a.variance / a.count, b.variance / b.count)
        let error = (varianceA + varianceB).squareRoot()
        let trials = first.count + second.count
        guard error > 0 else {
            // Two constants: nothing is left to chance.
            return Equivalence(
                margin: margin, alpha: alpha, difference: difference,
                interval: Interval(low: difference, high: difference, trials: trials, method: "welch"),
                lowerP: difference > -margin ? 0 : 1, upperP: difference < margin ? 0 : 1)
        }
        let squares = varianceA * varianceA / (a.count - 1) + varianceB * varianceB / (b.count - 1)
        let freedom = (varianceA + varianceB) * (varianceA + varianceB) / squares
        let half = Quantile.studentT(1 - alpha, degreesOfFreedom: freedom) * error
        return Equivalence(
            margin: margin, alpha: alpha, difference: difference,
            interval: Interval(low: difference - half, high: difference + half, trials: trials, method: "welch"),
            lowerP: above((difference + margin) / error, freedom),
            upperP: 1 - above((difference - margin) / error, freedom))
    }

    private struct Moments {
        var count: Double
        var mean: Double
        var variance: Double

        init?(_ values: [Double]) {
            guard values.count >= 2 else { return nil }
            count = Double(values.count)
            // About the first value, so that equal values have no variance left from rounding.
            let base = values[0]
            let sum = values.reduce(0) { $0 + ($1 - base) }
            mean = base + sum / count
            let centre = sum / count
            variance = values.reduce(0) { $0 + ($1 - base - centre) * ($1 - base - centre) } / (count - 1)
        }
    }

    /// P(T > t).
    private static func above(_ t: Double, _ freedom: Double) -> Double {
        let tail = 0.5 * SpecialFunctions.incompleteBeta(freedom / (freedom + t * t), freedom / 2, 0.5)
        return t >= 0 ? tail : 1 - tail
    }
}
