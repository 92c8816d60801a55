/// One caller's local cache of where one service is.
///
/// Pitfall: an address outlives its service by up to `ttl`, and by `staleFor` more while discovery is down; a
/// caller needs a breaker beside its cache.
public struct DiscoveryCache: Sendable, Equatable {
    /// The answer to a lookup.
    @frozen
    public enum Lookup: Sendable, Equatable {
        /// Fresh: use it.
        case hit
        /// Expired but usable. With `refresh`, query discovery first and use the old answer only if that fails;
        /// without, a query has just failed: use the old answer at once.
        case stale(refresh: Bool)
        /// Nothing usable: query discovery and wait for it.
        case miss
        /// Nothing usable, and a query has just failed: fail at once.
        case negative
    }

    /// The policy this cache follows.
    public let policy: DiscoveryCachePolicy
    // "Never" lies so far back that every span has passed since, yet near enough not to overflow.
    @usableFromInline var freshUntil: Nanoseconds = .min / 2
    @usableFromInline var staleUntil: Nanoseconds = .min / 2
    @usableFromInline var failedUntil: Nanoseconds = .min / 2

    /// An empty cache.
    public init(policy: DiscoveryCachePolicy) {
        self.policy = policy
    }

    /// Looks the service up.
    @inlinable
    public func lookup(now: Nanoseconds) -> Lookup {
        if now < freshUntil { return .hit }
        if now < staleUntil { return .stale(refresh: now >= failedUntil) }
        return now < failedUntil ? .negative : .miss
    }

    /// A query of discovery was answered (`ok`) or failed.
    ///
    /// A failure leaves an earlier answer in place: discovery being down says nothing about the service.
    public mutating func filled(now: Nanoseconds, ok: Bool) {
        if ok {
            freshUntil = now + policy.ttl
            staleUntil = freshUntil + policy.staleFor
            failedUntil = .min / 2
        } else {
            failedUntil = now + policy.negativeTTL
        }
    }

    /// Forgets everything, as after a restart, or once an address has proved wrong.
    public mutating func invalidate() {
        self = DiscoveryCache(policy: policy)
    }
}
