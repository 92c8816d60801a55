import ChaosPlan
import ChaosResilience
import ChaosRun

/// A migration under way: agents one after the other, each behind a health gate, watched by the rollback trigger.
struct Rollout {
    var instance: Int
    var order: [Int]
    var position = 0
    var migrated: [Int] = []
    var parameters: RollingRestart
    var gate: HealthGate?
    var trigger: RollbackTrigger
    var isActive = true
    var isRollingBack = false
    /// Per migrated agent: its clients' counts at the last check.
    var lastCounts: [(requests: Int, succeeded: Int)] = []
    /// Of the agent behind the gate, since it serves again.
    var gateCounts: (requests: Int, succeeded: Int)?
    var began: Int64
}

struct ProcedureRun {
    var instance: Int
    var action: ProcedureAction
    var limit: Int64
    var began: Int64
    var targets: [Int]
}

extension SimulatedWorld {
    private static var drainTime: Int64 { .second }

    func startRollout(_ instance: Int, _ parameters: RollingRestart) {
        let rollback = policies.rollback
        let trigger = RollbackTrigger(
            policy: RollbackTriggerPolicy(
                tolerancePerMille: Int(rollback.degradation.partsPerMillion / 1000), better: .higher,
                interval: max(1, rollback.check), consecutive: max(1, rollback.consecutive)),
            baseline: 1000, now: now)
        rollouts.append(
            Rollout(
                instance: instance, order: parameters.groups.flatMap { $0 }, parameters: parameters, trigger: trigger,
                began: now))
        let index = rollouts.count - 1
        setTimer(.rollout, at: now, index: index)
        setTimer(.rollbackCheck, at: now + max(1, rollback.check), index: index)
    }

    /// Takes the next agent out of traffic; its work under way drains first.
    func rolloutStep(_ index: Int, _ generation: UInt32) {
        guard rollouts[index].isActive, !rollouts[index].isRollingBack else { return }
        guard rollouts[index].position < rollouts[index].order.count else { return endRollout(index) }
        let agent = rollouts[index].order[rollouts[index].position]
        takeOutOfTraffic(agent)
        setTimer(.rolloutStarted, at: now + Self.drainTime, index: index, generation: 0)
    }

    /// Drained: it starts as the new version, behind its gate.
    func rolloutStarted(_ index: Int, _ generation: UInt32) {
        guard rollouts[index].isActive, !rollouts[index].isRollingBack else { return }
        let agent = rollouts[index].order[rollouts[index].position]
        replace(agent, badVersion: rollouts[index].parameters.badVersion.partsPerMillion)
        rollouts[index].migrated.append(agent)
        rollouts[index].lastCounts.append(observer.counts(of: agent))
        rollouts[index].gateCounts = nil
        let checks = max(1, Int(rollouts[index].parameters.gate / .second))
        rollouts[index].gate = HealthGate(
            policy: HealthGatePolicy(
                healthyChecks: checks, limit: max(.second, rollouts[index].parameters.gateLimit)),
            now: now)
        setTimer(.rolloutGate, at: now + .second, index: index)
    }

    private func takeOutOfTraffic(_ agent: Int) {
        guard policies.enabled(.agentFailover), let standby = fleet.agents[agent].standby, isServing(standby) else {
            return
        }
        pointEverywhere(agent, at: standby)
    }

    /// Stops a process in order and starts it as another version.
    private func replace(_ agent: Int, badVersion: Int64) {
        nodes[agent].heldDown += 1
        crash(agent)
        nodes[agent].heldDown -= 1
        supervisors[agent].reset(now: now)
        nodes[agent].badVersion = badVersion
        start(agent)
    }

    func rolloutGate(_ index: Int, _ generation: UInt32) {
        guard rollouts[index].isActive, !rollouts[index].isRollingBack, rollouts[index].gate != nil else { return }
        let agent = rollouts[index].order[rollouts[index].position]
        if isServing(agent), clients[agent].route != Int32(agent) {
            pointEverywhere(agent, at: agent)
        }
        let transition = rollouts[index].gate!.observe(healthy: isHealthy(agent, rollout: index), now: now)
        switch transition?.to {
        case .passed:
            rollouts[index].position += 1
            setTimer(.rollout, at: now, index: index)
        case .failed:
            rollouts[index].gate = nil
            rollBack(index, because: "the health gate gave up")
        case .pending, nil:
            setTimer(.rolloutGate, at: now + .second, index: index)
        }
    }

