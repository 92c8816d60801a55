/// How often a failed call is tried again, and how long to wait before.
///
/// Retries multiply through layers: three attempts in each of three layers make 27 calls at the bottom. Retry in
/// one layer only, and put a `RetryBudget` beside the policy: attempts bound one request, the budget bounds a
/// caller whose requests all fail.
public struct RetryPolicy: Sendable, Equatable {
    /// How chance spreads the delays of callers that failed together (names after the AWS Architecture Blog,
    /// "Exponential Backoff And Jitter").
    public enum Jitter: UInt8, Sendable {
        /// The back-off itself; callers that failed together come back together.
        case none
        /// Half the back-off, and up to another half by chance.
        case equal
        /// Anything between nothing and the back-off: the least load, at times no wait at all.
        case full
    }

    /// Attempts per request, the first included.
    public let maxAttempts: Int
    /// The back-off after the first failure.
    public let base: Nanoseconds
    /// What the back-off is multiplied with after each further failure.
    public let multiplier: Int
    /// The longest back-off.
    public let cap: Nanoseconds
    /// How chance spreads the delay.
    public let jitter: Jitter

    /// A policy; traps on values that cannot work.
    public init(maxAttempts: Int, base: Nanoseconds, multiplier: Int, cap: Nanoseconds, jitter: Jitter) {
        precondition(maxAttempts >= 1, "maxAttempts must be at least 1")
        requireSpan(base, atLeast: 0, "base")
        precondition(multiplier >= 1, "multiplier must be at least 1")
        requireSpan(cap, atLeast: base, "cap")
        self.maxAttempts = maxAttempts
        self.base = base
        self.multiplier = multiplier
        self.cap = cap
        self.jitter = jitter
    }

    /// The delay before the next attempt after `attempt` of them have failed, or `nil` to give up.
    ///
    /// Gives up after the last attempt, and when the next one could only start at or after the request's
    /// deadline: its answer would interest nobody, its work would still burden the server.
    ///
    /// `random` is a uniform draw, used as a fraction of 2^64; without jitter it is not looked at.
    public func nextDelay(
        attempt: Int,
        random: UInt64,
        deadline: Nanoseconds,
        now: Nanoseconds
    ) -> Nanoseconds? {
        precondition(attempt >= 1, "attempts count from 1")
        guard attempt < maxAttempts else { return nil }
        let backOff = Backoff.delay(base: base, multiplier: multiplier, cap: cap, failures: attempt)
        let delay =
            switch jitter {
            case .none: backOff
            case .equal: backOff / 2 + Self.fraction(random, of: backOff - backOff / 2)
            case .full: Self.fraction(random, of: backOff)
            }
        // Compared as lengths: a deadline of `.max` ("none") must not overflow.
        return delay < deadline - now ? delay : nil
    }

    /// A share of 0...`span`, each value equally likely to within 2^-64 · span.
    private static func fraction(_ random: UInt64, of span: Nanoseconds) -> Nanoseconds {
        Nanoseconds(random.multipliedFullWidth(by: UInt64(span) + 1).high)
    }
}
