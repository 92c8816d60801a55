import ChaosFleet
import ChaosHTTP
import ChaosPlan
import ChaosResilience

/// What an agent asks of others while it serves a request: each edge in fleet order, behind breaker, discovery, retry and
/// fallback. Step by step what `SimulatedWorld+Requests` does, over real connections.
final class Dependencies: @unchecked Sendable {
    /// A request on its way through its callee's edges.
    private final class Pass: @unchecked Sendable {
        var stage = 0
        var attempt = 0
        let done: @Sendable (Bool) -> Void

        init(_ done: @escaping @Sendable (Bool) -> Void) { self.done = done }
    }

    private enum Issue { case underWay, answered, failed }

    let edges: [Edge]
    private let name: String
    private let fleet: Fleet
    private let policies: Policies
    private let hubs: HubSide
    private let clock: LoopClock
    private let caller: HTTPCaller
    private let telemetry: TelemetryFile
    private let redis: [Int: RedisConnection]
    private let retryPolicy: RetryPolicy
    private(set) var budget: RetryBudget
    private var chance: Chance
    private var retryLimit = RateLimit(10 * .second)
    private var fallbackLimit = RateLimit(10 * .second)
    /// Calls that requests needed, and that were sent for them.
    private(set) var needed = 0
    private(set) var sent = 0
    private let breakersOn: Bool
    private let retriesOn: Bool
    private let fallbacksOn: Bool
    private let cachesOn: Bool

    init(
        agent: Int, place: Place, hubs: HubSide, clock: LoopClock, caller: HTTPCaller, telemetry: TelemetryFile
    ) {
        fleet = place.fleet
        policies = fleet.policies
        self.hubs = hubs
        self.clock = clock
        self.caller = caller
        self.telemetry = telemetry
        let name = fleet.agents[agent].name
        self.name = name
        chance = Chance(name)
        let machines = MachinePolicies(fleet)
        retryPolicy = machines.retry
        budget = RetryBudget(policy: machines.retryBudget)
        breakersOn = policies.enabled(.breaker)
        retriesOn = policies.enabled(.retry) && policies.retry.attempts > 1
        fallbacksOn = policies.enabled(.storeFallback)
        cachesOn = policies.enabled(.discoveryCache)
        let reloadEvery = policies.enabled(.credentialReload) ? policies.credentials.reloadEvery : nil
        var redis: [Int: RedisConnection] = [:]
        var edges: [Edge] = []
        for call in fleet.calls where call.caller == agent && call.share > .zero {
            edges.append(
                Edge(call, caller: name, place: place) { store in
                    if let known = redis[store] { return known }
                    let connection = RedisConnection(
                        endpoint: place.endpoint(of: .store(store)),
                        credential: place.credential(of: "redis-\(name)"),
                        reloadEvery: reloadEvery, clock: clock)
                    redis[store] = connection
                    return connection
                })
        }
        self.edges = edges
        self.redis = redis
    }

    /// Asks all that one request needs; `done` hears whether it can be answered.
    func ask(_ done: @escaping @Sendable (Bool) -> Void) { proceed(Pass(done)) }

    /// Each hub keeps names up to date on its own; what it says now beats what it said when it was asked.
    func renamed(_ endpoints: [String: Endpoint]) {
        for edge in edges {
            guard case .agent = edge.callee, let name = edge.calleeName, let endpoint = endpoints[name] else {
                continue
            }
            edge.endpoint = endpoint
        }
    }

    func start() {
        for connection in redis.values { connection.start() }
    }

    func close() {
        for connection in redis.values { connection.close() }
    }

    // MARK: One request

    private func proceed(_ pass: Pass) {
        while pass.stage < edges.count {
            let edge = edges[pass.stage]
            pass.stage += 1
            guard chance.happens(edge.share) else { continue }
            pass.attempt = 0
            needed += 1
            switch issue(pass, edge) {
            case .underWay: return
            case .answered: continue
            case .failed: return pass.done(false)
            }
        }
        pass.done(true)
    }

    private func resume(_ pass: Pass, _ issue: Issue) {
        switch issue {
        case .underWay: break
        case .answered: proceed(pass)
        case .failed: pass.done(false)
        }
    }

    /// Sends (or refuses to send) one attempt of a call.
    private func issue(_ pass: Pass, _ edge: Edge) -> Issue {
        if retriesOn && pass.attempt == 0 { budget.countRequest() }
        var admission = CircuitBreaker.Admission.allowed(generation: 0)
        if breakersOn {
            let before = edge.breaker.transitions
            admission = edge.breaker.admit(now: clock.now)
            if edge.breaker.transitions != before { tellBreaker(edge) }
            if admission == .refused { return withoutAnswer(edge) }
        }
        guard case .agent = edge.callee else { return send(pass, edge, admission) }
        if cachesOn, case .hit = edge.cache.lookup(now: clock.now) { return send(pass, edge, admission) }
        return lookUp(pass, edge, admission)
    }

