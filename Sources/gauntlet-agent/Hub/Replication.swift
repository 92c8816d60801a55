import ChaosFleet
import ChaosHTTP
import ChaosPlan
import ChaosResilience
import NIOCore

/// Two hubs' registries, exchanged both ways once a period and reconciled after a partition.
///
/// The hub with the lower index asks and the other answers; both take in what they hear, and whoever asks tells of it. In a fleet
/// with more than two hubs the first two exchange, as in the simulator.
final class Replication: @unchecked Sendable {
    private let hub: Int
    private let fleet: Fleet
    private let policies: Policies
    private let place: Place
    private let clock: LoopClock
    private let caller: HTTPCaller
    private let telemetry: TelemetryFile
    private let peers: PeerSide
    private let peer: Int?
    private let isAsking: Bool
    private(set) var registry: OwnershipRegistry
    /// Since when a change here waits to reach the other hub; nil when none does.
    private var dirtySince: Int64?
    /// An exchange has failed since they last agreed.
    private(set) var isDiverged = false
    private(set) var conflicts = 0
    private var worstLag: Int64 = 0
    private var scheduled: Scheduled<Void>?
    private var isStopped = false

    init(hub: Int, parts: Parts, caller: HTTPCaller, peers: PeerSide) {
        self.hub = hub
        place = parts.place
        fleet = place.fleet
        policies = fleet.policies
        clock = parts.clock
        telemetry = parts.telemetry
        self.caller = caller
        self.peers = peers
        peer = hub < 2 && fleet.hubs.count > 1 ? 1 - hub : nil
        isAsking = hub == 0
        registry = OwnershipRegistry(agents: fleet.agents.count, hub: UInt8(hub), hubCount: max(1, fleet.hubs.count))
    }

    // MARK: Changes

    /// This hub serves the agent from now on, in a new epoch beyond `known`.
    func claim(_ agent: Int, beyond known: UInt32) -> UInt32 {
        // Of an owner that this replica never heard of: it forgot, or was cut off.
        if known > registry[agent].epoch, known < OwnershipRegistry.epochLimit {
            registry.claim(agent: agent, hub: UInt8(hub), epoch: known, now: clock.now)
        }
        let epoch = registry.claim(agent: agent, hub: UInt8(hub), now: clock.now)
        tellOwner(agent, epoch)
        markDirty()
        return epoch
    }

    /// Whether this hub serves the agent in that epoch; one that it gave out before it restarted is its own again.
    func serves(_ agent: Int, epoch: UInt32) -> Bool {
        if Int(registry[agent].owner) == hub, registry[agent].epoch == epoch { return true }
        guard epoch < OwnershipRegistry.epochLimit, Int(epoch) % registry.hubCount == hub,
            registry.claim(agent: agent, hub: UInt8(hub), epoch: epoch, now: clock.now)
        else { return false }
        tellOwner(agent, epoch)
        markDirty()
        return true
    }

    private func tellOwner(_ agent: Int, _ epoch: UInt32) {
        telemetry.write(.owns(agent: fleet.agents[agent].name, hub: fleet.hubs[hub].name, epoch: epoch))
    }

    /// Only the owner records health.
    func judged(_ agent: Int, isWell: Bool) {
        guard Int(registry[agent].owner) == hub else { return }
        registry.beat(
            agent: agent, hub: UInt8(hub), epoch: registry[agent].epoch, health: isWell ? 1 : 0, now: clock.now)
        markDirty()
    }

    /// Takes all agents of the other hub, as a hub does that takes silence for death.
    func seize() {
        guard let peer else { return }
        for agent in 0..<registry.count where Int(registry[agent].owner) == peer {
            _ = registry.claim(agent: agent, hub: UInt8(hub), now: clock.now)
        }
        telemetry.mechanism(
            .hubFailover, .change, by: fleet.hubs[hub].name, about: fleet.hubs[peer].name, from: "peer", to: "seized")
        markDirty()
    }

    func markDirty() {
        guard peer != nil, dirtySince == nil else { return }
        dirtySince = clock.now
    }

    // MARK: Asking

    /// What the other hub knows, before this one serves anybody: epochs must not be given out twice.
    func catchUp(done: @escaping @Sendable () -> Void) {
        guard let peer else { return done() }
        send(.look, to: peer, timeout: policies.heartbeat.timeout) { [weak self] answer in
            if let self, let answer { self.remember(answer) }
            done()
        }
    }

    private func remember(_ answer: ReplicationMessage) {
        registry.merge(from: answer.registry)
        // The other hub's changes have waited for more than an exchange: the two were apart while this one was away.
        guard isAsking, let since = answer.dirtySince, clock.now - since > 2 * policies.partition.syncPeriod else {
            return
        }
        isDiverged = true
        dirtySince = since
        telemetry.write(.hub(.diverged))
    }

