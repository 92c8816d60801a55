/// How much a fault can target at most, over all seeds.
struct TargetBound {
    /// Targeted for certain.
    var agents: Set<Int> = []
    var hosts: Set<Int> = []
    /// Further ones, of which only the number is known.
    var moreAgents = 0
    var moreHosts = 0

    var agentCount: Int { agents.count + moreAgents }
    var hostCount: Int { hosts.count + moreHosts }

    static func of(_ planned: PlannedFault, fleet: Fleet) -> TargetBound {
        switch planned.target {
        case .link(let from, let to, _): return TargetBound(hosts: [from, to])
        case .none:
            guard case .rollingRestart(let rollout) = planned.fault else { return TargetBound() }
            let agents = Set(rollout.groups.joined())
            return TargetBound(agents: agents, hosts: Set(agents.map { fleet.agents[$0].host }))
        case .hosts(let selector): return hosts(selector, fleet)
        case .members(let selector): return members(selector, fleet)
        }
    }

    private static func hosts(_ selector: HostSelector, _ fleet: Fleet) -> TargetBound {
        var perHost = [Int](repeating: 0, count: fleet.hosts.count)
        for agent in fleet.agents { perHost[agent.host] += 1 }
        let count = selector.pick.count(of: selector.candidates.count)
        if count == selector.candidates.count {
            return TargetBound(
                agents: Set(fleet.agents.indices.filter { selector.candidates.contains(fleet.agents[$0].host) }),
                hosts: Set(selector.candidates))
        }
        let fullest = selector.candidates.map { perHost[$0] }.sorted(by: >).prefix(count)
        return TargetBound(moreAgents: fullest.reduce(0, +), moreHosts: count)
    }

    private static func members(_ selector: Selector, _ fleet: Fleet) -> TargetBound {
        let agents = selector.candidates.compactMap { member -> Int? in
            if case .agent(let index) = member { return index }
            return nil
        }
        let hosts = Set(selector.candidates.map { fleet.host(of: $0) })
        let count = selector.pick.count(of: selector.candidates.count)
        if selector.sameHost {
            let eligible = selector.eligibleHosts(in: fleet)
            let most = eligible.map { host in agents.filter { fleet.agents[$0].host == host }.count }.max() ?? 0
            return TargetBound(moreAgents: selector.pick == .all ? most : Swift.min(count, most), moreHosts: 1)
        }
        if count == selector.candidates.count { return TargetBound(agents: Set(agents), hosts: hosts) }
        let isOneHost = hosts.count == 1
        return TargetBound(
            hosts: isOneHost ? hosts : [], moreAgents: Swift.min(count, agents.count),
            moreHosts: isOneHost ? 0 : Swift.min(count, hosts.count))
    }

    /// Of several at once; never more than there are.
    static func together(_ bounds: [TargetBound], fleet: Fleet) -> TargetBound {
        var sum = TargetBound()
        for bound in bounds {
            sum.agents.formUnion(bound.agents)
            sum.hosts.formUnion(bound.hosts)
            sum.moreAgents += bound.moreAgents
            sum.moreHosts += bound.moreHosts
        }
        sum.moreAgents = Swift.min(sum.moreAgents, fleet.agents.count - sum.agents.count)
        sum.moreHosts = Swift.min(sum.moreHosts, fleet.hosts.count - sum.hosts.count)
        return sum
    }
}
