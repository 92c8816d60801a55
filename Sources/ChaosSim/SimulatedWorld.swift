import ChaosFleet
public import ChaosPlan
import ChaosResilience
public import ChaosRun

/// The deterministic world: a fleet in virtual time, single-threaded, integers only.
///
/// State lies in raw columns indexed by small integers; one `switch` over an opcode is the whole dispatch. What the fleet
/// survives by are the `ChaosResilience` machines, the same that the reference agents run. Nothing here writes
/// availability: clients' outcomes go to the `Observer`.
///
/// Files: `+Requests` clients, queues and calls; `+Processes` death, restart, pause; `+Network` links; `+Monitors`
/// heartbeats; `+Hubs`, `+Names`, `+Replication` who listens to them; `+Broker`, `+Publishers` the stream and its ledger;
/// `+Disks`, `+Credentials`; `+Rollout`; `+Faults`.
public final class SimulatedWorld: World {
    /// How heartbeats are simulated; both must give the same journal.
    public enum Heartbeats: Sendable {
        /// Only while their outcome is uncertain.
        case elided
        /// One by one, always. For the test that proves the elision right.
        case explicit
    }

    /// A wrong the simulated system commits on purpose, for the tests that the ledger must catch.
    public enum Plant: String, CaseIterable, Sendable {
        case loseAcknowledged = "lose-acknowledged"
        case reorder
        case duplicate
        /// A message in the stream that nobody published.
        case invent
        case doubleOwner = "double-owner"
    }

    /// Counted for `make bench`; no part of the journal.
    public struct Statistics: Sendable {
        public var events = 0
        public var heartbeats = 0
        public var peakPending = 0
    }

    /// What changes with nearly every event, in one place and reached by pointer so that no exclusivity check is paid.
    struct Globals: ~Copyable {
        var now: Int64 = 0
        var freeCall: Int32 = -1
        var usedCalls: Int32 = 0
        var events = 0
        var heartbeats = 0
        var peakPending = 0
        var endedInstance = -1
        var callsNeeded = 0
        var callsSent = 0
        var queue = EventQueue()
    }

    struct Client {
        var phase: Int64
        var count: UInt64 = 0
        var stream: Stream
        /// The node that answers for this name now, as the client's side of the fleet sees it.
        var route: Int32
        var awaitsTakeover = false
    }

    let plan: Plan
    let fleet: Fleet
    let policies: Policies
    let schedule: Schedule
    let seed: UInt64
    let heartbeatMode: Heartbeats
    let plants: Set<Plant>
    let observer: Observer

    let g: UnsafeMutablePointer<Globals>
    let counters: UnsafeMutablePointer<UInt32>
    let nodeCount: Int
    let agentCount: Int
    let nodes: UnsafeMutablePointer<Node>
    let edgeCount: Int
    let edges: UnsafeMutablePointer<Edge>
    let breakers: UnsafeMutablePointer<CircuitBreaker>
    let caches: UnsafeMutablePointer<DiscoveryCache>
    let budgets: UnsafeMutablePointer<RetryBudget>
    let calls: UnsafeMutablePointer<Call>
    let clients: UnsafeMutablePointer<Client>
    let ringCount: Int
    let rings: UnsafeMutablePointer<DeadlineRing>
    let lookupRing: Int32
    let hostCount: Int
    let links: UnsafeMutablePointer<LinkState>
    let hosts: UnsafeMutablePointer<HostState>
    let localDelay: Int64
    let clientInterval: Int64
    let breakersOn: Bool
    let retriesOn: Bool
    let fallbacksOn: Bool
    let cachesOn: Bool
    let retryPolicy: RetryPolicy
    /// Per agent: the node of the hub it is registered with now; −1 while it has none.
    let hubOf: UnsafeMutablePointer<Int32>
    /// Where each name leads: one row of agents per hub, because each hub answers by what it has heard itself.
    let names: UnsafeMutablePointer<Int32>
    let nameRows: Int
    /// Per agent: the row it asks.
    let rowOf: UnsafeMutablePointer<Int32>
    let firstHub: Int
    let firstBroker: Int
    let firstStore: Int

