import ChaosPlan
import ChaosResilience
import ChaosRun

/// How far the hubs' registries are from one another.
struct ReplicationState {
    /// Ownership as the served agents saw it: (agent, epoch) and the hub that served.
    var owners: [(key: UInt64, hub: Int)] = []
    /// Since when a change waits to reach the other hub; negative when none does.
    var dirtySince: Int64 = -1
    /// An exchange has failed since they last agreed.
    var diverged = false
    var worstLag: Int64 = 0
    var syncGeneration: UInt32 = 0
}

/// The hubs' registries, exchanged both ways once a period, and reconciled after a partition.
extension SimulatedWorld {
    /// Something changed in a registry; it reaches the other hub at the next exchange.
    func markDirty() {
        guard hubStates.count > 1, replication.dirtySince < 0 else { return }
        replication.dirtySince = now
        scheduleSync()
    }

    private func scheduleSync() {
        let period = policies.partition.syncPeriod
        let phase = Stream(seed: seed, purpose: .syncPhase, entity: 0).below(period, at: 0)
        let next = ((now - phase) / period + 1) * period + phase
        replication.syncGeneration &+= 1
        setTimer(.hubSync, at: next, index: 0, generation: replication.syncGeneration)
    }

    func hubLinksChanged() {
        guard hubStates.count > 1 else { return }
        for a in hubStates.indices {
            for b in hubStates.indices where a < b {
                // Health flows all the time, so a cut makes the registries differ whatever else happens.
                if !isOpenBothWays(fleet.hubs[a].host, fleet.hubs[b].host) { markDirty() }
            }
        }
        for domain in broker.domains.indices { pump(domain) }
    }

    func hubSync(_ generation: UInt32) {
        guard generation == replication.syncGeneration, replication.dirtySince >= 0 else { return }
        let reachable =
            isServing(firstHub) && isServing(firstHub + 1)
            && isOpenBothWays(fleet.hubs[0].host, fleet.hubs[1].host)
        noteLag()
        guard reachable else {
            if !replication.diverged {
                replication.diverged = true
                observer.hub(.diverged, now: now)
            }
            return scheduleSync()
        }
        guard replication.diverged else {
            exchange()
            replication.dirtySince = -1
            return
        }
        if partitionHandling,
            hubStates[0].partition.isDegraded || hubStates[1].partition.isDegraded
        {
            return scheduleSync()
        }
        guard policies.enabled(.reconciliation) else { return scheduleSync() }
        // Each side has gone on recording the health of its own agents.
        for hub in hubStates.indices {
            for agent in 0..<agentCount where Int(hubStates[hub].registry[agent].owner) == hub {
                _ = hubStates[hub].registry.beat(
                    agent: agent, hub: UInt8(hub), epoch: hubStates[hub].registry[agent].epoch, health: 1, now: now)
            }
        }
        let differing = hubStates[0].registry.differences(from: hubStates[1].registry)
        replication.syncGeneration &+= 1
        setTimer(
            .merge, at: now + Int64(differing) * policies.partition.mergeTime, index: 0,
            generation: replication.syncGeneration)
    }

    func mergeDone(_ generation: UInt32) {
        guard generation == replication.syncGeneration else { return }
        guard isServing(firstHub), isServing(firstHub + 1),
            isOpenBothWays(fleet.hubs[0].host, fleet.hubs[1].host)
        else { return scheduleSync() }
        let conflicts = exchange()
        replication.diverged = false
        replication.dirtySince = -1
        observer.mechanism(
            .reconciliation, .restore, by: fleet.hubs[0].name, about: fleet.hubs[1].name, from: "diverged",
            to: "agreed", now: now)
        observer.hub(.agreed(conflicts: conflicts), now: now)
        for agent in 0..<agentCount where hubOf[agent] >= 0 {
            let owner = Int(hubStates[0].registry[agent].owner)
            guard owner != Int(hubOf[agent]) - firstHub else { continue }
            // Its hub was fenced by a higher epoch: the agent has to register anew.
            setHub(agent, -1)
            agentHubs[agent].registerGeneration &+= 1
            setTimer(
                .agentRegister, at: now + policies.hubFailover.switchTime, index: agent,
                generation: agentHubs[agent].registerGeneration)
        }
    }

    @discardableResult
    private func exchange() -> Int {
        let first = hubStates[0].registry
        let result = hubStates[0].registry.merge(from: hubStates[1].registry)
        _ = hubStates[1].registry.merge(from: first)
        return result.conflicts
    }

    private func noteLag() {
        let lag = now - replication.dirtySince
        if lag >= replication.worstLag + .second || replication.worstLag == 0 {
            replication.worstLag = max(lag, 1)
            observer.hub(.lag(lag), now: now)
        }
    }
}
