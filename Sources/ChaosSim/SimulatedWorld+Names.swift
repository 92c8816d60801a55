import ChaosPlan

/// Discovery: which process answers for an agent's name. Each hub keeps its own view; an agent asks its hub's.
extension SimulatedWorld {
    /// The agent's hub from now on (a node); −1 while it has none, when it goes by what its last hub told it.
    func setHub(_ agent: Int, _ node: Int) {
        hubOf[agent] = Int32(node)
        if node >= 0 { rowOf[agent] = Int32(node - firstHub) }
        refreshClient(agent)
    }

    func point(_ agent: Int, at node: Int, row: Int) {
        names[row * agentCount + agent] = Int32(node)
        refreshClient(agent)
    }

    func pointEverywhere(_ agent: Int, at node: Int) {
        for row in 0..<nameRows { names[row * agentCount + agent] = Int32(node) }
        refreshClient(agent)
    }

    func isRerouted(_ agent: Int, row: Int) -> Bool { names[row * agentCount + agent] != Int32(agent) }

    @inline(__always)
    func route(to agent: Int, from caller: Int) -> Int {
        Int(names[Int(rowOf[caller]) &* agentCount &+ agent])
    }

    /// A client stands beside its agent and asks that side's hub; when the whole host is gone, the other machine's.
    func refreshClient(_ agent: Int) {
        var row = Int(rowOf[agent])
        let host = Int(nodes[agent].host)
        if hosts[host].down, let other = fleet.hubs.indices.first(where: { !hosts[fleet.hubs[$0].host].down }) {
            row = other
        }
        let route = names[row * agentCount + agent]
        guard clients[agent].route != route else { return }
        clients[agent].route = route
        clients[agent].awaitsTakeover = route != Int32(agent)
    }
}