    var supervisors: [Supervisor] = []
    /// Work that came due while its process was paused.
    var deferred: [[Deferred]] = []
    var pausedAt: [Int64] = []
    var timerGenerations: [UInt32] = []
    var monitors: [Monitor] = []
    var agentHubs: [AgentHubs] = []
    var hubStates: [HubProcess] = []
    var replication = ReplicationState()
    private let brokerState: UnsafeMutablePointer<BrokerState>
    private let publisherState: UnsafeMutablePointer<[Publisher]>
    /// On the path of every message, so behind pointers too.
    var broker: BrokerState {
        @inline(__always) _read { yield brokerState.pointee }
        @inline(__always) _modify { yield &brokerState.pointee }
    }
    var publishers: [Publisher] {
        @inline(__always) _read { yield publisherState.pointee }
        @inline(__always) _modify { yield &publisherState.pointee }
    }
    var logs: [LogRotation] = []
    var diskWatches: [DiskWatch] = []
    var diskLevels: [DiskLevel] = []
    var lastRotationJournal: [Int64] = []
    var servedAtLastCheck: [Int64] = []
    var credentials: [AgentCredential] = []
    /// The version that the credential files hold.
    var credentialIssued: Int32 = 0
    var faultStates: [FaultState] = []
    var rollouts: [Rollout] = []
    var procedures: [ProcedureRun] = []
    var lastRetryJournal: [Int64] = []
    var lastFallbackJournal: [Int64] = []
    var doubleOwnerPlanted = false
    /// Switched off by policy, or by a runbook.
    var partitionHandling = true

    struct Deferred {
        var operation: UInt8
        var payload: UInt64
        var remaining: Int64
    }

    public var statistics: Statistics {
        Statistics(
            events: g.pointee.events, heartbeats: g.pointee.heartbeats, peakPending: g.pointee.peakPending)
    }

    public var capabilities: Set<FaultKind> { Set(FaultKind.allCases) }

    static let callCapacity = 1 << 20

    public init(
        plan: Plan, schedule: Schedule, observer: Observer, heartbeats: Heartbeats = .elided, plants: Set<Plant> = []
    ) {
        self.plan = plan
        self.schedule = schedule
        self.observer = observer
        self.plants = plants
        fleet = plan.fleet
        policies = plan.fleet.policies
        seed = schedule.seed
        // φ learns from every single arrival, so there nothing may be left out.
        heartbeatMode = policies.heartbeat.detector == .phi ? .explicit : heartbeats

        let seed = schedule.seed
        let fleet = plan.fleet
        let policies = plan.fleet.policies
        agentCount = fleet.agents.count
        precondition(
            fleet.agents.count * max(1, fleet.hubs.count) <= Entity.perKind,
            "more agents than the order of events has room for")
        firstHub = agentCount
        firstBroker = firstHub + fleet.hubs.count
        firstStore = firstBroker + fleet.broker.servers.count
        nodeCount = firstStore + fleet.stores.count
        hostCount = fleet.hosts.count
        localDelay = fleet.localDelay
        clientInterval = max(1, plan.workload.requests.interval)
        breakersOn = policies.enabled(.breaker)
        retriesOn = policies.enabled(.retry) && policies.retry.attempts > 1
        fallbacksOn = policies.enabled(.storeFallback)
        cachesOn = policies.enabled(.discoveryCache)
        let machines = MachinePolicies(fleet)
        retryPolicy = machines.retry

        brokerState = .allocate(capacity: 1)
        brokerState.initialize(to: BrokerState())
        publisherState = .allocate(capacity: 1)
        publisherState.initialize(to: [])
        g = .allocate(capacity: 1)
        g.initialize(to: Globals())
        counters = .allocate(capacity: Entity.count)
        counters.initialize(repeating: 0, count: Entity.count)

        nodes = .allocate(capacity: nodeCount)
        for (index, member) in fleet.members.enumerated() {
            (nodes + index).initialize(to: Self.node(member, fleet: fleet, seed: seed))
        }
        let built = Self.edges(fleet: fleet, seed: seed, nodes: nodes, firstStore: firstStore)
        edgeCount = built.count
        edges = .allocate(capacity: max(1, edgeCount))
        edges.initialize(from: built, count: built.count)
        breakers = .allocate(capacity: max(1, edgeCount))
        caches = .allocate(capacity: max(1, edgeCount))
        for index in 0..<edgeCount {
            let callClass = fleet.calls[Int(built[index].number)].callClass
            (breakers + index).initialize(
                to: CircuitBreaker(policy: machines.breaker(callClass)))
            var cache = DiscoveryCache(policy: machines.discoveryCache)
            let age = Stream(
                seed: seed, purpose: .cache, entity: Self.edgeEntity(built[index], fleet: fleet)
            ).below(max(1, policies.discovery.localTTL), at: 0)
            cache.filled(now: -age, ok: true)
            (caches + index).initialize(to: cache)
        }
        budgets = .allocate(capacity: max(1, agentCount))
        budgets.initialize(
            repeating: RetryBudget(policy: machines.retryBudget), count: agentCount)
        calls = .allocate(capacity: Self.callCapacity)
        clients = .allocate(capacity: max(1, agentCount))
        for index in 0..<agentCount {
            let entity = Self.entity(fleet.agents[index].name)
            (clients + index).initialize(
                to: Client(
                    phase: Stream(seed: seed, purpose: .phase, entity: entity).below(clientInterval, at: 0),
                    stream: Stream(seed: seed, purpose: .arrivals, entity: entity), route: Int32(index)))
        }
        ringCount = policies.callClasses.count + 2
        rings = .allocate(capacity: ringCount)
        (rings + 0).initialize(to: DeadlineRing(timeout: plan.workload.requestTimeout))
        for (index, callClass) in policies.callClasses.enumerated() {
            (rings + index + 1).initialize(to: DeadlineRing(timeout: callClass.timeout))
        }
        lookupRing = Int32(ringCount - 1)
        (rings + ringCount - 1).initialize(to: DeadlineRing(timeout: policies.discovery.timeout))

        links = .allocate(capacity: hostCount * hostCount)
        for from in 0..<hostCount {
            for to in 0..<hostCount {
                let entity = Self.entity(fleet.hosts[from].name + ">" + fleet.hosts[to].name)
                var state = LinkState(stream: Stream(seed: seed, purpose: .linkJitter, entity: entity))
                if from == to {
                    state.exists = true
                    state.delay = fleet.localDelay
                }
                for link in fleet.links where (link.a, link.b) == (from, to) || (link.b, link.a) == (from, to) {
                    state.exists = true
                    state.delay = link.delay
                    state.jitter = link.jitter
                    state.perKiB = link.bandwidth == 0 ? 0 : 1024 * 1_000_000_000 / link.bandwidth
                }
                (links + from * hostCount + to).initialize(to: state)
            }
        }
        hosts = .allocate(capacity: hostCount)
        for (index, host) in fleet.hosts.enumerated() {
            (hosts + index).initialize(
                to: HostState(
                    diskCapacity: host.disk,
                    diskBase: host.disk / 1_000_000 * host.diskUsed.partsPerMillion))
        }
        hubOf = .allocate(capacity: max(1, agentCount))
        hubOf.initialize(repeating: -1, count: max(1, agentCount))
        rowOf = .allocate(capacity: max(1, agentCount))
        rowOf.initialize(repeating: 0, count: max(1, agentCount))
        nameRows = max(1, fleet.hubs.count)
        names = .allocate(capacity: nameRows * max(1, agentCount))
        for row in 0..<nameRows {
            for agent in 0..<agentCount { (names + row * agentCount + agent).initialize(to: Int32(agent)) }
        }
    }

