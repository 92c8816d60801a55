/// How long an answer of service discovery may be used.
public struct DiscoveryCachePolicy: Sendable, Equatable {
    /// How long an answer is fresh.
    public let ttl: Nanoseconds
    /// How much longer it may be used while discovery fails (stale-if-error, RFC 5861).
    public let staleFor: Nanoseconds
    /// How long after a failed query no other is sent; otherwise every lookup of an outage burdens discovery.
    public let negativeTTL: Nanoseconds

    /// A policy; traps on values that cannot work.
    public init(ttl: Nanoseconds, staleFor: Nanoseconds, negativeTTL: Nanoseconds) {
        requireSpan(ttl, "ttl")
        requireSpan(staleFor, atLeast: 0, "staleFor")
        requireSpan(negativeTTL, atLeast: 0, "negativeTTL")
        self.ttl = ttl
        self.staleFor = staleFor
        self.negativeTTL = negativeTTL
    }
}
