import ChaosFleet
import ChaosHTTP
import ChaosPlan
import ChaosResilience
import NIOCore

/// An agent's side of its two hubs: it reports to both, is registered with one, and moves when that one is lost.
///
/// What it does and says is what `SimulatedWorld+Hubs` does; what the simulator knows of a heartbeat's fate is here what became
/// of a real report.
final class HubSide: @unchecked Sendable {
    private let name: String
    private let fleet: Fleet
    private let policies: Policies
    private let endpoints: [Endpoint]
    private let primary: Int
    private let secondary: Int?
    private let clock: LoopClock
    private let caller: HTTPCaller
    private let telemetry: TelemetryFile
    private let reportTimeout: Nanoseconds
    private var senders: [HeartbeatSender] = []
    private(set) var machine: HubFailover?
    private var alarm: DeadlineAlarm?
    /// The hub that serves this agent; nil while none does.
    private(set) var current: Int?
    /// Under which the present hub owns it; 0 while it is not registered.
    private(set) var epoch: UInt32 = 0
    /// The latest it ever had: whoever registers it next has to go beyond.
    private var latestEpoch: UInt32 = 0
    /// Counts what makes a registration under way pointless.
    private var generation = 0
    private var isStopped = false
    /// What the present hub says of everybody's whereabouts.
    let names: NameNews

    init(agent: Int, place: Place, clock: LoopClock, caller: HTTPCaller, telemetry: TelemetryFile) {
        fleet = place.fleet
        policies = fleet.policies
        name = fleet.agents[agent].name
        endpoints = fleet.hubs.indices.map { place.endpoint(of: .hub($0)) }
        let host = fleet.agents[agent].host
        let primary = fleet.hubs.firstIndex { $0.host == host } ?? 0
        self.primary = primary
        secondary = fleet.hubs.indices.first { $0 != primary }
        self.clock = clock
        self.caller = caller
        self.telemetry = telemetry
        names = NameNews(caller: caller, timeout: policies.discovery.timeout)
        // An answer that is merely late still counts as heard, up to the silence that loses a hub.
        reportTimeout = max(policies.heartbeat.period, policies.hubFailover.detectAfter)
        alarm = DeadlineAlarm(clock, grace: policies.heartbeat.period) { [weak self] in self?.tick() }
    }

    var currentEndpoint: Endpoint? { current.map { endpoints[$0] } }
    var currentName: String? { current.map { fleet.hubs[$0].name } }
    var stateWord: String { machine.map { Self.word($0.state) } ?? "fixed" }

    // MARK: Life

    func start() {
        senders = fleet.hubs.indices.map { hub in
            HeartbeatSender(clock, schedule: schedule(hub, nil)) { [weak self] in self?.report(to: hub) }
        }
        beginWithPrimary()
        for sender in senders { sender.start() }
    }

    /// Heartbeats keep the run's time from now on.
    func follow(_ order: RunOrder?) {
        for (hub, sender) in senders.enumerated() { sender.follow(schedule(hub, order)) }
    }

    /// A fresh process begins with its primary and finds out. Also a runbook's step.
    func beginWithPrimary() {
        guard !endpoints.isEmpty else { return }
        if secondary != nil, policies.enabled(.hubFailover) {
            machine = HubFailover(policy: MachinePolicies(fleet).hubFailover, now: clock.now)
        }
        current = primary
        epoch = 0
        generation += 1
        alarm?.cancel()
        register(with: primary, generation: generation, isFirst: true)
        arm()
    }

    func stop() {
        isStopped = true
        for sender in senders { sender.stop() }
        alarm?.cancel()
    }

    private func schedule(_ hub: Int, _ order: RunOrder?) -> HeartbeatSchedule {
        HeartbeatSchedule(
            from: name, to: fleet.hubs[hub].name, policy: policies.heartbeat, seed: order?.seed ?? 0,
            origin: order?.startNs ?? 0)
    }

    // MARK: Reports

    /// Epoch 0 says that this hub does not serve it: a sign of life, and a probe.
    private func report(to hub: Int) {
        let shown = hub == current ? epoch : 0
        caller.call(
            endpoints[hub], method: "POST", path: "/report?agent=\(name)&epoch=\(shown)", timeout: reportTimeout
        ) { [weak self] outcome in
            guard let self, !self.isStopped else { return }
            switch outcome {
            case .answered(200, let body):
                self.heard(hub)
                if hub == self.current {
                    self.names.heard(version: String(decoding: body, as: UTF8.self), of: self.endpoints[hub])
                }
            case .answered(409, _):
                self.heard(hub)
                if hub == self.current, shown != 0, shown == self.epoch { self.fenced() }
            case .answered, .refused, .unreachable: self.failed(hub)
            // Silence is for the machine's own clock to judge.
            case .timedOut: break
            }
        }
    }

