import ChaosFleet
import ChaosPlan
import ChaosResilience
import ChaosRun

/// A migration in ordered groups: one process after the other is stopped in order and started as another version, each behind
/// a health gate; degradation takes all of it back. The same machines as in the simulator decide.
final class LiveRollout {
    enum Step { case next, starting(since: Nanoseconds), gate }

    let instance: Int
    let parameters: RollingRestart
    let order: [Int]
    let began: Nanoseconds
    var trigger: RollbackTrigger
    var gate: HealthGate?
    var position = 0
    var step = Step.next
    var nextLook: Nanoseconds
    var nextCheck: Nanoseconds
    var migrated: [Int] = []
    var lastCounts: [(requests: Int, succeeded: Int)] = []
    var gateCounts: (requests: Int, succeeded: Int)?
    var isActive = true
    var rollingBackUntil: Nanoseconds?

    init(instance: Int, parameters: RollingRestart, policy: Policies.Rollback, now: Nanoseconds) {
        self.instance = instance
        self.parameters = parameters
        order = parameters.groups.flatMap { $0 }
        began = now
        nextLook = now
        nextCheck = now + max(1, policy.check)
        trigger = RollbackTrigger(
            policy: RollbackTriggerPolicy(
                tolerancePerMille: Int(policy.degradation.partsPerMillion / 1000), better: .higher,
                interval: max(1, policy.check), consecutive: max(1, policy.consecutive)),
            baseline: 1000, now: now)
    }
}

extension LiveWorld {
    func beginRollout(_ instance: Int, _ parameters: RollingRestart) throws(LiveError) -> Injection {
        let rollout = LiveRollout(
            instance: instance, parameters: parameters, policy: plan.fleet.policies.rollback, now: now)
        rollouts.append(rollout)
        let members = rollout.order.map { Member.agent($0) }
        return Injection(
            fault: ActiveFault(instance: instance),
            evidence: FaultEvidence(
                text: "\(parameters.groups.count) groups, stopped and started by their supervisor",
                targets: members.map { plan.fleet.name(of: $0) }, subjects: subjects(members), effective: true, at: now)
        )
    }

    /// Does whatever is due.
    func step(_ rollout: LiveRollout) {
        let now = now
        if let until = rollout.rollingBackUntil {
            if now >= until, rollout.migrated.allSatisfy({ isServing($0) }) { endRollback(rollout) }
            return
        }
        if now >= rollout.nextCheck { check(rollout, now) }
        guard rollout.rollingBackUntil == nil, now >= rollout.nextLook else { return }
        switch rollout.step {
        case .next:
            guard rollout.position < rollout.order.count else { return end(rollout, succeeded: true) }
            let agent = rollout.order[rollout.position]
            replace(agent, badVersion: rollout.parameters.badVersion)
            rollout.migrated.append(agent)
            rollout.lastCounts.append(observer.counts(of: agent))
            rollout.gateCounts = nil
            rollout.gate = HealthGate(
                policy: HealthGatePolicy(
                    healthyChecks: max(1, Int(rollout.parameters.gate / .second)),
                    limit: max(.second, rollout.parameters.gateLimit)),
                now: now)
            rollout.step = .gate
            rollout.nextLook = now + .second
        case .starting, .gate:
            look(rollout, now)
        }
    }

    private func look(_ rollout: LiveRollout, _ now: Nanoseconds) {
        let agent = rollout.order[rollout.position]
        switch rollout.gate?.observe(healthy: isHealthy(agent, rollout), now: now)?.to {
        case .passed:
            drain(agent, isOn: false)
            rollout.position += 1
            rollout.step = .next
            rollout.nextLook = now
        case .failed: rollBack(rollout, because: "the health gate gave up", now)
        case .pending, nil: rollout.nextLook = now + .second
        }
    }

    /// As its clients see it since it serves again: no worse than the rollback's tolerance.
    private func isHealthy(_ agent: Int, _ rollout: LiveRollout) -> Bool {
        guard isServing(agent) else { return false }
        drain(agent, isOn: false)
        let counts = observer.counts(of: agent)
        guard let base = rollout.gateCounts else {
            rollout.gateCounts = counts
            return false
        }
        let requests = counts.requests - base.requests
        let succeeded = counts.succeeded - base.succeeded
        let tolerated = 1_000_000 - plan.fleet.policies.rollback.degradation.partsPerMillion
        return requests > 0 && Int64(succeeded) * 1_000_000 >= Int64(requests) * tolerated
    }

