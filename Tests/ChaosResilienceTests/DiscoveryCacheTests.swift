import ChaosResilience
import Testing

@Suite struct DiscoveryCacheTests {
    static let policy = DiscoveryCachePolicy(ttl: 30 * s, staleFor: 300 * s, negativeTTL: 5 * s)

    @Test func `an answer is fresh for its time, then stale, then gone`() {
        var cache = DiscoveryCache(policy: Self.policy)
        #expect(cache.lookup(now: 0) == .miss)
        cache.filled(now: 0, ok: true)
        #expect(cache.lookup(now: 30 * s - 1) == .hit)
        #expect(cache.lookup(now: 30 * s) == .stale(refresh: true))
        #expect(cache.lookup(now: 330 * s - 1) == .stale(refresh: true))
        #expect(cache.lookup(now: 330 * s) == .miss)
    }

    @Test
    func `while discovery is down the stale answer serves, and queries are spared for the negative time`() {
        var cache = DiscoveryCache(policy: Self.policy)
        cache.filled(now: 0, ok: true)
        cache.filled(now: 40 * s, ok: false)
        #expect(cache.lookup(now: 45 * s - 1) == .stale(refresh: false))
        #expect(cache.lookup(now: 45 * s) == .stale(refresh: true))
        cache.filled(now: 46 * s, ok: true)
        #expect(cache.lookup(now: 46 * s) == .hit)
    }

    @Test func `a failed query with nothing in hand fails fast for the negative time`() {
        var cache = DiscoveryCache(policy: Self.policy)
        cache.filled(now: 0, ok: false)
        #expect(cache.lookup(now: 5 * s - 1) == .negative)
        #expect(cache.lookup(now: 5 * s) == .miss)
    }

    @Test func `a failed query does not spoil a fresh answer, an invalidation does`() {
        var cache = DiscoveryCache(policy: Self.policy)
        cache.filled(now: 0, ok: true)
        cache.filled(now: 1 * s, ok: false)
        #expect(cache.lookup(now: 2 * s) == .hit)
        cache.invalidate()
        #expect(cache.lookup(now: 2 * s) == .miss)
    }

    @Test func `an answer ends the negative time of the failure before it`() {
        let policy = DiscoveryCachePolicy(ttl: 30 * s, staleFor: 300 * s, negativeTTL: 60 * s)
        var cache = DiscoveryCache(policy: policy)
        cache.filled(now: 0, ok: false)
        cache.filled(now: 1 * s, ok: true)
        #expect(cache.lookup(now: 31 * s) == .stale(refresh: true))
    }
}