    private func send(_ pass: Pass, _ edge: Edge, _ admission: CircuitBreaker.Admission) -> Issue {
        let answered: @Sendable (Bool) -> Void = { [weak self] succeeded in
            self?.settle(pass, edge, admission, succeeded)
        }
        let endpoint: Endpoint?
        let path: String
        switch edge.callee {
        case .redis(let connection):
            sent += 1
            connection.command(key: name, timeout: edge.timeout, done: answered)
            return .underWay
        case .agent:
            endpoint = edge.endpoint
            path = "/work?for=\(edge.calleeName ?? "")"
        case .store(let store):
            endpoint = store
            path = "/work?for=\(edge.calleeName ?? "")"
        case .hub:
            endpoint = hubs.currentEndpoint
            path = "/ask"
        }
        guard let endpoint else {
            // Nobody to ask: isolated from both hubs.
            if breakersOn { record(.failure, edge, admission) }
            return retryLater(pass, edge) ?? withoutAnswer(edge)
        }
        sent += 1
        caller.call(endpoint, method: "GET", path: path, timeout: edge.timeout) { outcome in
            if case .answered(200, _) = outcome { answered(true) } else { answered(false) }
        }
        return .underWay
    }

    /// Where does the callee live? Asked of the caller's hub when the cache does not know.
    private func lookUp(_ pass: Pass, _ edge: Edge, _ admission: CircuitBreaker.Admission) -> Issue {
        let asked = clock.now
        guard let hub = hubs.currentEndpoint else { return located(pass, edge, admission, asked: asked, nil) }
        caller.call(
            hub, method: "GET", path: "/where?agent=\(edge.calleeName ?? "")", timeout: policies.discovery.timeout
        ) { [weak self] outcome in
            guard let self else { return }
            var found: Endpoint?
            if case .answered(200, let body) = outcome {
                found = String(decoding: body, as: UTF8.self).split(whereSeparator: \.isWhitespace).first
                    .flatMap { Endpoint($0) }
            }
            self.resume(pass, self.located(pass, edge, admission, asked: asked, found))
        }
        return .underWay
    }

    /// A stale answer from the cache is an answer: discovery fails only where nobody knows.
    private func located(
        _ pass: Pass, _ edge: Edge, _ admission: CircuitBreaker.Admission, asked: Int64, _ found: Endpoint?
    ) -> Issue {
        let now = clock.now
        var isStale = false
        if found == nil, cachesOn, edge.endpoint != nil, case .stale = edge.cache.lookup(now: now) { isStale = true }
        telemetry.write(.lookedUp(asked: asked, succeeded: found != nil || isStale), at: now)
        if isStale, edge.staleLimit.allows(at: now) {
            telemetry.mechanism(
                .discoveryCache, .change, by: edge.name, about: edge.calleeName ?? "", from: "asking", to: "stale")
        }
        if let found {
            edge.endpoint = found
            if cachesOn { edge.cache.filled(now: now, ok: true) }
            return send(pass, edge, admission)
        }
        if isStale { return send(pass, edge, admission) }
        if breakersOn { record(.ignored, edge, admission) }
        return withoutAnswer(edge)
    }

    /// A call was refused or has failed for good: a cached (or degraded) answer, if the caller has one.
    private func withoutAnswer(_ edge: Edge) -> Issue {
        guard edge.hasFallback && fallbacksOn else { return .failed }
        if fallbackLimit.allows(at: clock.now) {
            telemetry.mechanism(
                .storeFallback, .change, by: name, about: calleeName(edge), from: "asking", to: "cached")
        }
        return .answered
    }

    /// A call has ended: its request goes on, tries again, makes do, or fails itself.
    private func settle(_ pass: Pass, _ edge: Edge, _ admission: CircuitBreaker.Admission, _ succeeded: Bool) {
        if breakersOn { record(succeeded ? .success : .failure, edge, admission) }
        resume(pass, succeeded ? .answered : retryLater(pass, edge) ?? withoutAnswer(edge))
    }

    private func retryLater(_ pass: Pass, _ edge: Edge) -> Issue? {
        guard retriesOn else { return nil }
        let now = clock.now
        let attempt = pass.attempt + 1
        guard
            let delay = retryPolicy.nextDelay(attempt: attempt, random: chance.next(), deadline: .max, now: now),
            budget.withdraw()
        else { return nil }
        pass.attempt = attempt
        if retryLimit.allows(at: now) {
            telemetry.mechanism(
                .retry, .change, by: name, about: calleeName(edge), from: "failed", to: "retrying")
        }
        clock.after(delay) { [weak self] in
            guard let self else { return }
            self.resume(pass, self.issue(pass, edge))
        }
        return .underWay
    }

    // MARK: What is told

    private func record(_ outcome: CircuitBreaker.Outcome, _ edge: Edge, _ admission: CircuitBreaker.Admission) {
        if edge.breaker.record(outcome, for: admission, now: clock.now) != nil { tellBreaker(edge) }
    }

    private func tellBreaker(_ edge: Edge) {
        guard let transition = edge.breaker.lastTransition else { return }
        telemetry.mechanism(
            .breaker, transition.to == .open ? .detect : .change, by: edge.name, about: calleeName(edge),
            from: "\(transition.from)", to: "\(transition.to)")
    }

    private func calleeName(_ edge: Edge) -> String { edge.calleeName ?? hubs.currentName ?? "" }
}