    private func check(_ rollout: LiveRollout, _ now: Nanoseconds) {
        rollout.nextCheck = now + max(1, plan.fleet.policies.rollback.check)
        var recent = 0
        var succeeded = 0
        for (position, agent) in rollout.migrated.enumerated() {
            let counts = observer.counts(of: agent)
            recent += counts.requests - rollout.lastCounts[position].requests
            succeeded += counts.succeeded - rollout.lastCounts[position].succeeded
            rollout.lastCounts[position] = counts
        }
        let value: Int64? = recent > 0 ? Int64(succeeded * 1000 / recent) : nil
        if rollout.trigger.check(value, now: now)?.to == .triggered {
            rollBack(rollout, because: "the success ratio fell by more than the tolerance", now)
        }
    }

    private func rollBack(_ rollout: LiveRollout, because reason: String, _ now: Nanoseconds) {
        guard plan.fleet.policies.enabled(.rollback), let last = rollout.migrated.last else { return }
        observer.mechanism(
            .rollback, .detect, by: "rollout", about: plan.fleet.agents[last].name, from: "rolling", to: reason,
            now: now)
        for agent in rollout.migrated { replace(agent, badVersion: .zero) }
        rollout.rollingBackUntil = now + plan.fleet.policies.rollback.takes
    }

    private func endRollback(_ rollout: LiveRollout) {
        for agent in rollout.migrated { drain(agent, isOn: false) }
        observer.mechanism(
            .rollback, .takeover, by: "rollout", about: plan.fleet.agents[rollout.migrated.last!].name, from: "rolling",
            to: "rolled back", now: now)
        end(rollout, succeeded: false)
    }

    private func end(_ rollout: LiveRollout, succeeded: Bool) {
        rollout.isActive = false
        let now = now
        observer.procedure(rollout.instance, took: now - rollout.began, succeeded: succeeded, now: now)
        endings.append((rollout.instance, now))
    }

    /// Before its end: whoever runs the new version goes back to the old one.
    func stop(_ rollout: LiveRollout) -> String {
        let wasActive = rollout.isActive
        rollout.isActive = false
        let bad = rollout.parameters.badVersion > .zero && rollout.rollingBackUntil == nil ? rollout.migrated : []
        for agent in bad { replace(agent, badVersion: .zero) }
        for agent in rollout.migrated { drain(agent, isOn: false) }
        return wasActive ? "stopped; \(bad.count) processes are back on the old version" : "it had ended"
    }

    // MARK: One process

    /// Out of traffic, stopped in order, and started as a version that fails this share of its requests.
    private func replace(_ agent: Int, badVersion: Share) {
        let name = plan.fleet.agents[agent].name
        drain(agent, isOn: true)
        do throws(LiveError) {
            try session.restart(name, environment: ["GAUNTLET_BAD_VERSION_PPM": "\(badVersion.partsPerMillion)"])
        } catch {
            tell("\(name): \(error.message)")
        }
    }

    /// Has the hubs lead an agent's name to its standby, or back.
    private func drain(_ agent: Int, isOn: Bool) {
        let name = plan.fleet.agents[agent].name
        guard plan.fleet.policies.enabled(.agentFailover), let standby = plan.fleet.agents[agent].standby,
            drained.contains(name) != isOn, !isOn || isServing(standby)
        else { return }
        if isOn { drained.insert(name) } else { drained.remove(name) }
        let server = isOn ? plan.fleet.agents[standby].name : name
        for hub in plan.fleet.hubs.indices {
            session.call("POST", layout.endpoint(of: .hub(hub)), "/point?agent=\(name)&at=\(server)")
        }
    }

    func isServing(_ agent: Int) -> Bool {
        let name = plan.fleet.agents[agent].name
        return (try? session.status())?.processes.contains { $0.name == name && $0.state == "running" && $0.isReady }
            ?? false
    }
}
