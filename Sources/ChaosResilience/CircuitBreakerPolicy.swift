/// When a circuit breaker opens, for how long, and what closes it again.
public struct CircuitBreakerPolicy: Sendable, Equatable {
    /// What a closed breaker remembers, and what it opens on.
    ///
    /// A breaker belongs to one caller and callee. With many callers the volume per breaker is small: a window
    /// that wants 20 calls in ten seconds never trips at one call every ten seconds. `.time` has no such floor.
    public enum Window: Sendable, Equatable {
        /// Opens on `failures` failures whose first and last lie at most `window` apart (the bound included).
        /// Successes in between do not matter.
        case time(failures: Int, window: Nanoseconds)
        /// Opens when, of the last `size` calls and after at least `minimumCalls`, `failurePercent` or more
        /// failed (the count-based window of resilience4j; defaults there 100, 100, 50).
        case count(size: Int, minimumCalls: Int, failurePercent: Int)
        /// Opens when, in the rolling window and after at least `minimumCalls`, `failurePercent` or more failed
        /// (Hystrix; defaults there ten buckets of 1 s, 20, 50).
        case rate(bucketWidth: Nanoseconds, buckets: Int, minimumCalls: Int, failurePercent: Int)
    }

    /// What opens the breaker.
    public let window: Window
    /// How long an open breaker refuses every call.
    public let openFor: Nanoseconds
    /// Consecutive successful probes that close a half-open breaker.
    public let successesToClose: Int
    /// How many probes may be under way at once while half-open.
    public let halfOpenPermits: Int
    /// How long a half-open breaker whose permits are all taken waits for a sign of life of its probes.
    ///
    /// After that long without a probe granted or answered, the next call finds the probes given up as failed
    /// and the breaker open again. `nil` waits for ever, as resilience4j does by default: one hung probe then
    /// keeps the breaker half-open and refusing for good. Choose it no shorter than the call's own time-out.
    public let halfOpenMaxWait: Nanoseconds?

    /// A policy; traps on values that cannot work.
    public init(
        window: Window,
        openFor: Nanoseconds,
        successesToClose: Int,
        halfOpenPermits: Int,
        halfOpenMaxWait: Nanoseconds?
    ) {
        switch window {
        case .time(let failures, let window):
            precondition(failures >= 1, "a breaker opens on at least one failure")
            requireSpan(window, "window")
        case .count(let size, let minimumCalls, let failurePercent):
            precondition(size >= 1 && size <= 1 << 24, "size must lie in 1...2^24")
            // More calls than the window holds can never be counted: the breaker would never open.
            precondition(minimumCalls >= 1 && minimumCalls <= size, "minimumCalls must lie in 1...size")
            precondition((1...100).contains(failurePercent), "failurePercent must lie in 1...100")
        case .rate(let bucketWidth, let buckets, let minimumCalls, let failurePercent):
            requireSpan(bucketWidth, "bucketWidth")
            precondition(buckets >= 1 && buckets <= 1 << 16, "buckets must lie in 1...2^16")
            precondition(minimumCalls >= 1, "minimumCalls must be at least 1")
            precondition((1...100).contains(failurePercent), "failurePercent must lie in 1...100")
        }
        requireSpan(openFor, atLeast: 0, "openFor")
        precondition(successesToClose >= 1, "successesToClose must be at least 1")
        precondition(halfOpenPermits >= 1, "halfOpenPermits must be at least 1")
        if let halfOpenMaxWait { requireSpan(halfOpenMaxWait, "halfOpenMaxWait") }
        self.window = window
        self.openFor = openFor
        self.successesToClose = successesToClose
        self.halfOpenPermits = halfOpenPermits
        self.halfOpenMaxWait = halfOpenMaxWait
    }
}
