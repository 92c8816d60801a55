/// The upper tail of the standard normal distribution, from the four basic operations alone.
///
/// A C library's `erfc`, `exp` and `log` may differ in the last bit between platforms, and with them a deadline
/// and a whole simulated week. Used for constants of policies only, never while a machine runs.
package enum NormalTail {
    /// The probability that a standard normal value exceeds `z`, for `z` in 0...40.
    package static func probability(above z: Double) -> Double {
        let density = 0.398_942_280_401_432_7 * exponential(minus: z * z / 2)
        if z < 3 {
            // Φ(z) − ½ = φ(z) · Σ z^(2n+1) / (1·3·5·…·(2n+1))  (Abramowitz and Stegun 26.2.11)
            var term = z
            var sum = z
            var odd = 3.0
            while term > 1e-18 {
                term *= z * z / odd
                sum += term
                odd += 2
            }
            return 0.5 - density * sum
        }
        // Q(z) = φ(z) / (z + 1/(z + 2/(z + 3/…)))  (26.2.14), from the inside out.
        var fraction = z
        for step in stride(from: 120.0, through: 1, by: -1) { fraction = z + step / fraction }
        return density / fraction
    }

    /// The `z` above which exactly the tail 10^−φ lies; `φ` in thousandths, at least 1000.
    package static func quantile(milliPhi: Int) -> Double {
        var tail = exponential(minus: Double(milliPhi % 1000) / 1000 * 2.302_585_092_994_045_7)
        for _ in 0..<(milliPhi / 1000) { tail /= 10 }
        var low = 0.0
        var high = 40.0
        for _ in 0..<80 {
            let middle = (low + high) / 2
            if probability(above: middle) > tail { low = middle } else { high = middle }
        }
        return (low + high) / 2
    }

    /// e^−y: Taylor's series for a small part of `y`, squared back up.
    private static func exponential(minus y: Double) -> Double {
        var part = y
        var doublings = 0
        while part > 0.25 {
            part /= 2
            doublings += 1
        }
        var term = 1.0
        var sum = 1.0
        for step in 1...18 {
            term *= -part / Double(step)
            sum += term
        }
        for _ in 0..<doublings { sum *= sum }
        return sum
    }
}