    deinit {
        for index in 0..<nodeCount { nodes[index].queue.deallocate() }
        brokerState.deinitialize(count: 1)
        brokerState.deallocate()
        publisherState.deinitialize(count: 1)
        publisherState.deallocate()
        g.deinitialize(count: 1)
        g.deallocate()
        counters.deallocate()
        nodes.deallocate()
        edges.deallocate()
        breakers.deinitialize(count: edgeCount)
        breakers.deallocate()
        caches.deinitialize(count: edgeCount)
        caches.deallocate()
        budgets.deinitialize(count: agentCount)
        budgets.deallocate()
        calls.deallocate()
        clients.deallocate()
        for index in 0..<ringCount { rings[index].deallocate() }
        rings.deallocate()
        links.deallocate()
        hosts.deallocate()
        hubOf.deallocate()
        rowOf.deallocate()
        names.deallocate()
    }

    // MARK: World

    public func start(plan: Plan, schedule: Schedule, observer: Observer) throws(WorldError) {
        let restart = MachinePolicies(fleet).restart
        supervisors = Array(repeating: Supervisor(policy: restart, now: 0), count: nodeCount)
        deferred = Array(repeating: [], count: nodeCount)
        pausedAt = Array(repeating: 0, count: nodeCount)
        timerGenerations = Array(repeating: 0, count: nodeCount)
        lastRetryJournal = Array(repeating: .min / 2, count: nodeCount)
        lastFallbackJournal = Array(repeating: .min / 2, count: nodeCount)
        faultStates = schedule.instances.map { _ in FaultState() }
        partitionHandling = policies.enabled(.partitionDetector)
        startHubs()
        startMonitors()
        startBroker()
        startDisks()
        startCredentials()
        for subject in 0..<agentCount { scheduleClient(subject) }
    }

