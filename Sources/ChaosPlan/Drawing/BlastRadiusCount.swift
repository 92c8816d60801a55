extension BlastRadius {
    static let nobody = BlastRadius(hosts: [], agents: [], exposed: [])

    /// The worst instant of a drawn schedule: most agents, then most hosts, then most exposed; the first of equals.
    ///
    /// Faults that wait for others count at their nominal times. A leader's host is known only in the run; the first
    /// server's stands for it.
    static func worst(of instances: [FaultInstance], occurrences: [Occurrence], fleet: Fleet) -> BlastRadius {
        var worst: (agents: Set<Int>, hosts: Set<Int>, at: [Int])?
        let reach = instances.map { touched(by: $0, fleet: fleet) }
        for active in Concurrency.sets(of: occurrences) ?? [] {
            var agents: Set<Int> = []
            var hosts: Set<Int> = []
            for index in active {
                agents.formUnion(reach[index].agents)
                hosts.formUnion(reach[index].hosts)
            }
            if let (mostAgents, mostHosts, _) = worst, (agents.count, hosts.count) <= (mostAgents.count, mostHosts.count) { continue }
            worst = (agents, hosts, active)
        }
        guard let worst else { return .nobody }
        return BlastRadius(hosts: worst.hosts.sorted(), agents: worst.agents.sorted(), exposed: exposed(worst.at.map { instances[$0] }, agents: worst.agents, fleet: fleet))
    }

    private static func touched(by instance: FaultInstance, fleet: Fleet) -> (agents: Set<Int>, hosts: Set<Int>) {
        var agents: Set<Int> = []
        var hosts: Set<Int> = []
        switch instance.targets {
        case .members(let members):
            for member in members {
                hosts.insert(fleet.host(of: member))
                if case .agent(let index) = member { agents.insert(index) }
            }
        case .hosts(let indices):
            hosts.formUnion(indices)
            agents.formUnion(fleet.agents.indices.filter { indices.contains(fleet.agents[$0].host) })
        case .link(let from, let to, _): hosts = [from, to]
        case .leader: hosts.formUnion(fleet.broker.servers.prefix(1).map(\.host))
        }
        return (agents, hosts)
    }

    private static func exposed(_ instances: [FaultInstance], agents: Set<Int>, fleet: Fleet) -> [Int] {
        let graph = CallGraph(fleet: fleet)
        var down: Set<Member> = []
        var exposed: Set<Int> = []
        for instance in instances {
            switch instance.targets {
            case .members(let members): down.formUnion(members)
            case .hosts(let hosts): down.formUnion(fleet.members.filter { hosts.contains(fleet.host(of: $0)) })
            case .link(let from, let to, _): exposed.formUnion(graph.exposed(acrossLink: from, to))
            case .leader: break
            }
        }
        exposed.formUnion(graph.exposed(to: down))
        return exposed.subtracting(agents).sorted()
    }
}
