/// How eagerly a client holds requests back that its server would refuse anyway.
public struct AdaptiveThrottlePolicy: Sendable, Equatable {
    /// The factor K in thousandths (Google SRE: 2000); smaller holds back more, larger lets more probes through.
    public let multiplierPerMille: Int
    /// The width of one bucket of the rolling window.
    public let bucketWidth: Nanoseconds
    /// The buckets of the window (Google SRE: about two minutes in all). Choose the window longer than the call's
    /// time-out, or requests are forgotten before their answers are counted.
    public let buckets: Int

    /// A policy; traps on values that cannot work.
    public init(multiplierPerMille: Int, bucketWidth: Nanoseconds, buckets: Int) {
        precondition((1000...1_000_000).contains(multiplierPerMille), "K must lie in 1...1000")
        requireSpan(bucketWidth, "bucketWidth")
        precondition(buckets >= 1 && buckets <= 1 << 16, "buckets must lie in 1...2^16")
        self.multiplierPerMille = multiplierPerMille
        self.bucketWidth = bucketWidth
        self.buckets = buckets
    }
}
