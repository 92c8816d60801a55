/// The faults of a scenario: each by itself, then what they say about each other.
struct FaultsBuilder {
    static let maximumFaults = 1_000

    let items: [Value]
    let fleet: Fleet
    let isFleetGood: Bool
    let phases: Phases
    let log: ProblemLog

    private var targets: TargetBuilder { TargetBuilder(fleet: fleet, isFleetGood: isFleetGood, log: log) }

    func build() -> [PlannedFault] {
        if items.count > Self.maximumFaults {
            log.error(
                items[Self.maximumFaults].place, "\(items.count) faults",
                "at most \(Self.maximumFaults); use `every` and `times`")
            return []
        }
        checkReferences()
        return items.filter(\.isSound).map(planned)
    }

    // MARK: - One fault

    private func planned(_ item: Value) -> PlannedFault {
        let kind: FaultKind = item.word("kind")
        let fault = fault(item, kind)
        let target = target(item, kind) ?? .none
        let start = start(item, kind)
        let duration = item["for"]?.quantity
        if fault.isIrreversible, !item.flag("allow-irreversible") {
            log.error(
                item.at("kind").place, "`\(kind.rawValue)` cannot be undone",
                "write `allow-irreversible: true` if that is meant")
        }
        var result = PlannedFault(
            id: item.text("id"), fault: fault, target: target, start: start, duration: duration,
            every: item["every"]?.quantity, times: 1,
            jitter: item.quantity("jitter"), allowIrreversible: item.flag("allow-irreversible"),
            mechanism: item["mechanism"]?.text)
        result.times = times(item, result)
        return result
    }

    private func fault(_ item: Value, _ kind: FaultKind) -> Fault {
        switch kind {
        case .kill: return .kill
        case .restart: return .restart
        case .pause: return .pause
        case .partition: return .partition(reject: item.text("mode") == "reject")
        case .latency: return .latency(delay: item.quantity("delay"), jitter: item.quantity("variation"))
        case .loss: return .loss(item.share("share"))
        case .corrupt: return .corrupt(item.share("share"))
        case .duplicate: return .duplicate(item.share("share"))
        case .reorder: return .reorder(item.share("share"), by: item.quantity("by"))
        case .bandwidth: return .bandwidth(item.quantity("limit"))
        case .diskFill: return .diskFill(to: item.share("fill-to"))
        case .diskSlow:
            if item.quantity("delay") == 0, item.share("errors") == .zero {
                log.error(
                    item.place, "a slow disk that is neither slow nor fails", "write `delay: 50ms` or `errors: 5%`")
            }
            return .diskSlow(delay: item.quantity("delay"), errors: item.share("errors"))
        case .cpu: return .cpu(load: item.share("load"))
        case .memory:
            let kills = item.text("effect") == "kill"
            if !kills, item["for"] == nil { log.error(item.place, "a stall without an end", "write `for: 30s`") }
            return .memory(kill: kills, stretch: item.int("stretch"))
        case .clock:
            if item.quantity("offset") == 0, item.quantity("drift") == 0 {
                log.error(item.place, "a clock fault that changes nothing", "write `offset: 5s` or `drift: 200`")
            }
            return .clock(offset: item.quantity("offset"), driftPPM: item.quantity("drift"))
        case .hostDown: return .hostDown(power: item.flag("power"))
        case .credential: return .credential(rotate: item.text("change") == "rotate")
        case .procedure:
            return .procedure(action: item.word("action"), takes: item.quantity("takes"), limit: item.quantity("limit"))
        case .rollingRestart: return .rollingRestart(rollingRestart(item))
        }
    }