    public func advance(to instant: Nanoseconds) throws(WorldError) -> WorldSignal {
        while g.pointee.queue.earliest <= instant {
            if g.pointee.queue.count > g.pointee.peakPending { g.pointee.peakPending = g.pointee.queue.count }
            let (key, payload) = g.pointee.queue.pop()
            g.pointee.now = Int64(truncatingIfNeeded: key >> 64)
            g.pointee.events &+= 1
            let low = UInt64(truncatingIfNeeded: key)
            dispatch(UInt8(truncatingIfNeeded: low >> 56), entity: Int((low >> 32) & 0xFF_FFFF), payload: payload)
            if g.pointee.endedInstance >= 0 {
                let instance = g.pointee.endedInstance
                g.pointee.endedInstance = -1
                return .ended(instance: instance, now: g.pointee.now)
            }
        }
        g.pointee.now = instant
        return .reached
    }

    @inline(__always)
    private func dispatch(_ operation: UInt8, entity: Int, payload: UInt64) {
        switch operation {
        case Operation.arrive: arrive(payload)
        case Operation.workDone: workDone(payload)
        case Operation.response: respond(payload)
        case Operation.clientArrive: clientArrive(Int(payload))
        case Operation.deadline: deadlines(Int32(truncatingIfNeeded: payload))
        case Operation.heartbeat:
            g.pointee.heartbeats &+= 1
            heartbeat(payload)
        case Operation.retry: retry(payload)
        case Operation.publish: publish(Int(payload))
        case Operation.brokerReceive: brokerReceive(payload)
        case Operation.brokerAcknowledge: brokerAcknowledge(payload)
        case Operation.deliver: deliver(payload)
        case Operation.timer: timer(payload)
        default: preconditionFailure("unknown operation \(operation)")
        }
    }

    // MARK: Events

    @inline(__always)
    var now: Int64 { g.pointee.now }

    @inline(__always)
    func push(_ time: Int64, _ operation: UInt8, entity: Int, _ payload: UInt64) {
        let counter = counters[entity]
        counters[entity] = counter &+ 1
        let low = UInt64(operation) << 56 | UInt64(truncatingIfNeeded: entity) << 32 | UInt64(counter)
        g.pointee.queue.push(key: UInt128(truncatingIfNeeded: time) << 64 | UInt128(low), payload: payload)
    }

    func setTimer(_ kind: TimerKind, at time: Int64, index: Int, generation: UInt32 = 0) {
        let payload = UInt64(kind.rawValue) << 56 | UInt64(index) << 32 | UInt64(generation)
        // Many indices may share one counter: keys stay unique, and ties stay in an order of their own.
        push(max(time, now), Operation.timer, entity: Entity.control + index & (Entity.perKind - 1), payload)
    }

    private func timer(_ payload: UInt64) {
        let index = Int((payload >> 32) & 0xFF_FFFF)
        let generation = UInt32(truncatingIfNeeded: payload)
        switch TimerKind(rawValue: UInt8(payload >> 56))! {
        case .restart: restartDue(index, generation)
        case .started: started(index, generation)
        case .nameSwitch: switchName(index, generation)
        case .nameReturn: returnName(index, generation)
        case .agentTick: agentTick(index, generation)
        case .agentRegister: agentRegister(index, generation)
        case .detectorTick: detectorTick(index, generation)
        case .partitionTick: partitionTick(index, generation)
        case .hubSync: hubSync(generation)
        case .merge: mergeDone(generation)
        case .fsync: fsync(index, generation)
        case .election: election(index, generation)
        case .lostQuorum: lostQuorum(index, generation)
        case .reconnect: reconnect(index, generation)
        case .publishDeadline: publishDeadline(index)
        case .redeliver: redeliver(index, generation)
        case .pump: pump(index)
        case .houseKeeping: houseKeeping(index)
        case .reload: reload(index, generation)
        case .rollout: rolloutStep(index, generation)
        case .rolloutStarted: rolloutStarted(index, generation)
        case .rolloutGate: rolloutGate(index, generation)
        case .rollbackCheck: rollbackCheck(index, generation)
        case .rolledBack: rolledBack(index, generation)
        case .procedure: procedureDone(index, generation)
        case .memoryKill: memoryKill(index, generation)
        }
    }
}

/// Numbers of the entities in the total order.
enum Entity {
    static let perKind = 1 << 12
    static let client = 1 << 12
    static let ring = 2 << 12
    static let monitor = 3 << 12
    static let publisher = 5 << 12
    static let control = 6 << 12
    static let count = 8 << 12
}
