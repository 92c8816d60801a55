/// Value tree to fleet: resolves names to indices and expands groups. Shapes are right by now; names may be wrong.
struct FleetBuilder {
    let root: Value
    let log: ProblemLog
    private var hostIndex: [String: Int] = [:]
    private var agentIndex: [String: Int] = [:]
    private var storeIndex: [String: Int] = [:]
    private var classIndex: [String: Int] = [:]
    private var profiles: [String: Fleet.Service] = [:]
    /// Agents of each group, and the groups in file order.
    private var groupAgents: [String: [Int]] = [:]
    private var groups: [String] = []
    /// Names of processes, which must differ from each other: what they are and where they stand.
    private var processes: [String: String] = [:]

    init(_ root: Value, log: ProblemLog) {
        self.root = root
        self.log = log
    }

    /// A fleet in any case; it is good only if no error was logged.
    mutating func build(parameters: [Parameter], digest: UInt64) -> Fleet {
        if !isForeign {
            let needed = ["hubs", "broker", "policies"]
            Self.require(FleetShape.root.keys.filter { needed.contains($0.name) }, in: root, at: "", log)
        }
        let hosts = buildHosts()
        let links = buildLinks()
        buildProfiles()
        let hubs = buildHubs()
        let broker = buildBroker()
        let stores = buildStores()
        let agents = buildAgents()
        let policies = buildPolicies()
        for (index, callClass) in policies.callClasses.enumerated() { classIndex[callClass.name] = index }
        var fleet = Fleet(
            name: root.text("name"), summary: root["summary"]?.text ?? "", hosts: hosts, links: links,
            localDelay: root.quantity("local-delay"), agents: agents, hubs: hubs, broker: broker, stores: stores,
            calls: buildCalls(), policies: policies, parameters: parameters, digest: digest)
        fleet.live = root["live"].map { LiveBuilder($0, fleet: fleet, log: log).build() }
        return fleet
    }

    // MARK: - What only a fleet of our own agents needs

    private var isForeign: Bool { root["live"] != nil }

    private func buildPolicies() -> Policies {
        guard !isForeign || root["policies"] != nil else { return Policies(callClasses: []) }
        return PoliciesBuilder(root["policies"] ?? .missing(root.place), isForeign: isForeign, log: log).build()
    }

    /// Complains about each key that is not there, as the shapes do about those that every fleet needs.
    static func require(_ keys: [ObjectShape.Key], in value: Value, at path: String, _ log: ProblemLog) {
        guard case .object = value.content else { return }
        for key in keys where value[key.name] == nil {
            let place = path.isEmpty ? "" : " in `\(path)`"
            log.error(
                value.place, "no `\(key.name)`\(place)", "write `\(key.name): \(key.shape.example)` (\(key.summary))")
        }
    }

    // MARK: - Machines

    private mutating func buildHosts() -> [Fleet.Host] {
        var hosts: [Fleet.Host] = []
        for item in root.items("hosts") {
            let name = item.text("name")
            if !name.isEmpty {
                if hostIndex[name] != nil {
                    log.error(item.at("name").place, "a second host called `\(name)`", "names are unique")
                }
                if name == "any" {
                    log.error(item.at("name").place, "a host called `any`", "targets use that word; choose another")
                }
                hostIndex[name] = hosts.count
            }
            hosts.append(
                Fleet.Host(
                    name: name, cores: item.int("cores"), memory: item.quantity("memory"), disk: item.quantity("disk"),
                    diskUsed: item.share("disk-used")))
        }
        // An unsound fleet without hosts: indices of hosts stay valid for the checks that go on.
        if hosts.isEmpty { hosts.append(Fleet.Host(name: "", cores: 1, memory: 1, disk: 1, diskUsed: .zero)) }
        return hosts
    }

    private func buildLinks() -> [Fleet.Link] {
        var seen: Set<[Int]> = []
        var links: [Fleet.Link] = []
        for item in root.items("links") {
            let ends = item.items("between")
            guard ends.count == 2 else {
                if ends.count > 2 {
                    log.error(item.at("between").place, "a link between \(ends.count) hosts", "write two")
                }
                continue
            }
            guard let a = host(ends[0]), let b = host(ends[1]) else { continue }
            if a == b {
                log.error(
                    ends[1].place, "a link from `\(ends[0].text)` to itself", "`local-delay` is the way within a host")
            }
            if !seen.insert([Swift.min(a, b), Swift.max(a, b)]).inserted {
                log.error(
                    item.place, "a second link between `\(ends[0].text)` and `\(ends[1].text)`",
                    "one link serves both directions")
            }
            links.append(
                Fleet.Link(
                    a: a, b: b, delay: item.quantity("delay"), jitter: item.quantity("jitter"),
                    bandwidth: item.quantity("bandwidth")))
        }
        return links
    }