    private func rollingRestart(_ item: Value) -> RollingRestart {
        var seen: Set<Int> = []
        let groups = item.items("groups").map { group in
            group.items.flatMap { name -> [Int] in
                let agents = fleet.agents.indices.filter {
                    fleet.agents[$0].name == name.text || fleet.agents[$0].group == name.text
                }
                if agents.isEmpty, isFleetGood {
                    log.error(
                        name.place, "no agent or group `\(name.text)`",
                        NearestWord.hint(
                            name.text, among: TargetBuilder.unique(fleet.agents.map(\.group)) + fleet.agents.map(\.name)
                        ))
                }
                for agent in agents where !seen.insert(agent).inserted {
                    log.error(name.place, "`\(fleet.agents[agent].name)` is restarted twice", "name it once")
                }
                return agents
            }
        }
        return RollingRestart(
            groups: groups, gate: item.quantity("gate"), gateLimit: item.quantity("gate-limit"),
            badVersion: item.share("bad-version"))
    }

    private func target(_ item: Value, _ kind: FaultKind) -> Target? {
        switch kind {
        case .partition, .latency, .loss, .corrupt, .duplicate, .reorder, .bandwidth: return targets.link(item)
        case .diskFill, .diskSlow, .hostDown, .clock: return targets.hosts(item.at("target"))
        case .cpu, .memory:
            let target = item.at("target")
            return TargetBuilder.isHostOnly(target) ? targets.hosts(target) : targets.members(target, of: kind)
        case .rollingRestart: return Target.none
        case .procedure: return procedureTarget(item)
        default: return targets.members(item.at("target"), of: kind)
        }
    }

    /// Without a target, a procedure acts on all that it can act on.
    private func procedureTarget(_ item: Value) -> Target? {
        let action: ProcedureAction = item.word("action")
        let isForHubs = action == .partitionHandlingOff
        guard let value = item["target"] else {
            switch action {
            case .restartComponent:
                log.error(item.place, "`restart-component` without a target", "write `target: { name: … }`")
                return nil
            case .partitionHandlingOff:
                return .members(Selector(candidates: fleet.hubs.indices.map { .hub($0) }, pick: .all, sameHost: false))
            case .failBack, .rollBack:
                return .members(
                    Selector(candidates: fleet.agents.indices.map { .agent($0) }, pick: .all, sameHost: false))
            }
        }
        guard let target = targets.members(value, of: .procedure) else { return nil }
        guard action != .restartComponent, case .members(let selector) = target else { return target }
        let fits = selector.candidates.allSatisfy { member in
            switch member {
            case .hub: isForHubs
            case .agent: !isForHubs
            default: false
            }
        }
        if !fits {
            log.error(
                value.place, "`\(action.rawValue)` acts on \(isForHubs ? "hubs" : "agents")",
                "write `\(isForHubs ? "kind: hub" : "kind: agent")`, or leave the target out")
        }
        return target
    }

    // MARK: - When

    private func start(_ item: Value, _ kind: FaultKind) -> PlannedFault.Start {
        // A latency's `delay` is the latency itself, a slow disk's what each write takes longer.
        let delay = kind == .latency || kind == .diskSlow ? nil : item["delay"]
        let given = ["at", "after", "after-start"].filter { item[$0] != nil }
        if given.count != 1 {
            let names = given.map { "`\($0)`" }.joined(separator: " and ")
            log.error(
                item.place, given.isEmpty ? "`\(item.text("id"))` does not say when" : "\(names) at once",
                "write one of `at: 5s`, `after: ID`, `after-start: ID`")
        }
        if item["at"] != nil, let delay, delay.quantity != 0 {
            log.error(delay.place, "`delay` with `at`", "add it to `at`")
        }
        if let after = item["after"] { return .after(after.text, delay?.quantity ?? 0) }
        if let after = item["after-start"] { return .afterStart(after.text, delay?.quantity ?? 0) }
        return .at(item["at"]?.quantity ?? 0)
    }

