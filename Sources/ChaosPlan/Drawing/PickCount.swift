extension Pick {
    /// How many of `candidates` are picked: at least one where there is anything to pick from.
    public func count(of candidates: Int) -> Int {
        guard candidates > 0 else { return 0 }
        switch self {
        case .one, .leader, .mostDependedUpon: return 1
        case .all: return candidates
        case .minority: return Swift.max(1, (candidates - 1) / 2)
        case .majority: return candidates / 2 + 1
        case .count(let count): return Swift.min(count, candidates)
        case .share(let share): return Swift.max(1, Swift.min(candidates, share.roundedUp(of: candidates)))
        }
    }
}

extension Selector {
    /// With `same: host`: the hosts that have enough candidates (for `all`: any), in fleet order.
    func eligibleHosts(in fleet: Fleet) -> [Int] {
        var perHost = [Int](repeating: 0, count: fleet.hosts.count)
        for member in candidates { perHost[fleet.host(of: member)] += 1 }
        let needed = pick == .all ? 1 : pick.count(of: candidates.count)
        return perHost.indices.filter { perHost[$0] >= needed && perHost[$0] > 0 }
    }
}
