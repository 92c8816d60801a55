import ChaosPlan

/// Replicas: groups of agents whose standby dies with their host, or who have none, get one on another host.
struct StandbyLevers {
    let fleet: Fleet

    var levers: [Lever] {
        let exposed = groups.filter { !isSafe($0) }
        var levers = exposed.compactMap { group in
            setting(group, position: 0).map { lever("standby of \(group.name)", [$0]) }
        }
        for host in fleet.hosts.indices {
            let settings = exposed.filter { $0.host == host }.enumerated().compactMap { setting($1, position: $0) }
            if settings.count > 1 {
                levers.append(lever("standbys elsewhere for \(fleet.hosts[host].name)", settings))
            }
        }
        return levers
    }

    private struct Group {
        var name: String
        var host: Int
        /// Indices of its agents.
        var agents: [Int]
    }

    /// In file order.
    private var groups: [Group] {
        var groups: [Group] = []
        for (index, agent) in fleet.agents.enumerated() {
            if let known = groups.firstIndex(where: { $0.name == agent.group }) {
                groups[known].agents.append(index)
            } else {
                groups.append(Group(name: agent.group, host: agent.host, agents: [index]))
            }
        }
        return groups
    }

    /// Each has a standby that another host's death is needed to take.
    private func isSafe(_ group: Group) -> Bool {
        group.agents.allSatisfy { agent in
            fleet.agents[agent].standby.map { fleet.agents[$0].host != fleet.agents[agent].host } ?? false
        }
    }

    /// Several groups share the load: each next one gets the next agent there. Nil where there is no other host.
    private func setting(_ group: Group, position: Int) -> PolicyChange.Setting? {
        let elsewhere = fleet.agents.filter { $0.host != group.host }
        guard !elsewhere.isEmpty else { return nil }
        return PolicyChange.Setting(
            path: "fleet.agents.\(group.name).standby", from: now(group),
            to: elsewhere[position % elsewhere.count].name)
    }

    private func now(_ group: Group) -> String {
        let standbys = group.agents.compactMap { fleet.agents[$0].standby }
        guard let first = standbys.first else { return "none" }
        if standbys.allSatisfy({ fleet.agents[$0].group == group.name }) { return "next" }
        return fleet.agents[first].name
    }

    private func lever(_ name: String, _ settings: [PolicyChange.Setting]) -> Lever {
        Lever(
            name: name,
            alternatives: [
                PolicyChange(lever: name, nature: .capacity, settings: settings, factor: Double(settings.count) * 2)
            ])
    }
}
