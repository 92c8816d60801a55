/// Circles, timeouts and retries along paths of calls.
struct CallPathWarnings {
    static let amplificationLimit = 27

    let fleet: Fleet
    let workload: Workload

    var all: [FleetWarning] {
        let (cycles, depth) = paths()
        return cycles + timeouts + amplification(depth: depth, isCyclic: !cycles.isEmpty)
    }

    /// One circle for each knot of agents, and the most calls in a row (stores and hubs count) outside of circles.
    private func paths() -> (cycles: [FleetWarning], depth: Int) {
        let count = fleet.agents.count
        var callees = [[Int]](repeating: [], count: count)
        var callers = [[Int]](repeating: [], count: count)
        var depth = [Int](repeating: 0, count: count)
        for edge in fleet.calls {
            guard case .agent(let callee) = edge.callee else {
                depth[edge.caller] = 1
                continue
            }
            callees[edge.caller].append(callee)
            callers[callee].append(edge.caller)
        }
        var left = callees.map(\.count)
        var open = left.indices.filter { left[$0] == 0 }
        var isDone = [Bool](repeating: false, count: count)
        var cycles: [FleetWarning] = []
        while true {
            while let agent = open.popLast() {
                guard !isDone[agent] else { continue }
                isDone[agent] = true
                for caller in callers[agent] {
                    depth[caller] = Swift.max(depth[caller], depth[agent] + 1)
                    left[caller] -= 1
                    if left[caller] == 0 { open.append(caller) }
                }
            }
            guard let start = isDone.firstIndex(of: false) else { break }
            let cycle = cycle(from: start, callees, isDone)
            if cycles.count < 5 { cycles.append(describe(cycle)) }
            // Counts as resolved, so that the next knot shows.
            open.append(contentsOf: cycle)
        }
        return (cycles, depth.max() ?? 0)
    }

    /// Every agent that is left has a callee that is left, so that walking on must come back.
    private func cycle(from start: Int, _ callees: [[Int]], _ isDone: [Bool]) -> [Int] {
        var walked: [Int] = []
        var position = [Int: Int]()
        var agent = start
        while position[agent] == nil {
            position[agent] = walked.count
            walked.append(agent)
            guard let next = callees[agent].first(where: { !isDone[$0] }) else { return walked }
            agent = next
        }
        return Array(walked[(position[agent] ?? 0)...])
    }

    private func describe(_ cycle: [Int]) -> FleetWarning {
        let shown =
            cycle.prefix(6).map { fleet.agents[$0].name } + (cycle.count > 6 ? ["…"] : []) + [
                fleet.agents[cycle[0]].name
            ]
        return FleetWarning(
            topic: .callCycle,
            message: "\(cycle.count) agents call each other in a circle: \(shown.joined(separator: " → "))")
    }

    private var timeouts: [FleetWarning] {
        fleet.policies.callClasses.enumerated().compactMap { index, callClass in
            let edges = fleet.calls.filter { $0.callClass == index }.count
            guard edges > 0, callClass.timeout > workload.requestTimeout else { return nil }
            return FleetWarning(
                topic: .callTimeout,
                message:
                    "calls of class `\(callClass.name)` wait up to \(ScalarText.show(callClass.timeout, .duration)) while their request is given up after \(ScalarText.show(workload.requestTimeout, .duration)) (\(edges) edges)"
            )
        }
    }

    private func amplification(depth: Int, isCyclic: Bool) -> [FleetWarning] {
        let attempts = fleet.policies.retry.attempts
        guard fleet.policies.enabled(.retry), attempts > 1 else { return [] }
        if isCyclic {
            return [
                FleetWarning(
                    topic: .amplification,
                    message: "\(attempts) attempts on each call of a circle: one request can become any number of calls"
                )
            ]
        }
        var calls = 1
        for _ in 0..<depth where calls < 1_000_000 { calls *= attempts }
        guard calls > Self.amplificationLimit else { return [] }
        let shown = calls < 1_000_000 ? "\(calls)" : "over 1000000"
        return [
            FleetWarning(
                topic: .amplification,
                message:
                    "\(attempts) attempts over \(depth) calls in a row: one request can become \(shown) calls, above \(Self.amplificationLimit)"
            )
        ]
    }
}
