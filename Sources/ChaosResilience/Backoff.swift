/// Exponential back-off in integers.
enum Backoff {
    /// base · multiplier^(failures − 1), at most `cap`; never overflows, and ends as soon as the cap is reached.
    static func delay(base: Nanoseconds, multiplier: Int, cap: Nanoseconds, failures: Int) -> Nanoseconds {
        guard base > 0, multiplier > 1 else { return min(base, cap) }
        var delay = base
        var step = 1
        while step < failures && delay < cap {
            let (product, overflow) = delay.multipliedReportingOverflow(by: Int64(multiplier))
            delay = overflow ? cap : product
            step += 1
        }
        return min(delay, cap)
    }
}
