import ChaosFleet
import ChaosPlan
import ChaosResilience

/// A hub's eye on its agents: who is silent, and where a silent one's name leads meanwhile.
final class AgentWatch: @unchecked Sendable {
    private let hubName: String
    private let fleet: Fleet
    private let policies: Policies
    private let clock: LoopClock
    private let telemetry: TelemetryFile
    private let isOn: Bool
    private var detectors: [Detector]
    private(set) var suspects: [Bool]
    /// Counts changes of belief about an agent: what was decided under an earlier one is void.
    private var beliefs: [Int]
    private(set) var names: NameTable
    private var alarm: DeadlineAlarm?
    /// Called with an agent and whether it is well, when a belief changes.
    var judged: (@Sendable (Int, Bool) -> Void)?

    init(hub: Int, parts: Parts) {
        fleet = parts.place.fleet
        policies = fleet.policies
        hubName = fleet.hubs[hub].name
        clock = parts.clock
        telemetry = parts.telemetry
        isOn = policies.enabled(.agentFailover)
        let now = clock.now
        detectors = Array(
            repeating: MachinePolicies(fleet).heartbeatDetector(now: now), count: fleet.agents.count)
        suspects = Array(repeating: false, count: fleet.agents.count)
        beliefs = Array(repeating: 0, count: fleet.agents.count)
        names = NameTable(place: parts.place, now: now)
        alarm = DeadlineAlarm(clock, grace: policies.heartbeat.period) { [weak self] in self?.check() }
    }

    /// A hub that starts knows nothing: every name leads to its agent, and it listens anew.
    func start() {
        for agent in detectors.indices { _ = detectors[agent].heard(at: clock.now) }
        arm()
    }

    func stop() { alarm?.cancel() }

    func heard(_ agent: Int) {
        _ = detectors[agent].heard(at: clock.now)
        guard suspects[agent] else { return arm() }
        suspects[agent] = false
        beliefs[agent] += 1
        judged?(agent, true)
        if names.isRerouted(agent) {
            let belief = beliefs[agent]
            clock.after(policies.agentFailover.validateTime) { [weak self] in self?.returnName(agent, belief) }
        }
        arm()
    }

    /// For a rollout, which takes an agent out of traffic while it replaces it.
    func point(_ agent: Int, at other: Int) { names.point(agent, at: other) }

    /// One alarm for all: at the earliest of their deadlines.
    private func arm() {
        guard isOn else { return }
        var earliest: Int64?
        for agent in detectors.indices where !detectors[agent].isSuspected {
            earliest = min(earliest ?? .max, detectors[agent].deadline)
        }
        alarm?.arm(earliest)
    }

    private func check() {
        let now = clock.now
        for agent in detectors.indices where detectors[agent].check(at: now) { suspect(agent) }
        arm()
    }

    private func suspect(_ agent: Int) {
        suspects[agent] = true
        beliefs[agent] += 1
        let name = fleet.agents[agent].name
        telemetry.mechanism(.agentFailover, .detect, by: hubName, about: name, from: "trusted", to: "suspected")
        judged?(agent, false)
        guard fleet.agents[agent].standby != nil, !names.isRerouted(agent) else { return }
        let belief = beliefs[agent]
        clock.after(policies.agentFailover.switchTime) { [weak self] in self?.switchName(agent, belief) }
    }

    /// A dead agent's name leads to its standby.
    private func switchName(_ agent: Int, _ belief: Int) {
        guard belief == beliefs[agent], suspects[agent], let standby = fleet.agents[agent].standby,
            !suspects[standby]
        else { return }
        names.point(agent, at: standby)
        let name = fleet.agents[agent].name
        telemetry.mechanism(
            .agentFailover, .change, by: hubName, about: name, from: name, to: fleet.agents[standby].name)
    }

    /// The agent is back and validated: its name leads to it again.
    private func returnName(_ agent: Int, _ belief: Int) {
        guard belief == beliefs[agent], names.isRerouted(agent), !suspects[agent] else { return }
        names.point(agent, at: agent)
        let name = fleet.agents[agent].name
        telemetry.mechanism(.agentFailover, .restore, by: hubName, about: name, from: "standby", to: name)
    }
}
