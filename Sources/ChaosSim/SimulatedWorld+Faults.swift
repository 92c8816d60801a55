import ChaosPlan
import ChaosResilience
public import ChaosRun

/// What one fault instance holds while it is in force.
struct FaultState {
    var nodes: [Int] = []
    /// Of the paused processes, the incarnation that was paused.
    var epochs: [UInt32] = []
    var hosts: [Int] = []
    /// Bytes written, per host of `hosts`.
    var amounts: [Int64] = []
    var inForce = false
}

/// The simulated meaning of every fault kind, and its undoing. Faults on one thing add up, so they revert in any order.
extension SimulatedWorld {
    public func inject(_ instance: Int) throws(WorldError) -> Injection {
        let entry = schedule.instances[instance]
        let members = try targets(of: instance)
        faultStates[instance] = FaultState(nodes: members.nodes, hosts: members.hosts, inForce: true)
        var evidence = ""
        var effective = true

        switch entry.fault {
        case .kill, .restart:
            let alive = members.nodes.filter { nodes[$0].state.contains(.up) }
            effective = !alive.isEmpty
            for node in members.nodes {
                if entry.fault.kind == .kill { nodes[node].heldDown += 1 }
                crash(node)
            }
            evidence = "\(alive.count) of \(members.nodes.count) processes ended"
        case .pause:
            let stopped = members.nodes.filter { pause($0) }
            effective = !stopped.isEmpty
            faultStates[instance].nodes = stopped
            faultStates[instance].epochs = stopped.map { nodes[$0].epoch }
            evidence = "\(stopped.count) of \(members.nodes.count) processes stopped"
        case .partition, .latency, .loss, .corrupt, .duplicate, .reorder, .bandwidth:
            evidence = disturb(entry, by: 1)
        case .diskFill(let share):
            for host in members.hosts {
                let capacity = hosts[host].diskCapacity
                let want = share >= .whole ? capacity : capacity / 1_000_000 * share.partsPerMillion
                let amount = max(0, want - usedBytes(host))
                faultStates[instance].amounts.append(amount)
                hosts[host].filled += amount
                checkDisk(host)
            }
            let written = faultStates[instance].amounts.reduce(0, +)
            effective = written > 0
            evidence = "\(written >> 20) MiB written"
        case .diskSlow(let delay, let errors):
            for host in members.hosts { changeDisk(host, delay: delay, errors: errors.partsPerMillion) }
            let what = "write \(ScalarText.show(delay, .duration)) later"
            (effective, evidence) = seen(
                members.nodes.filter(usesDisk),
                errors == .zero
                    ? what : "\(what), and \(ScalarText.show(errors.partsPerMillion, .share)) of it fails")
        case .cpu(let load):
            let scale = 1_000_000 * 1024 / max(10_000, 1_000_000 - load.partsPerMillion)
            rescale(members.nodes, from: 1024, to: scale)
            (effective, evidence) = seen(members.nodes, "take \(Double(scale) / 1024) times as long")
        case .memory(let kill, let stretch):
            if kill {
                (effective, evidence) = seen(members.nodes, "were killed for memory")
                for node in members.nodes { crash(node) }
                setTimer(.memoryKill, at: now + 5 * .second, index: instance)
            } else {
                rescale(members.nodes, from: 1024, to: 1024 * Int64(max(1, stretch)))
                (effective, evidence) = seen(members.nodes, "take \(stretch) times as long in reclaim")
            }
        case .clock(let offset, let drift):
            for host in members.hosts { moveClock(host, offset: offset, drift: drift) }
            for agent in publishers.indices {
                let server = publishers[agent].server
                if server >= 0, refusesCredential(firstBroker + server, agent) { disconnect(agent) }
            }
            (effective, evidence) = seen(members.nodes, "see a clock \(offset / .millisecond) ms off")
        case .hostDown(let power):
            (effective, evidence) = seen(members.nodes, "are gone with their kernel")
            for host in members.hosts { takeDown(host, power: power) }
        case .credential(let rotate):
            rotate ? rotateCredential(members.nodes) : expireCredential(members.nodes)
            (effective, evidence) = seen(members.nodes, "demand a new credential")
        case .procedure(let action, let takes, let limit):
            startProcedure(instance, action: action, takes: takes, limit: limit, targets: members.nodes)
            evidence = "began"
        case .rollingRestart(let parameters):
            startRollout(instance, parameters)
            evidence = "\(parameters.groups.count) groups"
        }
        let names = targetNames(entry, members.nodes)
        return Injection(
            fault: ActiveFault(instance: instance),
            evidence: FaultEvidence(
                text: evidence, targets: names, subjects: members.nodes.filter { $0 < agentCount }.sorted(),
                effective: effective))
    }

