/// Quantiles of the distributions that intervals are made of.
public enum Quantile {
    /// Of the standard normal distribution: 1.96 for 0.975.
    public static func normal(_ probability: Double) -> Double {
        precondition(probability > 0 && probability < 1, "a quantile needs a probability between 0 and 1")
        return SpecialFunctions.bisect(low: -40, high: 40) { SpecialFunctions.normal($0) < probability }
    }

    /// Of Student's t distribution (Student 1908): 2.228 for 0.975 with 10 degrees of freedom. Through the incomplete
    /// beta function: P(|T| > t) = I_{ν/(ν+t²)}(ν/2, 1/2).
    public static func studentT(_ probability: Double, degreesOfFreedom: Double) -> Double {
        precondition(probability > 0 && probability < 1, "a quantile needs a probability between 0 and 1")
        precondition(degreesOfFreedom > 0, "Student's t needs at least some freedom")
        if probability == 0.5 { return 0 }
        let tail = 2 * min(probability, 1 - probability)
        let x = SpecialFunctions.inverseIncompleteBeta(tail, degreesOfFreedom / 2, 0.5)
        let t = (degreesOfFreedom * (1 - x) / x).squareRoot()
        return probability < 0.5 ? -t : t
    }
}