    /// As its clients see it since it serves again: no worse than the rollback's tolerance.
    private func isHealthy(_ agent: Int, rollout index: Int) -> Bool {
        guard isServing(agent) else { return false }
        let counts = observer.counts(of: agent)
        guard let base = rollouts[index].gateCounts else {
            rollouts[index].gateCounts = counts
            return false
        }
        let requests = counts.requests - base.requests
        let succeeded = counts.succeeded - base.succeeded
        let tolerated = 1_000_000 - policies.rollback.degradation.partsPerMillion
        return requests > 0 && Int64(succeeded) * 1_000_000 >= Int64(requests) * tolerated
    }

    /// Watches the clients of the migrated agents against a perfect baseline.
    func rollbackCheck(_ index: Int, _ generation: UInt32) {
        guard rollouts[index].isActive, !rollouts[index].isRollingBack else { return }
        var recent = 0
        var succeeded = 0
        for (position, agent) in rollouts[index].migrated.enumerated() {
            let counts = observer.counts(of: agent)
            recent += counts.requests - rollouts[index].lastCounts[position].requests
            succeeded += counts.succeeded - rollouts[index].lastCounts[position].succeeded
            rollouts[index].lastCounts[position] = counts
        }
        let value: Int64? = recent > 0 ? Int64(succeeded * 1000 / recent) : nil
        if rollouts[index].trigger.check(value, now: now)?.to == .triggered {
            rollBack(index, because: "the success ratio fell by more than the tolerance")
        }
        setTimer(.rollbackCheck, at: now + max(1, policies.rollback.check), index: index)
    }

    private func rollBack(_ index: Int, because reason: String) {
        guard policies.enabled(.rollback) else { return }
        guard let agent = rollouts[index].migrated.last else { return }
        rollouts[index].isRollingBack = true
        observer.mechanism(
            .rollback, .detect, by: "rollout", about: fleet.agents[agent].name, from: "rolling", to: reason, now: now)
        for agent in rollouts[index].migrated {
            takeOutOfTraffic(agent)
            replace(agent, badVersion: 0)
        }
        setTimer(.rolledBack, at: now + policies.rollback.takes, index: index)
    }

    func rolledBack(_ index: Int, _ generation: UInt32) {
        guard rollouts[index].isActive else { return }
        // Late starters are waited for: rolled back means that the old version serves.
        guard rollouts[index].migrated.allSatisfy({ isServing($0) }) else {
            return setTimer(.rolledBack, at: now + 100 * .millisecond, index: index)
        }
        for agent in rollouts[index].migrated {
            pointEverywhere(agent, at: agent)
        }
        observer.mechanism(
            .rollback, .takeover, by: "rollout", about: fleet.agents[rollouts[index].migrated.last!].name,
            from: "rolling", to: "rolled back", now: now)
        endRollout(index)
    }

    private func endRollout(_ index: Int) {
        rollouts[index].isActive = false
        observer.procedure(
            rollouts[index].instance, took: now - rollouts[index].began, succeeded: !rollouts[index].isRollingBack,
            now: now)
        g.pointee.endedInstance = rollouts[index].instance
    }

    func stopRollout(instance: Int) {
        for index in rollouts.indices where rollouts[index].instance == instance {
            rollouts[index].isActive = false
            for agent in rollouts[index].order {
                nodes[agent].badVersion = 0
                if clients[agent].route != Int32(agent), isServing(agent) { pointEverywhere(agent, at: agent) }
            }
        }
    }

    // MARK: Procedures

    func startProcedure(_ instance: Int, action: ProcedureAction, takes: Int64, limit: Int64, targets: [Int]) {
        let stream = Stream(
            seed: seed, purpose: .procedure, entity: Self.entity(schedule.instances[instance].id))
        let time = takes - takes / 5 + stream.below(takes * 2 / 5 + 1, at: 0)
        procedures.append(
            ProcedureRun(instance: instance, action: action, limit: limit, began: now, targets: targets))
        setTimer(.procedure, at: now + time, index: procedures.count - 1)
    }

    func procedureDone(_ index: Int, _ generation: UInt32) {
        let run = procedures[index]
        switch run.action {
        case .restartComponent:
            for node in run.targets where nodes[node].heldDown == 0 {
                crash(node)
                supervisors[node].reset(now: now)
                start(node)
            }
        case .failBack:
            for agent in run.targets where agent < agentCount && isServing(agent) { agentStarted(agent) }
        case .partitionHandlingOff:
            partitionHandling = false
        case .rollBack:
            for node in run.targets { nodes[node].badVersion = 0 }
        }
        let took = now - run.began
        observer.procedure(run.instance, took: took, succeeded: took <= run.limit, now: now)
        g.pointee.endedInstance = run.instance
    }
}
