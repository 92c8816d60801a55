import ChaosFleet
import ChaosHTTP
import ChaosPlan
import ChaosResilience

/// A hub's side of the other hubs: heartbeats to and from them, and the judgement whether they are cut off.
final class PeerSide: @unchecked Sendable {
    private let hub: Int
    private let fleet: Fleet
    private let policies: Policies
    private let place: Place
    private let clock: LoopClock
    private let caller: HTTPCaller
    private let telemetry: TelemetryFile
    /// The other hub, in a fleet with two of them.
    let peer: Int?
    private(set) var detector: PartitionDetector
    private var senders: [(peer: Int, sender: HeartbeatSender)] = []
    private var alarm: DeadlineAlarm?
    /// The peer's host answers, but nobody listens there.
    private var isPeerGone = false
    private var isStopped = false
    /// Switched off by policy, or by a runbook.
    var isHandling: Bool
    /// Called when the peer counts as cut off and nobody tells that from death; when both hear each other again.
    var seize: (@Sendable () -> Void)?
    var reconnected: (@Sendable () -> Void)?

    init(hub: Int, parts: Parts, caller: HTTPCaller) {
        self.hub = hub
        place = parts.place
        fleet = place.fleet
        policies = fleet.policies
        clock = parts.clock
        telemetry = parts.telemetry
        self.caller = caller
        peer = fleet.hubs.indices.first { $0 != hub }
        detector = PartitionDetector(policy: MachinePolicies(fleet).partitionDetector, now: clock.now)
        isHandling = policies.enabled(.partitionDetector)
        alarm = DeadlineAlarm(clock, grace: policies.heartbeat.period) { [weak self] in self?.tick() }
    }

    func start() {
        guard peer != nil else { return }
        detector = PartitionDetector(policy: MachinePolicies(fleet).partitionDetector, now: clock.now)
        senders = fleet.hubs.indices.filter { $0 != hub }.map { other in
            (other, HeartbeatSender(clock, schedule: schedule(other, nil)) { [weak self] in self?.beat(to: other) })
        }
        for (_, sender) in senders { sender.start() }
        arm()
    }

    func follow(_ order: RunOrder?) {
        for (other, sender) in senders { sender.follow(schedule(other, order)) }
    }

    func stop() {
        isStopped = true
        for (_, sender) in senders { sender.stop() }
        alarm?.cancel()
    }

    private func schedule(_ other: Int, _ order: RunOrder?) -> HeartbeatSchedule {
        HeartbeatSchedule(
            from: fleet.hubs[hub].name, to: fleet.hubs[other].name, policy: policies.heartbeat,
            seed: order?.seed ?? 0, origin: order?.startNs ?? 0)
    }

    private func beat(to other: Int) {
        caller.call(
            place.endpoint(of: .hub(other)), method: "POST", path: "/beat?hub=\(fleet.hubs[hub].name)",
            timeout: max(policies.heartbeat.period, policies.heartbeat.timeout)
        ) { [weak self] outcome in
            guard let self, other == self.peer else { return }
            self.isPeerGone = outcome == .refused
        }
    }

    /// A heartbeat of another hub arrived.
    func heard() {
        moved(detector.observe(peerHeard: true, ownSideHealthy: true, now: clock.now))
        arm()
    }

    private func tick() {
        while let transition = detector.tick(now: clock.now) { moved(transition) }
        arm()
    }

    private func arm() { if peer != nil, !isStopped { alarm?.arm(detector.nextDeadline) } }

    private func moved(_ transition: Transition<PartitionDetector.State>?) {
        guard let transition, let peer else { return }
        guard isHandling else {
            // Nobody tells a silent peer from a dead one: this hub takes all of the other's agents.
            if transition.to == .partitioned { seize?() }
            return
        }
        let isGone = isPeerGone && transition.to == .partitioned
        let link = "\(fleet.hosts[fleet.hubs[hub].host].name)-\(fleet.hosts[fleet.hubs[peer].host].name)"
        telemetry.mechanism(
            .partitionDetector,
            transition.to == .partitioned ? .detect : transition.to == .connected ? .restore : .change,
            by: fleet.hubs[hub].name, about: isGone ? fleet.hubs[peer].name : link, from: "\(transition.from)",
            to: "\(transition.to)")
        if transition.to == .connected { reconnected?() }
    }
}
