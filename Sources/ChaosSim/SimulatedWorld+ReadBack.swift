import ChaosPlan
import ChaosRun

/// After a revert: what the state itself says, not what the revert meant to do. Where nothing else holds the same thing, it
/// must be as if the fault had never been.
extension SimulatedWorld {
    func readBack(_ instance: Int) throws(WorldError) -> String {
        let entry = schedule.instances[instance]
        let state = faultStates[instance]
        switch entry.fault {
        case .partition, .latency, .loss, .corrupt, .duplicate, .reorder, .bandwidth:
            return try readLinks(entry)
        case .kill:
            let held = state.nodes.filter { nodes[$0].heldDown > 0 }
            let owed = state.nodes.filter { node in
                others(than: instance) { fault, other in
                    switch fault {
                    case .kill: other.nodes.contains(node)
                    case .hostDown: other.hosts.contains(Int(nodes[node].host))
                    default: false
                    }
                }
            }
            return try clean(held.count <= owed.count, "\(held.count) of \(state.nodes.count) processes held down")
        case .pause:
            let still = zip(state.nodes, state.epochs).filter { nodes[$0].epoch == $1 && nodes[$0].pauses > 0 }
            let owed = others(than: instance) { fault, other in
                fault.kind == .pause && !Set(other.nodes).isDisjoint(with: state.nodes)
            }
            return try clean(still.isEmpty || owed, "\(still.count) of \(state.nodes.count) processes stopped")
        case .diskFill:
            let filled = state.hosts.reduce(0) { $0 + hosts[$1].filled }
            let owed = others(than: instance) { fault, _ in fault.kind == .diskFill }
            return try clean(filled == 0 || owed, "\(filled >> 20) MiB of fill on disk")
        case .diskSlow:
            let slow = state.hosts.filter { hosts[$0].slowDelay != 0 || hosts[$0].slowErrors != 0 }
            let owed = others(than: instance) { fault, _ in fault.kind == .diskSlow }
            return try clean(slow.isEmpty || owed, "\(slow.count) of \(state.hosts.count) disks slow")
        case .cpu, .memory(kill: false, _):
            let slow = state.nodes.filter { nodes[$0].scale != 1024 && !isStretched($0) }
            return try clean(slow.isEmpty, "\(slow.count) of \(state.nodes.count) processes slowed")
        case .clock:
            let off = state.hosts.filter { hosts[$0].clockOffset != 0 || hosts[$0].clockDrift != 0 }
            let owed = others(than: instance) { fault, _ in fault.kind == .clock }
            return try clean(off.isEmpty || owed, "\(off.count) of \(state.hosts.count) clocks off")
        case .hostDown:
            let down = state.hosts.filter { hosts[$0].down }
            let owed = others(than: instance) { fault, _ in fault.kind == .hostDown }
            return try clean(down.isEmpty || owed, "\(down.count) of \(state.hosts.count) hosts down")
        case .rollingRestart(let parameters):
            let bad = parameters.groups.flatMap { $0 }.filter { nodes[$0].badVersion > 0 }
            return try clean(bad.isEmpty, "\(bad.count) agents on the bad version")
        case .restart, .memory(kill: true, _), .credential, .procedure:
            return "nothing was held in force"
        }
    }

    private func readLinks(_ entry: FaultInstance) throws(WorldError) -> String {
        guard case .link(let a, let b, let oneWay) = entry.targets else { return "no link" }
        var disturbed = 0
        for (from, to) in oneWay ? [(a, b)] : [(a, b), (b, a)] where !links[from * hostCount + to].isPlain {
            disturbed += 1
        }
        let owed = faultStates.indices.contains { other in
            guard faultStates[other].inForce, case .link(let c, let d, _) = schedule.instances[other].targets else {
                return false
            }
            return Set([a, b]) == Set([c, d])
        }
        return try clean(disturbed == 0 || owed, "\(disturbed) directions disturbed")
    }

    /// Whether another fault in force accounts for what is left.
    private func others(than instance: Int, _ accounts: (Fault, FaultState) -> Bool) -> Bool {
        faultStates.indices.contains {
            $0 != instance && faultStates[$0].inForce && accounts(schedule.instances[$0].fault, faultStates[$0])
        }
    }

    private func clean(_ isClean: Bool, _ seen: String) throws(WorldError) -> String {
        guard isClean else { throw WorldError(code: .revertFailed, message: "read back: \(seen)") }
        return "read back: \(seen)"
    }
}