    public func revert(_ fault: consuming ActiveFault) throws(WorldError) -> Reversal {
        let instance = fault.relinquish()
        let entry = schedule.instances[instance]
        let state = faultStates[instance]
        guard state.inForce else { return "was not in force" }
        faultStates[instance].inForce = false

        switch entry.fault {
        case .kill:
            for node in state.nodes { letGo(node) }
        case .restart:
            break
        case .pause:
            for (node, epoch) in zip(state.nodes, state.epochs) { unpause(node, epoch: epoch) }
        case .partition, .latency, .loss, .corrupt, .duplicate, .reorder, .bandwidth:
            _ = disturb(entry, by: -1)
        case .diskFill:
            for (host, amount) in zip(state.hosts, state.amounts) {
                hosts[host].filled -= amount
                checkDisk(host)
            }
        case .diskSlow(let delay, let errors):
            for host in state.hosts { changeDisk(host, delay: -delay, errors: -errors.partsPerMillion) }
        case .cpu(let load):
            let scale = 1_000_000 * 1024 / max(10_000, 1_000_000 - load.partsPerMillion)
            rescale(state.nodes, from: scale, to: 1024)
        case .memory(let kill, let stretch):
            if !kill { rescale(state.nodes, from: 1024 * Int64(max(1, stretch)), to: 1024) }
        case .clock(let offset, let drift):
            for host in state.hosts { moveClock(host, offset: -offset, drift: -drift) }
        case .hostDown:
            for host in state.hosts { bringUp(host) }
        case .credential(let rotate):
            if !rotate { restoreCredential(state.nodes) }
        case .procedure(.partitionHandlingOff, _, _):
            partitionHandling = policies.enabled(.partitionDetector)
        case .procedure:
            break
        case .rollingRestart:
            stopRollout(instance: instance)
        }
        return Reversal(try readBack(instance))
    }

    /// How many of the targets were alive to feel it; a fault that only the dead would feel did not land.
    private func seen(_ targets: [Int], _ what: String) -> (Bool, String) {
        let alive = targets.filter { nodes[$0].state.contains(.up) }.count
        return (alive > 0, "\(alive) of \(targets.count) processes \(what)")
    }

    // MARK: Targets

    private func targets(of instance: Int) throws(WorldError) -> (nodes: [Int], hosts: [Int]) {
        let entry = schedule.instances[instance]
        switch entry.targets {
        case .members(let members):
            return (members.map { node(of: $0) }, [])
        case .hosts(let indices):
            return ((0..<nodeCount).filter { indices.contains(Int(nodes[$0].host)) }, indices)
        case .link:
            return ([], [])
        case .leader:
            let leader = broker.domains.first?.leader ?? -1
            guard leader >= 0 else {
                throw WorldError(code: .injectionFailed, message: "the broker has no leader to hit now")
            }
            return ([firstBroker + leader], [])
        }
    }

    private func targetNames(_ entry: FaultInstance, _ nodes: [Int]) -> [String] {
        if case .link(let from, let to, let oneWay) = entry.targets {
            return [fleet.hosts[from].name + (oneWay ? ">" : "-") + fleet.hosts[to].name]
        }
        if case .rollingRestart(let parameters) = entry.fault {
            return parameters.groups.flatMap { $0 }.map { fleet.agents[$0].name }
        }
        var names: [String] = []
        if case .hosts(let hosts) = entry.targets { names = hosts.map { fleet.hosts[$0].name } }
        return names + nodes.map { name($0) }
    }

