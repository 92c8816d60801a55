/// What only shows when all faults are seen together: overlaps and the blast radius.
struct PlanChecks {
    let plan: Plan
    let faultValues: [Value]
    let safety: Value?
    let log: ProblemLog

    func run() {
        RemoteFaults(plan: plan, faultValues: faultValues, log: log).run()
        let occurrences = Occurrence.expand(plan.faults, phases: plan.phases)
        guard !occurrences.isEmpty, faultValues.count == plan.faults.count else {
            if !plan.faults.isEmpty, log.errorCount == 0, let first = faultValues.first {
                log.error(first.place, "more than \(Occurrence.maximum) fault instances in all", "repeat less often")
            }
            return
        }
        guard let together = Concurrency.sets(of: occurrences) else {
            if let first = faultValues.first {
                log.error(
                    first.place, "too many faults are in force together, too often",
                    "repeat less often or write fewer faults")
            }
            return
        }
        checkOverlaps(occurrences, together)
        checkBlastRadius(occurrences, together)
        checkFollowers(occurrences)
    }

    // MARK: - Overlaps

    private func checkOverlaps(_ occurrences: [Occurrence], _ together: [[Int]]) {
        // Whether two faults contradict each other is the same for all their repetitions: each pair is looked at once.
        let count = plan.faults.count
        var isSeen = [Bool](repeating: false, count: count * count)
        for active in together where active.count > 1 {
            // Those that were there before have met each other already.
            let now = active.map { occurrences[$0].earliest }.max() ?? 0
            for second in active where occurrences[second].earliest == now {
                for first in active {
                    let (a, b) = (occurrences[first].fault, occurrences[second].fault)
                    let pair = Swift.min(a, b) * count + Swift.max(a, b)
                    guard a != b, !isSeen[pair] else { continue }
                    isSeen[pair] = true
                    report(Swift.min(a, b), Swift.max(a, b), at: now - plan.phases.faultsStart)
                }
            }
        }
    }

    /// A fault after others may end in the recovery phase, but one that begins there is rarely meant.
    private func checkFollowers(_ occurrences: [Occurrence]) {
        var isWarned = [Bool](repeating: false, count: plan.faults.count)
        for occurrence in occurrences where occurrence.earliest >= plan.phases.faultsEnd && !isWarned[occurrence.fault]
        {
            isWarned[occurrence.fault] = true
            let start = ScalarText.show(occurrence.earliest - plan.phases.faultsStart, .duration)
            log.warning(
                faultValues[occurrence.fault].at("id").place,
                "`\(occurrence.id)` will begin about \(start) into the faults phase, which ends at \(ScalarText.show(plan.phases.faults, .duration))",
                "make the phase longer, or what it follows shorter")
        }
    }

    private func report(_ a: Int, _ b: Int, at time: Nanoseconds) {
        guard !follows(a, b), !follows(b, a), let common = contradiction(plan.faults[a], plan.faults[b]) else { return }
        let (first, second) = (plan.faults[a], plan.faults[b])
        log.error(
            faultValues[b].at("id").place,
            "`\(second.id)` (\(second.fault.kind.rawValue)) and `\(first.id)` (\(first.fault.kind.rawValue)) hit \(common) at once, \(ScalarText.show(time, .duration)) into the faults phase",
            "separate them in time or give them different targets")
    }

    /// Whether `a` begins only after the revert of `b`, directly or not.
    private func follows(_ a: Int, _ b: Int) -> Bool {
        var id = plan.faults[a].start
        for _ in plan.faults {
            switch id {
            case .at: return false
            case .after(let other, _):
                if other == plan.faults[b].id { return true }
                guard let next = plan.faults.first(where: { $0.id == other }) else { return false }
                id = next.start
            case .afterStart(let other, _):
                guard other != plan.faults[b].id, let next = plan.faults.first(where: { $0.id == other }) else {
                    return false
                }
                id = next.start
            }
        }
        return false
    }

