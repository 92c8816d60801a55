import ChaosPlan
import ChaosResilience
public import ChaosRun

/// What one fault instance holds while it is in force.
struct FaultState {
    var nodes: [Int] = []
    /// Of the paused processes, the incarnation that was paused.
    var epochs: [UInt32] = []
    var hosts: [Int] = []
    var amount: Int64 = 0
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
                let want = hosts[host].diskCapacity / 1_000_000 * share.partsPerMillion
                let amount = max(0, min(want, hosts[host].diskCapacity) - diskUsed(host))
                faultStates[instance].amount = amount
                hosts[host].filled += amount
                // Whole blocks: 100 % means that nothing is left.
                if share >= .whole { hosts[host].filled += hosts[host].diskCapacity % 1_000_000 }
                checkDisk(host)
            }
            effective = faultStates[instance].amount > 0
            evidence = "\(faultStates[instance].amount >> 20) MiB written"
        case .cpu(let load):
            let scale = 1_000_000 * 1024 / max(10_000, 1_000_000 - load.partsPerMillion)
            rescale(members.nodes, from: 1024, to: scale)
            evidence = "work takes \(Double(scale) / 1024) times as long"
        case .memory(let kill, let stretch):
            if kill {
                for node in members.nodes { crash(node) }
                setTimer(.memoryKill, at: now + 5 * .second, index: instance)
                evidence = "\(members.nodes.count) processes killed for memory"
            } else {
                rescale(members.nodes, from: 1024, to: 1024 * Int64(max(1, stretch)))
                evidence = "work takes \(stretch) times as long in reclaim"
            }
        case .clock(let offset, let drift):
            for host in members.hosts {
                hosts[host].clockOffset += offset
                hosts[host].clockDrift += drift
                hosts[host].clockSetAt = now
            }
            for agent in publishers.indices {
                let server = publishers[agent].server
                if server >= 0, refusesCredential(firstBroker + server, agent) { disconnect(agent) }
            }
            evidence = "the wall clock moved by \(offset / .millisecond) ms"
        case .hostDown(let power):
            for host in members.hosts { takeDown(host, power: power) }
            evidence = "\(members.nodes.count) processes and their kernel are gone"
        case .credential(let rotate):
            rotateCredential(members.nodes, grace: rotate ? policies.credentials.grace : 0)
            evidence = "\(members.nodes.count) servers demand a new credential"
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

    public func revert(_ fault: consuming ActiveFault) throws(WorldError) -> String {
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
        case .diskFill(let share):
            for host in state.hosts {
                hosts[host].filled -= state.amount
                if share >= .whole { hosts[host].filled -= hosts[host].diskCapacity % 1_000_000 }
                checkDisk(host)
            }
        case .cpu(let load):
            let scale = 1_000_000 * 1024 / max(10_000, 1_000_000 - load.partsPerMillion)
            rescale(state.nodes, from: scale, to: 1024)
        case .memory(let kill, let stretch):
            if !kill { rescale(state.nodes, from: 1024 * Int64(max(1, stretch)), to: 1024) }
        case .clock(let offset, let drift):
            for host in state.hosts {
                hosts[host].clockOffset -= offset
                hosts[host].clockDrift -= drift
            }
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
        return "read back: nothing of it left"
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
                    link.limit += Int64(sign) * limit
                default:
                    preconditionFailure("\(entry.fault.kind) is no link fault")
                }
            }
        }
        return "\(directions.count) direction\(directions.count == 1 ? "" : "s") of the link changed"
    }

    // MARK: Hosts

    private func diskUsed(_ host: Int) -> Int64 {
        var used = hosts[host].diskBase + hosts[host].filled
        for agent in 0..<agentCount where Int(nodes[agent].host) == host { used += logs[agent].bytesOnDisk }
        return used
    }

    private func takeDown(_ host: Int, power: Bool) {
        hosts[host].down = true
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
        hosts[host].down = false
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

    private func isStretched(_ node: Int) -> Bool {
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
