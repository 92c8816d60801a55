#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// How far apart two samples' distributions are, without assuming a shape.
public enum SampleDistance {
    /// Wasserstein-1: the area between the two empirical distribution functions, in the values' unit. Nil without values
    /// on both sides.
    public static func wasserstein(_ a: [Double], _ b: [Double]) -> Double? {
        var area = 0.0
        let steps = steps(a, b)
        guard !steps.isEmpty else { return nil }
        for (step, next) in zip(steps, steps.dropFirst()) {
            area += abs(step.shareA - step.shareB) * (next.value - step.value)
        }
        return area
    }

    /// Kolmogorov and Smirnov's: the largest gap between the two empirical distribution functions, 0...1.
    public static func kolmogorovSmirnov(_ a: [Double], _ b: [Double]) -> Double? {
        steps(a, b).map { abs($0.shareA - $0.shareB) }.max()
    }

    /// Half the width of the band around an empirical distribution function of `trials` values that holds the true one
    /// with `confidence` (Dvoretzky, Kiefer and Wolfowitz 1956, with Massart's constant): √(ln(2 ÷ α) ÷ 2n).
    public static func dkwHalfWidth(trials: Int, confidence: Double = 0.95) -> Double {
        precondition(trials > 0 && confidence > 0 && confidence < 1, "at least one trial, and a confidence below one")
        return min(1, (log(2 / (1 - confidence)) / (2 * Double(trials))).squareRoot())
    }

    /// At each distinct value: which share of either sample is not above it.
    private static func steps(_ a: [Double], _ b: [Double]) -> [(value: Double, shareA: Double, shareB: Double)] {
        guard !a.isEmpty, !b.isEmpty else { return [] }
        let (a, b) = (a.sorted(), b.sorted())
        var steps: [(value: Double, shareA: Double, shareB: Double)] = []
        var (i, j) = (0, 0)
        while i < a.count || j < b.count {
            let value = min(i < a.count ? a[i] : .infinity, j < b.count ? b[j] : .infinity)
            while i < a.count, a[i] == value { i += 1 }
            while j < b.count, b[j] == value { j += 1 }
            steps.append((value, Double(i) / Double(a.count), Double(j) / Double(b.count)))
        }
        return steps
    }
}
