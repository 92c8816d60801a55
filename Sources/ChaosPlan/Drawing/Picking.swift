/// Draws who is hit.
struct Picking {
    let fleet: Fleet
    let seed: UInt64
    /// Empty where no fault asks for it: it costs a walk over the call graph for each agent.
    private let dependents: [Int64]

    init(plan: Plan, seed: UInt64) {
        fleet = plan.fleet
        self.seed = seed
        let isNeeded = plan.faults.contains { fault in
            if case .members(let selector) = fault.target { return selector.pick == .mostDependedUpon }
            return false
        }
        dependents = isNeeded ? CallGraph(fleet: fleet).dependents() : []
    }

    /// `entity` is the instance's, so that each repetition draws anew.
    func targets(of planned: PlannedFault, entity: UInt64) -> FaultInstance.Targets {
        switch planned.target {
        case .none:
            if case .rollingRestart(let rollout) = planned.fault {
                return .members(rollout.groups.joined().map { .agent($0) })
            }
            return .members([])
        case .link(let from, let to, let oneWay): return .link(from: from, to: to, oneWay: oneWay)
        case .hosts(let selector):
            return .hosts(sample(selector.candidates, selector.pick.count(of: selector.candidates.count), entity))
        case .members(let selector):
            if selector.pick == .leader { return .leader }
            return .members(members(selector, entity))
        }
    }

    private func members(_ selector: Selector, _ entity: UInt64) -> [Member] {
        if selector.pick == .mostDependedUpon { return mostDependedUpon(selector.candidates).map { [$0] } ?? [] }
        var candidates = selector.candidates
        var count = selector.pick.count(of: candidates.count)
        if selector.sameHost {
            let hosts = selector.eligibleHosts(in: fleet)
            guard !hosts.isEmpty else { return [] }
            let draw = Draw(seed: seed, purpose: .host, entity: entity)
            let host = hosts[Int(draw.uniform(below: Int64(hosts.count)))]
            candidates = candidates.filter { fleet.host(of: $0) == host }
            count = selector.pick == .all ? candidates.count : Swift.min(count, candidates.count)
        }
        return sample(candidates, count, entity)
    }

    /// The first of those with the greatest weight.
    private func mostDependedUpon(_ candidates: [Member]) -> Member? {
        var best: (member: Member, weight: Int64)?
        for member in candidates {
            guard case .agent(let index) = member else { continue }
            if dependents[index] > (best?.weight ?? -1) { best = (member, dependents[index]) }
        }
        return best?.member
    }

    /// `count` of them without repetition, in their own order.
    private func sample<Item>(_ items: [Item], _ count: Int, _ entity: UInt64) -> [Item] {
        guard count < items.count else { return items }
        let draw = Draw(seed: seed, purpose: .targets, entity: entity)
        var order = Array(items.indices)
        for position in 0..<count {
            let other = position + Int(draw.uniform(UInt64(position), below: Int64(order.count - position)))
            order.swapAt(position, other)
        }
        return order[..<count].sorted().map { items[$0] }
    }
}
