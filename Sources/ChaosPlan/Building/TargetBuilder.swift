/// From a fault's words to the candidates among whom chance will pick.
struct TargetBuilder {
    let fleet: Fleet
    let isFleetGood: Bool
    let log: ProblemLog

    // MARK: - Links

    func link(_ item: Value) -> Target? {
        switch (item["between"], item["from"], item["to"]) {
        case (let between?, nil, nil):
            let ends = between.items
            guard ends.count == 2 else {
                log.error(between.place, "a link between \(ends.count) hosts", "write two")
                return nil
            }
            return link(ends[0], ends[1], oneWay: false)
        case (nil, let from?, let to?): return link(from, to, oneWay: true)
        case (nil, nil, nil):
            log.error(
                item.place, "a link fault that names no link",
                "write `between: [A, B]`, or `from: A` and `to: B` for one direction")
        case (nil, _, _): log.error(item.place, "a direction with one end", "write both `from` and `to`")
        default:
            log.error(
                item.place, "`between` together with `from` or `to`",
                "`between` is both directions, `from` and `to` are one")
        }
        return nil
    }

    private func link(_ a: Value, _ b: Value, oneWay: Bool) -> Target? {
        guard let from = host(a), let to = host(b) else { return nil }
        if from == to {
            log.error(b.place, "a link from `\(a.text)` to itself", "name two hosts")
            return nil
        }
        guard fleet.links.contains(where: { ($0.a, $0.b) == (from, to) || ($0.b, $0.a) == (from, to) }) else {
            if isFleetGood {
                log.error(
                    b.place, "no link between `\(a.text)` and `\(b.text)`", "the fleet's `links` name those there are")
            }
            return nil
        }
        return .link(from: from, to: to, oneWay: oneWay)
    }

    private func host(_ value: Value) -> Int? {
        if let index = fleet.hosts.firstIndex(where: { $0.name == value.text }) { return index }
        if isFleetGood {
            log.error(
                value.place, "no host `\(value.text)`", NearestWord.hint(value.text, among: fleet.hosts.map(\.name)))
        }
        return nil
    }

    // MARK: - Hosts

    func hosts(_ target: Value) -> Target? {
        for key in ["name", "role", "group", "label", "kind", "same"] {
            if let value = target[key] {
                log.error(
                    value.place, "`\(key)` in the target of a fault that acts on hosts",
                    "write `{ host: NAME }` or `{ host: any, pick: one }`")
                return nil
            }
        }
        guard let name = target["host"] else {
            log.error(target.place, "the target names no host", "write `{ host: NAME }` or `{ host: any, pick: one }`")
            return nil
        }
        let candidates: [Int]
        if name.text == "any" {
            candidates = Array(fleet.hosts.indices)
        } else {
            guard let index = host(name) else { return nil }
            candidates = [index]
        }
        let pick = pick(target.at("pick"))
        switch pick {
        case .leader, .mostDependedUpon:
            log.error(
                target.at("pick").place, "`\(target.at("pick").text)` is no host",
                "write a count, a share, `one` or `all`")
            return nil
        default: break
        }
        guard checkCount(pick, candidates.count, target, "host") else { return nil }
        return .hosts(HostSelector(candidates: candidates, pick: pick))
    }

    /// Whether it has only `host` (and `pick`), which for `cpu` and `memory` means the host itself.
    static func isHostOnly(_ target: Value) -> Bool {
        target["host"] != nil && ["name", "role", "group", "label", "kind", "same"].allSatisfy { target[$0] == nil }
    }

    // MARK: - Processes

    func members(_ target: Value, of kind: FaultKind) -> Target? {
        guard let candidates = candidates(target) else { return nil }
        let pickValue = target.at("pick")
        let pick = pick(pickValue)
        guard checkCandidates(candidates, pick, pickValue, target, kind),
            checkCount(pick, candidates.count, target, "process")
        else { return nil }
        let selector = Selector(candidates: candidates, pick: pick, sameHost: target["same"] != nil)
        if selector.sameHost, selector.eligibleHosts(in: fleet).isEmpty {
            log.error(
                target.at("same").place,
                "no host has \(pick.count(of: candidates.count)) of the \(candidates.count) candidates",
                "pick fewer, or leave out `same: host`")
            return nil
        }
        return .members(selector)
    }