    func start() {
        guard isAsking, peer != nil else { return }
        let period = max(.millisecond, policies.partition.syncPeriod)
        let phase = Draw(seed: 0, purpose: Draw.Purpose("sync-phase"), entity: 0).uniform(0, below: period)
        scheduled = clock.at(((clock.now - phase) / period + 1) * period + phase) { [weak self] in self?.exchange() }
    }

    /// The worst lag is a run's.
    func follow(_ order: RunOrder?) { worstLag = 0 }

    func stop() {
        isStopped = true
        scheduled?.cancel()
    }

    private func again() { if !isStopped { start() } }

    private var isDegraded: Bool { peers.isHandling && peers.detector.isDegraded }

    /// One exchange; while the registries are apart, first a look whether they may be joined.
    private func exchange() {
        guard let peer else { return }
        let limit = max(policies.partition.syncPeriod, policies.heartbeat.period)
        let wasDiverged = isDiverged
        let asked = clock.now
        send(wasDiverged ? .look : .merge, to: peer, timeout: limit) { [weak self] answer in
            guard let self, !self.isStopped else { return }
            guard let answer else { return self.again() }
            self.noteLag([self.dirtySince, answer.dirtySince].compactMap { $0 }.min())
            guard wasDiverged else {
                self.takeIn(answer.registry, asked: asked)
                return self.again()
            }
            guard self.policies.enabled(.reconciliation), !self.isDegraded, !answer.isDegraded else {
                return self.again()
            }
            self.recordHealth()
            let differing = self.registry.differences(from: answer.registry)
            self.clock.after(Int64(differing) * self.policies.partition.mergeTime) { [weak self] in self?.reconcile() }
        }
    }

    private func reconcile() {
        guard let peer, !isStopped else { return }
        let limit = max(policies.partition.syncPeriod, policies.heartbeat.period)
        let asked = clock.now
        send(.reconcile, to: peer, timeout: limit) { [weak self] answer in
            guard let self, !self.isStopped else { return }
            defer { self.again() }
            guard let answer else { return }
            let merged = self.takeIn(answer.registry, asked: asked)
            self.conflicts += merged.conflicts
            self.isDiverged = false
            self.telemetry.mechanism(
                .reconciliation, .restore, by: self.fleet.hubs[self.hub].name, about: self.fleet.hubs[peer].name,
                from: "diverged", to: "agreed")
            self.telemetry.write(.hub(.agreed(conflicts: merged.conflicts)))
        }
    }

    /// What has changed here since this hub asked waits for the next exchange.
    @discardableResult
    private func takeIn(_ other: OwnershipRegistry, asked: Int64) -> OwnershipRegistry.MergeResult {
        if let since = dirtySince, since <= asked { dirtySince = nil }
        return registry.merge(from: other)
    }

    /// Each side has gone on recording the health of its own agents.
    private func recordHealth() {
        for agent in 0..<registry.count where Int(registry[agent].owner) == hub {
            registry.beat(
                agent: agent, hub: UInt8(hub), epoch: registry[agent].epoch, health: 1, now: clock.now)
        }
    }

    private func send(
        _ request: ReplicationMessage.Request, to peer: Int, timeout: Nanoseconds,
        done: @escaping @Sendable (ReplicationMessage?) -> Void
    ) {
        caller.call(
            place.endpoint(of: .hub(peer)), method: "POST",
            path: "/sync?hub=\(fleet.hubs[hub].name)&request=\(request.rawValue)", body: Array(message.utf8),
            timeout: timeout
        ) { [weak self] outcome in
            guard let self else { return }
            guard case .answered(200, let body) = outcome, let answer = self.read(body) else {
                self.failed(outcome)
                return done(nil)
            }
            done(answer)
        }
    }

    private func failed(_ outcome: HTTPOutcome) {
        guard isAsking else { return }
        // A link that is cut parts the registries whatever else happens: health flows all the time. A dead hub changes nothing
        // by itself.
        if outcome != .refused { markDirty() }
        guard let dirtySince else { return }
        noteLag(dirtySince)
        guard !isDiverged else { return }
        isDiverged = true
        telemetry.write(.hub(.diverged))
    }

    private func noteLag(_ since: Int64?) {
        guard let since else { return }
        let lag = clock.now - since
        if lag >= worstLag + .second || worstLag == 0 {
            worstLag = max(lag, 1)
            telemetry.write(.hub(.lag(lag)))
        }
    }

    // MARK: Answering

    /// The other hub's entries came; what it gets is what this one knew before. Nil if they make no sense.
    func answer(_ body: [UInt8], to request: ReplicationMessage.Request) -> String? {
        guard let other = read(body) else { return nil }
        if request == .reconcile { recordHealth() }
        let answer = message
        if request != .look { takeIn(other.registry, asked: clock.now) }
        return answer
    }

    private var message: String {
        ReplicationMessage(isDegraded: isDegraded, dirtySince: dirtySince, registry: registry).text
    }

    private func read(_ body: [UInt8]) -> ReplicationMessage? {
        ReplicationMessage(body, agents: registry.count, hub: UInt8(peer ?? hub), hubCount: registry.hubCount)
    }
}