    private mutating func buildProfiles() {
        for field in root["profiles"]?.fields ?? [] {
            let value = field.value
            profiles[field.key] = Fleet.Service(
                time: value.quantity("time"), spread: value.word("spread"), workers: value.int("workers"),
                queue: value.int("queue"),
                startup: value.quantity("startup"), memory: value.quantity("memory"))
        }
    }

    // MARK: - Processes

    private mutating func buildHubs() -> [Fleet.Hub] {
        let items = root.items("hubs")
        if items.count > 2 { log.error(items[2].place, "\(items.count) hubs", "a fleet has one hub or two") }
        return items.map { item in
            claim(item.at("name"), as: "hub")
            return Fleet.Hub(
                name: item.text("name"), host: host(item.at("host")) ?? 0, port: item["port"]?.int,
                service: service(item.at("profile")))
        }
    }

    private mutating func buildBroker() -> Fleet.Broker {
        guard let item = root["broker"] else { return .absent }
        let servers = item.items("servers").map { server in
            claim(server.at("name"), as: "broker server")
            return Fleet.Broker.Server(
                name: server.text("name"), host: host(server.at("host")) ?? 0, port: server["port"]?.int)
        }
        let (low, high) = (item.quantity("election-min"), item.quantity("election-max"))
        if item.isSound, low > high {
            log.error(item.at("election-max").place, "`election-max` is shorter than `election-min`", "swap them")
        }
        return Fleet.Broker(
            mode: item.word("mode"), servers: servers, service: service(item.at("profile")),
            version: item.text("version"),
            sync: item.word("sync"), syncInterval: item.quantity("sync-interval"), syncTime: item.quantity("sync-time"),
            electionMin: low, electionMax: high, heartbeat: item.quantity("heartbeat"),
            lostQuorum: item.quantity("lost-quorum"),
            ackTimeout: item.quantity("ack-timeout"), ackWait: item.quantity("ack-wait"),
            dedupeWindow: item.quantity("dedupe-window"), maxAckPending: item.int("max-ack-pending"),
            reconnectWait: item.quantity("reconnect-wait"), messageSize: item.quantity("message-size"))
    }

    private mutating func buildStores() -> [Fleet.Store] {
        var stores: [Fleet.Store] = []
        for item in root.items("stores") {
            claim(item.at("name"), as: "store")
            storeIndex[item.text("name")] = stores.count
            stores.append(
                Fleet.Store(
                    name: item.text("name"), kind: item.word("kind"), host: host(item.at("host")) ?? 0,
                    port: item["port"]?.int,
                    service: service(item.at("profile")), writes: item.flag("writes")))
        }
        return stores
    }

    private mutating func buildAgents() -> [Fleet.Agent] {
        var agents: [Fleet.Agent] = []
        var standbys: [Value] = []
        for group in root.items("agents") {
            let name = group.text("group")
            if groupAgents[name] != nil, !name.isEmpty {
                log.error(group.at("group").place, "a second group called `\(name)`", "names are unique")
            }
            groups.append(name)
            let hostOfGroup = host(group.at("host")) ?? 0
            let profile = service(group.at("profile"))
            for member in group.items("members") {
                let own = member["name"] == nil ? nil : member
                let nameValue = own?.at("name") ?? member
                claim(nameValue, as: "agent")
                agentIndex[nameValue.text] = agents.count
                groupAgents[name, default: []].append(agents.count)
                standbys.append(own?["standby"] ?? group.at("standby"))
                agents.append(
                    Fleet.Agent(
                        name: nameValue.text, host: hostOfGroup, group: name,
                        role: own?["role"]?.text ?? group["role"]?.text ?? name, port: own?["port"]?.int,
                        labels: labels(group["labels"], own?["labels"]),
                        service: own?["profile"].map { service($0) } ?? profile, standby: nil))
            }
        }
        checkGroupNames()
        for (index, standby) in standbys.enumerated() {
            agents[index].standby = resolve(standby, of: index, in: agents)
        }
        return agents
    }

    /// In order of the keys' first appearance; a member's value replaces its group's.
    private func labels(_ ofGroup: Value?, _ own: Value?) -> [Fleet.Label] {
        var labels: [Fleet.Label] = []
        for field in (ofGroup?.fields ?? []) + (own?.fields ?? []) {
            if let index = labels.firstIndex(where: { $0.key == field.key }) {
                labels[index].value = field.value.text
            } else {
                labels.append(Fleet.Label(key: field.key, value: field.value.text))
            }
        }
        return labels
    }