    private func heard(_ hub: Int) {
        guard let role = role(hub), machine != nil else { return }
        moved(machine?.reportSucceeded(hub: role, now: clock.now))
        arm()
    }

    private func failed(_ hub: Int) {
        guard let role = role(hub), machine != nil else { return }
        moved(machine?.reportFailed(hub: role, now: clock.now))
        arm()
    }

    private func tick() {
        while let transition = machine?.tick(now: clock.now) { moved(transition) }
        arm()
    }

    private func arm() { if !isStopped { alarm?.arm(machine?.nextDeadline) } }

    private func role(_ hub: Int) -> HubFailover.Hub? {
        hub == primary ? .primary : hub == secondary ? .secondary : nil
    }

    private func number(_ role: HubFailover.Hub) -> Int { role == .primary ? primary : secondary ?? primary }

    // MARK: Moving

    private func moved(_ transition: Transition<HubFailover.State>?) {
        guard let transition, let machine else { return }
        switch transition.to {
        case .switching, .failingBack:
            if transition.from == .onPrimary {
                tell(.detect, from: "on-primary", to: "switching")
            }
            setHub(machine.servingHub.map(number))
            if let due = machine.registrationDue {
                generation += 1
                registerLater(due)
            }
        case .isolated:
            setHub(nil)
            tell(.change, from: Self.word(transition.from), to: "isolated")
        case .onPrimary, .onSecondary:
            // Only after a switch that was given up: it stays with the hub that still serves it.
            if let serving = machine.servingHub { setHub(number(serving)) }
        }
    }

    private func setHub(_ hub: Int?) {
        if hub != current { epoch = hub.flatMap { ownedEpochs[$0] } ?? 0 }
        current = hub
    }

    /// The epoch of the last registration with each hub: one that serves on still knows it.
    private var ownedEpochs: [Int: UInt32] = [:]

    private func fenced() {
        ownedEpochs[current ?? primary] = nil
        setHub(nil)
        generation += 1
        registerLater(clock.now + policies.hubFailover.switchTime)
    }

    private func registerLater(_ due: Int64) {
        let generation = generation
        clock.at(due) { [weak self] in self?.registerAsDecided(generation) }
    }

    /// A switch is complete when the other hub has answered.
    private func registerAsDecided(_ generation: Int) {
        guard generation == self.generation, !isStopped else { return }
        let role: HubFailover.Hub
        switch machine?.state {
        case .switching: role = .secondary
        case .failingBack: role = .primary
        // Fenced while it believed itself settled: it registers again where it is.
        case .onPrimary where current == nil, nil where current == nil: role = .primary
        case .onSecondary where current == nil: role = .secondary
        case .onPrimary, .onSecondary, .isolated, nil: return
        }
        register(with: number(role), generation: generation, isFirst: false)
    }

    private func register(with hub: Int, generation: Int, isFirst: Bool) {
        guard generation == self.generation, !isStopped else { return }
        let asked = clock.now
        caller.call(
            endpoints[hub], method: "POST", path: "/register?agent=\(name)&epoch=\(latestEpoch)",
            timeout: policies.heartbeat.timeout
        ) { [weak self] outcome in
            guard let self, !self.isStopped else { return }
            if case .answered(200, let body) = outcome, let epoch = UInt32(String(decoding: body, as: UTF8.self)) {
                self.latestEpoch = max(self.latestEpoch, epoch)
                if generation == self.generation { self.registered(with: hub, epoch, isFirst: isFirst) }
                return
            }
            let period = self.policies.heartbeat.period
            self.clock.at(max(self.clock.now, asked + period)) { [weak self] in
                if isFirst {
                    self?.register(with: hub, generation: generation, isFirst: true)
                } else {
                    self?.registerAsDecided(generation)
                }
            }
        }
    }

    private func registered(with hub: Int, _ epoch: UInt32, isFirst: Bool) {
        ownedEpochs[hub] = epoch
        current = hub
        self.epoch = epoch
        generation += 1
        defer { arm() }
        guard let before = machine?.state, let role = role(hub) else { return }
        machine?.registered(hub: role, now: clock.now)
        if !isFirst, let after = machine?.state {
            tell(role == .secondary ? .takeover : .restore, from: Self.word(before), to: Self.word(after))
        }
    }

    private func tell(_ role: MechanismEvent.Role, from: String, to: String) {
        telemetry.mechanism(.hubFailover, role, by: name, about: fleet.hubs[primary].name, from: from, to: to)
    }

    static func word(_ state: HubFailover.State) -> String {
        switch state {
        case .onPrimary: "on-primary"
        case .switching: "switching"
        case .onSecondary: "on-secondary"
        case .failingBack: "failing-back"
        case .isolated: "isolated"
        }
    }
}