    /// What both change in ways that exclude each other; nil if nothing, or nothing for certain.
    private func contradiction(_ a: PlannedFault, _ b: PlannedFault) -> String? {
        let isSameKind = a.fault.kind == b.fault.kind
        if case .link(let from, let to, let oneWay) = a.target,
            case .link(let otherFrom, let otherTo, let otherOneWay) = b.target
        {
            let isSameWay = (from, to) == (otherFrom, otherTo)
            let isOtherWay = (from, to) == (otherTo, otherFrom)
            guard isSameKind, isSameWay || (isOtherWay && !(oneWay && otherOneWay)) else { return nil }
            return "the link \(plan.fleet.hosts[from].name)–\(plan.fleet.hosts[to].name)"
        }
        let hosts = certainHosts(a).intersection(certainHosts(b))
        if let host = hosts.min(), isSameKind { return plan.fleet.hosts[host].name }
        let areBothLife = a.fault.decidesLife && b.fault.decidesLife
        guard isSameKind || areBothLife else { return nil }
        let members = Set(certainMembers(a)).intersection(certainMembers(b))
        return plan.fleet.members.first { members.contains($0) }.map { plan.fleet.name(of: $0) }
    }

    private func certainHosts(_ fault: PlannedFault) -> Set<Int> {
        guard case .hosts(let selector) = fault.target,
            selector.pick.count(of: selector.candidates.count) == selector.candidates.count
        else { return [] }
        return Set(selector.candidates)
    }

    /// Those that are hit whatever the seed.
    private func certainMembers(_ fault: PlannedFault) -> [Member] {
        switch fault.target {
        case .members(let selector):
            if selector.candidates.count > 1, selector.pick == .leader || selector.pick == .mostDependedUpon {
                return []
            }
            if selector.sameHost, selector.eligibleHosts(in: plan.fleet).count != 1 { return [] }
            let isAll = selector.pick.count(of: selector.candidates.count) == selector.candidates.count
            return isAll ? selector.candidates : []
        case .hosts:
            let hosts = certainHosts(fault)
            return plan.fleet.members.filter { hosts.contains(plan.fleet.host(of: $0)) }
        case .link, .none: return []
        }
    }

    // MARK: - Blast radius

    private func checkBlastRadius(_ occurrences: [Occurrence], _ together: [[Int]]) {
        guard let radius = safety?["blast-radius"], radius.isSound else { return }
        let bounds = plan.faults.map { TargetBound.of($0, fleet: plan.fleet) }
        var most = (agents: 0, hosts: 0)
        var at = (agents: [Int](), hosts: [Int]())
        for active in together {
            let faults = active.map { occurrences[$0].fault }
            let bound = TargetBound.together(faults.map { bounds[$0] }, fleet: plan.fleet)
            if bound.agentCount > most.agents { (most.agents, at.agents) = (bound.agentCount, faults) }
            if bound.hostCount > most.hosts { (most.hosts, at.hosts) = (bound.hostCount, faults) }
        }
        if let ceiling = plan.safety.hosts, most.hosts > ceiling, let value = radius["hosts"] {
            log.error(
                value.place,
                "up to \(most.hosts) hosts are targeted at once (\(names(at.hosts))), above the ceiling of \(ceiling)",
                "raise the ceiling or separate the faults")
        }
        let total = plan.fleet.agents.count
        if let ceiling = plan.safety.agents, Int64(most.agents) * 1_000_000 > ceiling.partsPerMillion * Int64(total),
            let value = radius["agents"]
        {
            log.error(
                value.place,
                "up to \(most.agents) of \(total) agents are targeted at once (\(names(at.agents))), above the ceiling of \(ScalarText.show(ceiling.partsPerMillion, .share))",
                "raise the ceiling or pick fewer")
        }
    }

    private func names(_ faults: [Int]) -> String {
        let ids = TargetBuilder.unique(faults.map { plan.faults[$0].id })
        return ids.prefix(4).map { "`\($0)`" }.joined(separator: ", ") + (ids.count > 4 ? ", …" : "")
    }
}

extension Fault {
    /// Whether it decides if a process runs; two such faults on one process contradict each other.
    var decidesLife: Bool {
        switch self {
        case .kill, .restart, .pause, .hostDown, .memory(kill: true, _): true
        default: false
        }
    }
}