    /// `from: NAME` must mean one thing.
    private func checkGroupNames() {
        for group in root.items("agents") {
            let name = group.at("group")
            if let other = processes[name.text] {
                log.error(name.place, "a group called like the \(other) `\(name.text)`", "names are unique")
            }
            if ["all", "hub"].contains(name.text) {
                log.error(name.place, "a group called `\(name.text)`", "calls use that word; choose another")
            }
        }
    }

    private func resolve(_ standby: Value, of agent: Int, in agents: [Fleet.Agent]) -> Int? {
        switch standby.text {
        case "none", "": return nil
        case "next":
            let peers = groupAgents[agents[agent].group] ?? []
            guard peers.count > 1, let position = peers.firstIndex(of: agent) else {
                log.error(standby.place, "`next` in a group of one", "name an agent, or write `none`")
                return nil
            }
            return peers[(position + 1) % peers.count]
        default:
            guard let other = agentIndex[standby.text] else {
                log.error(
                    standby.place, "no agent `\(standby.text)`",
                    NearestWord.hint(standby.text, among: ["next", "none"] + agents.map(\.name)))
                return nil
            }
            if other == agent {
                log.error(standby.place, "`\(standby.text)` is its own standby", "name another agent, or write `none`")
            }
            return other
        }
    }

    // MARK: - Calls

    private func buildCalls() -> [Fleet.CallEdge] {
        var edges: [Fleet.CallEdge] = []
        for item in root.items("calls") where item.isSound {
            let classValue = item.at("class")
            let callClass = classIndex[classValue.text]
            if callClass == nil {
                log.error(
                    classValue.place, "no call class `\(classValue.text)`",
                    NearestWord.hint(
                        classValue.text, among: (root["policies"]?["call-classes"]?.fields ?? []).map(\.key)))
            }
            guard let callee = callee(item.at("to")) else { continue }
            for caller in callers(item.at("from")) where callee != .agent(caller) {
                edges.append(
                    Fleet.CallEdge(
                        caller: caller, callee: callee, share: item.share("share"), callClass: callClass ?? 0,
                        fallback: item.flag("fallback")))
            }
        }
        return edges
    }

    private func callers(_ value: Value) -> [Int] {
        if value.text == "all" { return Array(0..<agentIndex.count) }
        if let group = groupAgents[value.text] { return group }
        if let agent = agentIndex[value.text] { return [agent] }
        log.error(
            value.place, "no agent or group `\(value.text)`",
            NearestWord.hint(value.text, among: ["all"] + groups + agentIndex.keys.sorted()))
        return []
    }

    private func callee(_ value: Value) -> Fleet.Callee? {
        if value.text == "hub" {
            if isForeign, root.items("hubs").isEmpty {
                log.error(value.place, "a call to a hub in a fleet without hubs", "leave it out")
            }
            return .hub
        }
        if let agent = agentIndex[value.text] { return .agent(agent) }
        if let store = storeIndex[value.text] { return .store(store) }
        log.error(
            value.place, "no agent or store `\(value.text)`",
            NearestWord.hint(value.text, among: ["hub"] + storeIndex.keys.sorted() + agentIndex.keys.sorted()))
        return nil
    }

    // MARK: - Names

    private func host(_ value: Value) -> Int? {
        guard value.isSound else { return nil }
        if let index = hostIndex[value.text] { return index }
        log.error(
            value.place, "no host `\(value.text)`",
            NearestWord.hint(value.text, among: root.items("hosts").map { $0.text("name") }))
        return nil
    }

    private func service(_ value: Value) -> Fleet.Service {
        if value.isSound, profiles[value.text] == nil {
            log.error(
                value.place, "no profile `\(value.text)`",
                NearestWord.hint(value.text, among: (root["profiles"]?.fields ?? []).map(\.key)))
        }
        return profiles[value.text]
            ?? Fleet.Service(time: 0, spread: .constant, workers: 1, queue: 0, startup: 0, memory: 0)
    }

    private mutating func claim(_ name: Value, as kind: String) {
        guard !name.text.isEmpty else { return }
        if let other = processes[name.text] {
            log.error(
                name.place, "`\(name.text)` is already the name of \(Self.article(other)) \(other)", "names are unique")
        }
        if ["all", "hub", "next", "none"].contains(name.text) {
            log.error(name.place, "a \(kind) called `\(name.text)`", "the format uses that word; choose another")
        }
        processes[name.text] = kind
    }

    private static func article(_ noun: String) -> String { noun.hasPrefix("a") ? "an" : "a" }
}
