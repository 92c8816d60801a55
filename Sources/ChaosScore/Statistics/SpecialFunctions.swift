#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// The two functions that the distributions below are built on. Own code, because libm's `lgamma` writes a global and has
/// no incomplete beta; `log` and `exp` are libm's, which is fine off the simulated state.
enum SpecialFunctions {
    /// ln Γ(x) for x > 0: Lanczos' approximation with g = 7 and nine terms, good to about 15 digits.
    static func logGamma(_ x: Double) -> Double {
        precondition(x > 0, "ln Γ is needed for positive arguments only")
        let coefficients = [
            0.999_999_999_999_809_93, 676.520_368_121_885_1, -1_259.139_216_722_402_8, 771.323_428_777_653_13,
            -176.615_029_162_140_59, 12.507_343_278_686_905, -0.138_571_095_265_720_12, 9.984_369_578_019_571_6e-6,
            1.505_632_735_149_311_6e-7,
        ]
        // The reflection keeps precision below one half.
        if x < 0.5 { return log(Double.pi / sin(Double.pi * x)) - logGamma(1 - x) }
        let shifted = x - 1
        var sum = coefficients[0]
        for index in 1..<coefficients.count { sum += coefficients[index] / (shifted + Double(index)) }
        let t = shifted + 7.5
        return 0.5 * log(2 * Double.pi) + (shifted + 0.5) * log(t) - t + log(sum)
    }

    /// The regularised incomplete beta function I_x(a, b), by Lentz' evaluation of its continued fraction
    /// (Press et al., Numerical Recipes, §6.4).
    static func incompleteBeta(_ x: Double, _ a: Double, _ b: Double) -> Double {
        if x <= 0 { return 0 }
        if x >= 1 { return 1 }
        let front = exp(
            logGamma(a + b) - logGamma(a) - logGamma(b) + a * log(x) + b * log1p(-x))
        // The fraction converges quickly only on this side of the mean.
        if x < (a + 1) / (a + b + 2) { return front * fraction(x, a, b) / a }
        return 1 - front * fraction(1 - x, b, a) / b
    }

    private static func fraction(_ x: Double, _ a: Double, _ b: Double) -> Double {
        let tiny = 1e-300
        func guarded(_ value: Double) -> Double { abs(value) < tiny ? tiny : value }
        var c = 1.0
        var d = 1 / guarded(1 - (a + b) * x / (a + 1))
        var result = d
        for step in 1...10_000 {
            let m = Double(step)
            let even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
            d = 1 / guarded(1 + even * d)
            c = guarded(1 + even / c)
            result *= d * c
            let odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
            d = 1 / guarded(1 + odd * d)
            c = guarded(1 + odd / c)
            let factor = d * c
            result *= factor
            if abs(factor - 1) < 1e-15 { break }
        }
        return result
    }

    /// The x with I_x(a, b) = p. Bisection: slow and sure, and called a handful of times per report.
    static func inverseIncompleteBeta(_ p: Double, _ a: Double, _ b: Double) -> Double {
        bisect(low: 0, high: 1) { incompleteBeta($0, a, b) < p }
    }

    /// The point at which `below` turns false, to the last bit that doubles can tell.
    static func bisect(low: Double, high: Double, _ below: (Double) -> Bool) -> Double {
        var low = low
        var high = high
        for _ in 0..<200 {
            let middle = low + (high - low) / 2
            if middle <= low || middle >= high { break }
            if below(middle) { low = middle } else { high = middle }
        }
        return low + (high - low) / 2
    }

    /// The standard normal distribution function.
    static func normal(_ x: Double) -> Double { 0.5 * erfc(-x / 2.0.squareRoot()) }
}