    /// How often, and whether all of it fits into the phase.
    private func times(_ item: Value, _ fault: PlannedFault) -> Int {
        let written = item["times"]
        guard let every = fault.every else {
            if let written {
                log.error(written.place, "`times` without `every`", "write `every: 2min`, or leave it out")
            }
            checkEnd(item, fault, times: 1, every: 0)
            return 1
        }
        let length = (fault.duration ?? 0) + fault.jitter
        if every < length {
            log.error(
                item.at("every").place,
                "`\(fault.id)` begins again every \(show(every)) but takes \(show(length))",
                "make `every` longer than `for` and `jitter` together")
        }
        guard case .at(let at) = fault.start else {
            if written == nil {
                log.error(item.at("every").place, "`every` after another fault needs `times`", "write how often")
            }
            return written?.int ?? 1
        }
        if let written {
            checkEnd(item, fault, times: written.int, every: every)
            return written.int
        }
        checkEnd(item, fault, times: 1, every: every)
        let room = phases.faults - at - length
        guard room >= 0 else { return 1 }
        // A fault without a length must begin before the end.
        let count = room / every + (fault.duration == nil && room % every == 0 && room > 0 ? 0 : 1)
        guard count <= Int64(Occurrence.maximum) else {
            log.error(
                item.at("every").place, "\(count) repetitions",
                "at most \(Occurrence.maximum); make `every` longer or write `times`")
            return 1
        }
        return Int(count)
    }

    private func checkEnd(_ item: Value, _ fault: PlannedFault, times: Int, every: Nanoseconds) {
        guard case .at(let at) = fault.start, let place = item["at"]?.place, phases.faults > 0 else { return }
        let (repeated, overflow) = every.multipliedReportingOverflow(by: Int64(times - 1))
        let last = overflow || repeated > ScalarRule.longest ? ScalarRule.longest : repeated
        let end = at + last + fault.jitter + (fault.duration ?? 0)
        if at >= phases.faults {
            log.error(
                place, "`\(fault.id)` begins at \(show(at)), past its phase of \(show(phases.faults))",
                "begin earlier, or make the phase longer")
        } else if end > phases.faults {
            let jitter = fault.jitter > 0 ? " with its jitter" : ""
            let which = times > 1 ? " repeated \(times) times" : ""
            log.error(
                item["for"]?.place ?? place,
                "`\(fault.id)`\(which) ends at \(show(end))\(jitter), past its phase of \(show(phases.faults))",
                "shorten it, begin earlier, or make the phase longer")
        }
    }

    private func show(_ time: Nanoseconds) -> String { ScalarText.show(time, .duration) }

    // MARK: - Each other

    private func checkReferences() {
        var index: [String: Int] = [:]
        for (position, item) in items.enumerated() {
            let id = item.text("id")
            guard !id.isEmpty else { continue }
            if index[id] != nil {
                log.error(item.at("id").place, "a second fault called `\(id)`", "ids are unique")
            } else {
                index[id] = position
            }
        }
        var next = [Int?](repeating: nil, count: items.count)
        for (position, item) in items.enumerated() {
            guard let reference = item["after"] ?? item["after-start"], !reference.text.isEmpty else { continue }
            guard let other = index[reference.text] else {
                log.error(
                    reference.place, "no fault `\(reference.text)`",
                    NearestWord.hint(reference.text, among: items.map { $0.text("id") }.filter { !$0.isEmpty }))
                continue
            }
            next[position] = other
            if item["every"] != nil, items[other]["every"] != nil {
                log.error(
                    reference.place, "`every` after a fault that repeats itself",
                    "leave `every` out: it follows each repetition")
            }
        }
        checkCycles(next)
    }

    private func checkCycles(_ next: [Int?]) {
        var state = [Int](repeating: 0, count: next.count)
        for start in next.indices where state[start] == 0 {
            var chain: [Int] = []
            var position = start
            while state[position] == 0 {
                state[position] = 1
                chain.append(position)
                guard let following = next[position] else { break }
                position = following
            }
            if state[position] == 1, let first = chain.firstIndex(of: position), next[position] != nil {
                let names = (chain[first...] + [position]).map { "`\(items[$0].text("id"))`" }.joined(
                    separator: " after ")
                let item = items[position]
                log.error(
                    (item["after"] ?? item["after-start"])?.place ?? item.place, "a cycle: \(names)",
                    "begin one of them `at` a time")
            }
            for visited in chain { state[visited] = 2 }
        }
    }
}
