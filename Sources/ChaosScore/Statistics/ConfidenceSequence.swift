#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// An interval for a share that stays right however often it is looked at, and whenever one stops: an interval for a fixed
/// number of trials is too narrow for a number that the trials themselves decided.
public enum ConfidenceSequence {
    /// All shares p at which the mixture B(½ + k, ½ + n − k) ÷ (B(½, ½) p^k (1 − p)^(n − k)) stays below 1 ÷ (1 − confidence):
    /// by Ville's inequality the true share leaves this set at any time with at most 1 − confidence.
    public static func bernoulli(successes: Int, trials: Int, confidence: Double = 0.95) -> Interval {
        precondition(trials > 0 && (0...trials).contains(successes), "successes are a share of at least one trial")
        precondition(confidence > 0 && confidence < 1, "a confidence between 0 and 1")
        let centre = Double(successes) / Double(trials)
        func excludes(_ share: Double) -> Bool {
            evidence(against: share, successes: successes, trials: trials) >= -log(1 - confidence)
        }
        let low = successes == 0 ? 0 : SpecialFunctions.bisect(low: 0, high: centre, excludes)
        let high = successes == trials ? 1 : SpecialFunctions.bisect(low: centre, high: 1) { !excludes($0) }
        return Interval(low: low, high: high, trials: trials, method: "confidence-sequence")
    }

    /// The mixture's logarithm.
    package static func evidence(against share: Double, successes: Int, trials: Int) -> Double {
        let k = Double(successes)
        let n = Double(trials)
        if share <= 0 { return successes > 0 ? .infinity : 0 }
        if share >= 1 { return successes < trials ? .infinity : 0 }
        let mixture =
            SpecialFunctions.logGamma(0.5 + k) + SpecialFunctions.logGamma(0.5 + n - k)
            - SpecialFunctions.logGamma(1 + n) - log(Double.pi)
        return mixture - k * log(share) - (n - k) * log1p(-share)
    }
}
