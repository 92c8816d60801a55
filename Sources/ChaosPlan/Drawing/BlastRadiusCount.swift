extension BlastRadius {
    static let nobody = BlastRadius(hosts: [], agents: [], exposed: [])

    /// The most hosts, agents and exposed agents of a drawn schedule, each at the first instant that has so many.
    ///
    /// Faults that wait for others count at their nominal times. A leader's host is known only in the run; the first
    /// server's stands for it.
    static func worst(of instances: [FaultInstance], occurrences: [Occurrence], fleet: Fleet) -> BlastRadius {
        let graph = CallGraph(fleet: fleet)
        let reach = instances.map { touched(by: $0, fleet: fleet) }
        // Most instants of a long run look like one before.
        var known: Set<[FaultInstance.Targets]> = []
        var worst = nobody
        for active in Concurrency.sets(of: occurrences) ?? [] {
            let targets = active.map { instances[$0].targets }
            guard known.insert(targets).inserted else { continue }
            var agents: Set<Int> = []
            var hosts: Set<Int> = []
            for index in active {
                agents.formUnion(reach[index].agents)
                hosts.formUnion(reach[index].hosts)
            }
            let now = BlastRadius(
                hosts: hosts.sorted(), agents: agents.sorted(), exposed: exposed(targets, agents: agents, graph: graph))
            if now.hosts.count > worst.hosts.count { worst.hosts = now.hosts }
            if now.agents.count > worst.agents.count { worst.agents = now.agents }
            if now.exposed.count > worst.exposed.count { worst.exposed = now.exposed }
        }
        return worst
    }

    private static func touched(by instance: FaultInstance, fleet: Fleet) -> (agents: Set<Int>, hosts: Set<Int>) {
        switch instance.targets {
        case .members(let members):
            let agents = members.compactMap { member -> Int? in
                if case .agent(let index) = member { return index }
                return nil
            }
            return (Set(agents), Set(members.map { fleet.host(of: $0) }))
        case .hosts(let indices):
            return (Set(fleet.agents.indices.filter { indices.contains(fleet.agents[$0].host) }), Set(indices))
        case .link(let from, let to, _): return ([], [from, to])
        case .leader: return ([], Set(fleet.broker.servers.prefix(1).map(\.host)))
        }
    }

    private static func exposed(_ targets: [FaultInstance.Targets], agents: Set<Int>, graph: CallGraph) -> [Int] {
        var down: Set<Member> = []
        var exposed: Set<Int> = []
        for target in targets {
            switch target {
            case .members(let members): down.formUnion(members)
            case .hosts(let hosts):
                down.formUnion(graph.fleet.members.filter { hosts.contains(graph.fleet.host(of: $0)) })
            case .link(let from, let to, _): exposed.formUnion(graph.exposed(acrossLink: from, to))
            case .leader: break
            }
        }
        exposed.formUnion(graph.exposed(to: down))
        return exposed.subtracting(agents).sorted()
    }
}