    // MARK: Links

    /// Adds (`sign` 1) or takes back (−1) a link fault.
    private func disturb(_ entry: FaultInstance, by sign: Int32) -> String {
        guard case .link(let a, let b, let oneWay) = entry.targets else {
            preconditionFailure("a link fault without a link; the plan reader refuses it")
        }
        let directions = oneWay ? [(a, b)] : [(a, b), (b, a)]
        for (from, to) in directions {
            changeLink(from: from, to: to) { link in
                switch entry.fault {
                case .partition(let reject):
                    if reject { link.rejected += sign } else { link.dropped += sign }
                case .latency(let delay, let jitter):
                    link.extraDelay += Int64(sign) * delay
                    link.extraJitter += Int64(sign) * jitter
                case .loss(let share), .corrupt(let share):
                    // A corrupted segment fails its checksum: to TCP it is lost.
                    link.loss += Int64(sign) * share.partsPerMillion
                case .duplicate(let share):
                    link.duplicate += Int64(sign) * share.partsPerMillion
                case .reorder(let share, let by):
                    link.reorder += Int64(sign) * share.partsPerMillion
                    link.reorderBy += Int64(sign) * by
                case .bandwidth(let limit):
                    // The narrowest of those in force decides.
                    let others = narrowings(from: from, to: to)
                    link.limit = (sign > 0 ? others + [limit] : others).min() ?? 0
                default:
                    preconditionFailure("\(entry.fault.kind) is no link fault")
                }
            }
        }
        return "\(directions.count) direction\(directions.count == 1 ? "" : "s") of the link changed"
    }

    /// Limits in force on one direction of a link; a fault being reverted is no longer in force.
    func narrowings(from: Int, to: Int) -> [Int64] {
        faultStates.indices.compactMap { instance in
            guard faultStates[instance].inForce, case .bandwidth(let limit) = schedule.instances[instance].fault,
                case .link(let a, let b, let oneWay) = schedule.instances[instance].targets,
                (a, b) == (from, to) || !oneWay && (b, a) == (from, to)
            else { return nil }
            return limit
        }
    }

    // MARK: Hosts

    private func takeDown(_ host: Int, power: Bool) {
        hosts[host].downs += 1
        for agent in 0..<agentCount { refreshClient(agent) }
        for node in 0..<nodeCount where Int(nodes[node].host) == host {
            nodes[node].heldDown += 1
            crash(node)
        }
        if power {
            for server in fleet.broker.servers.indices where serverHost(server) == host { losePower(server: server) }
        }
        brokerChanged()
    }

    private func bringUp(_ host: Int) {
        hosts[host].downs -= 1
        for agent in 0..<agentCount { refreshClient(agent) }
        for node in 0..<nodeCount where Int(nodes[node].host) == host { letGo(node) }
    }

    /// Multiplies the targets' service times, or divides them again.
    private func rescale(_ targets: [Int], from old: Int64, to new: Int64) {
        beforeChange()
        for node in targets { nodes[node].scale = max(1, nodes[node].scale * new / old) }
        // Integer products of several factors may not divide back exactly; without any fault the scale is exactly one.
        for node in targets where !isStretched(node) { nodes[node].scale = 1024 }
        afterChange()
    }

    func isStretched(_ node: Int) -> Bool {
        faultStates.indices.contains { instance in
            guard faultStates[instance].inForce, faultStates[instance].nodes.contains(node) else { return false }
            switch schedule.instances[instance].fault {
            case .cpu, .memory(kill: false, _): return true
            default: return false
            }
        }
    }

    /// While a memory fault is in force, whoever comes back is killed again a few seconds later.
    func memoryKill(_ instance: Int, _ generation: UInt32) {
        guard faultStates[instance].inForce else { return }
        for node in faultStates[instance].nodes where nodes[node].state.contains(.up) { crash(node) }
        setTimer(.memoryKill, at: now + 5 * .second, index: instance)
    }
}
