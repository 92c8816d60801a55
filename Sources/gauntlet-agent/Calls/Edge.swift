import ChaosFleet
import ChaosHTTP
import ChaosPlan
import ChaosResilience

/// One edge of the call graph, with all that its caller remembers about it.
final class Edge: @unchecked Sendable {
    enum Callee {
        /// Whoever answers for this agent.
        case agent(Int)
        case store(Endpoint)
        case redis(RedisConnection)
        /// The caller's present hub.
        case hub
    }

    /// `A>B`; `A>hub` for whichever hub it is.
    let name: String
    let callee: Callee
    /// Nil for the present hub, which changes.
    let calleeName: String?
    let share: Share
    let hasFallback: Bool
    let timeout: Nanoseconds
    var breaker: CircuitBreaker
    var cache: DiscoveryCache
    /// Where the callee was last said to be.
    var endpoint: Endpoint?
    var staleLimit = RateLimit(10 * .second)

    init(_ call: Fleet.CallEdge, caller: String, place: Place, redis: (Int) -> RedisConnection) {
        let fleet = place.fleet
        let machines = MachinePolicies(fleet)
        switch call.callee {
        case .agent(let index):
            callee = .agent(index)
            calleeName = fleet.agents[index].name
        case .store(let index):
            calleeName = fleet.stores[index].name
            callee =
                fleet.stores[index].kind == .redis
                ? .redis(redis(index)) : .store(place.endpoint(of: .store(index)))
        case .hub:
            callee = .hub
            calleeName = nil
        }
        name = caller + ">" + (calleeName ?? "hub")
        share = call.share
        hasFallback = call.fallback
        timeout = fleet.policies.callClasses[call.callClass].timeout
        breaker = CircuitBreaker(policy: machines.breaker(call.callClass))
        cache = DiscoveryCache(policy: machines.discoveryCache)
    }
}