    private func candidates(_ target: Value) -> [Member]? {
        let words = ["name", "role", "group", "label", "host", "kind"]
        if words.allSatisfy({ target[$0] == nil }), target.at("pick").text == "all" {
            log.error(
                target.place, "the target names nobody",
                "write `name`, `role`, `group`, `label`, `host`, `kind` or `pick`")
            return nil
        }
        var isKnown = true
        func check(_ key: String, _ known: [String]) {
            guard let value = target[key], !known.contains(value.text) else { return }
            isKnown = false
            if isFleetGood {
                log.error(
                    value.place, "no \(key == "name" ? "process" : key) `\(SourceNode.short(value.text))`",
                    NearestWord.hint(value.text, among: known))
            }
        }
        check("name", fleet.members.map { fleet.name(of: $0) })
        check("role", Self.unique(fleet.agents.map(\.role)))
        check("group", Self.unique(fleet.agents.map(\.group)))
        check("label", Self.unique(fleet.agents.flatMap { $0.labels.map { "\($0.key)=\($0.value)" } }))
        check("host", ["any"] + fleet.hosts.map(\.name))
        guard isKnown else { return nil }
        let found = fleet.members.filter { matches($0, target) }
        if found.isEmpty {
            if isFleetGood {
                log.error(target.place, "nobody matches the target", "its words narrow each other: loosen one")
            }
            return nil
        }
        return found
    }

    private func matches(_ member: Member, _ target: Value) -> Bool {
        let kind: String
        var agent: Fleet.Agent?
        switch member {
        case .agent(let index): (kind, agent) = ("agent", fleet.agents[index])
        case .hub: kind = "hub"
        case .broker: kind = "broker"
        case .store: kind = "store"
        }
        if let wanted = target["kind"]?.text {
            guard wanted == "all" || wanted == kind else { return false }
        } else if target["name"] == nil, kind != "agent" {
            return false
        }
        if let name = target["name"]?.text, fleet.name(of: member) != name { return false }
        if let host = target["host"]?.text, host != "any", fleet.hosts[fleet.host(of: member)].name != host {
            return false
        }
        if let role = target["role"]?.text, agent?.role != role { return false }
        if let group = target["group"]?.text, agent?.group != group { return false }
        if let label = target["label"]?.text,
            agent?.labels.contains(where: { "\($0.key)=\($0.value)" == label }) != true
        {
            return false
        }
        return true
    }

    private func checkCandidates(
        _ candidates: [Member], _ pick: Pick, _ pickValue: Value, _ target: Value, _ kind: FaultKind
    ) -> Bool {
        func all(_ test: (Member) -> Bool) -> Bool { candidates.allSatisfy(test) }
        if pick == .leader, !all({ if case .broker = $0 { true } else { false } }) {
            log.error(pickValue.place, "`leader` among processes that are not broker servers", "write `kind: broker`")
            return false
        }
        if pick == .leader, target["same"] != nil {
            log.error(target.at("same").place, "`same: host` for one leader", "leave it out")
            return false
        }
        if pick == .mostDependedUpon, !all({ if case .agent = $0 { true } else { false } }) {
            log.error(
                pickValue.place, "`most-depended-upon` among processes that are not agents", "write `kind: agent`")
            return false
        }
        if kind == .credential,
            !all({ member in
                switch member {
                case .broker, .store: true
                default: false
                }
            })
        {
            log.error(target.place, "a credential of agents or hubs", "its target is broker servers or stores")
            return false
        }
        return true
    }

    // MARK: - Picks

    private func pick(_ value: Value) -> Pick {
        switch (value.scalarKind, value.text) {
        case (.integer, _): .count(value.int)
        case (.share, _): .share(value.share)
        case (_, "one"): .one
        case (_, "minority"): .minority
        case (_, "majority"): .majority
        case (_, "leader"): .leader
        case (_, "most-depended-upon"): .mostDependedUpon
        default: .all
        }
    }

    private func checkCount(_ pick: Pick, _ available: Int, _ target: Value, _ noun: String) -> Bool {
        guard case .count(let count) = pick, count > available else { return true }
        let plural = noun == "process" ? "processes" : "hosts"
        log.error(
            target.at("pick").place, "\(count) of \(available) \(available == 1 ? noun : plural)",
            "pick at most \(available)")
        return false
    }

    static func unique(_ words: [String]) -> [String] {
        var seen: Set<String> = []
        return words.filter { seen.insert($0).inserted }
    }
}
