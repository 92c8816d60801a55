/// Who depends upon whom, read from a fleet's calls.
struct CallGraph {
    let fleet: Fleet

    /// How much of the fleet's work leans on each agent: the shares of all callers, direct and indirect, in parts per
    /// million. A caller counts at most once in full for each agent. Calls deeper than eight are too thin to count.
    func dependents() -> [Int64] {
        let count = fleet.agents.count
        let edges = fleet.calls.compactMap { edge -> (caller: Int, callee: Int, share: Int64)? in
            guard case .agent(let callee) = edge.callee else { return nil }
            return (edge.caller, callee, edge.share.partsPerMillion)
        }
        return (0..<count).map { agent in
            var weight = [Int64](repeating: 0, count: count)
            for _ in 0..<8 {
                var next = [Int64](repeating: 0, count: count)
                for edge in edges where edge.caller != agent {
                    let reached = edge.callee == agent ? 1_000_000 : weight[edge.callee]
                    next[edge.caller] = Swift.min(1_000_000, next[edge.caller] + edge.share * reached / 1_000_000)
                }
                if next == weight { break }
                weight = next
            }
            return weight.reduce(0, +)
        }
    }

    /// Agents that cannot answer in full while `down` are away: callers, direct or not, through calls without a fallback.
    func exposed(to down: Set<Member>) -> [Int] {
        var reached = [Bool](repeating: false, count: fleet.agents.count)
        var open: [Int] = []
        func hit(_ caller: Int) {
            if !reached[caller], !down.contains(.agent(caller)) {
                reached[caller] = true
                open.append(caller)
            }
        }
        var callers = [[Int]](repeating: [], count: fleet.agents.count)
        for edge in fleet.calls where !edge.fallback {
            switch edge.callee {
            case .agent(let callee):
                callers[callee].append(edge.caller)
                if down.contains(.agent(callee)) { hit(edge.caller) }
            case .store(let store): if down.contains(.store(store)) { hit(edge.caller) }
            case .hub:
                if let hub = fleet.primaryHub(ofAgent: edge.caller), down.contains(.hub(hub)) { hit(edge.caller) }
            }
        }
        while let agent = open.popLast() { for caller in callers[agent] { hit(caller) } }
        return reached.indices.filter { reached[$0] }
    }

    /// Agents that call, without a fallback and directly or not, across a cut link.
    func exposed(acrossLink a: Int, _ b: Int) -> [Int] {
        var reached = [Bool](repeating: false, count: fleet.agents.count)
        var isOpen = true
        for edge in fleet.calls where !edge.fallback {
            let other: Int? =
                switch edge.callee {
                case .agent(let callee): fleet.agents[callee].host
                case .store(let store): fleet.stores[store].host
                case .hub: fleet.primaryHub(ofAgent: edge.caller).map { fleet.hubs[$0].host }
                }
            let ends = [fleet.agents[edge.caller].host, other ?? -1]
            if ends == [a, b] || ends == [b, a] { reached[edge.caller] = true }
        }
        while isOpen {
            isOpen = false
            for edge in fleet.calls where !edge.fallback && !reached[edge.caller] {
                if case .agent(let callee) = edge.callee, reached[callee] {
                    (reached[edge.caller], isOpen) = (true, true)
                }
            }
        }
        return reached.indices.filter { reached[$0] }
    }
}

extension Fleet {
    /// The hub that an agent belongs to: the first on its host, else the first of all; nil without hubs.
    public func primaryHub(ofAgent agent: Int) -> Int? {
        hubs.firstIndex { $0.host == agents[agent].host } ?? hubs.indices.first
    }

    /// The hub that an agent fails over to: the other one, if there are two.
    public func secondaryHub(ofAgent agent: Int) -> Int? {
        let primary = primaryHub(ofAgent: agent)
        return hubs.indices.first { $0 != primary }
    }
}
