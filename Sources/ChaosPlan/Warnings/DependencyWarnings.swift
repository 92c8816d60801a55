/// What half the fleet cannot do without, and what there is only one of.
struct DependencyWarnings {
    let fleet: Fleet

    var all: [FleetWarning] {
        var warnings = callees
        if fleet.hubs.count == 1 {
            warnings.append(
                FleetWarning(
                    topic: .singlePointOfFailure,
                    message: "\(fleet.hubs[0].name) is the only hub of \(fleet.agents.count) agents"))
        }
        if fleet.broker.servers.count == 1 {
            warnings.append(
                FleetWarning(
                    topic: .singlePointOfFailure, message: "\(fleet.broker.servers[0].name) is the only broker server"))
        }
        return warnings
    }

    private var callees: [FleetWarning] {
        var callers: [Member: Set<Int>] = [:]
        for edge in fleet.calls where !edge.fallback {
            switch edge.callee {
            case .agent(let index): callers[.agent(index), default: []].insert(edge.caller)
            case .store(let index): callers[.store(index), default: []].insert(edge.caller)
            case .hub: break
            }
        }
        let total = fleet.agents.count
        return fleet.members.compactMap { member in
            guard let count = callers[member]?.count, count * 2 > total else { return nil }
            if case .agent(let index) = member, fleet.agents[index].standby != nil { return nil }
            return FleetWarning(
                topic: .singlePointOfFailure,
                message:
                    "\(fleet.name(of: member)) has no standby, and \(count) of \(total) agents call it without a fallback"
            )
        }
    }
}
