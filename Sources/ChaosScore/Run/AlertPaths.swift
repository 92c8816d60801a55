import ChaosPlan

/// Which members of a fleet feel a fault: those hit, and whoever leans on one of them, directly or not.
///
/// An agent leans on those it calls (a fallback does not hide the trouble from it), on its hub and on the broker servers that
/// it publishes to. A hub feels the end of its peer, a broker server that of another, but who leans on them does not for that.
struct AlertPaths {
    private let places: Places
    private let members: Set<String>
    private let hosts: Set<String>
    /// Of each member, who leans on it directly.
    private var leaning: [String: Set<String>] = [:]
    private var peers: [Set<String>]

    init(fleet: Fleet, places: Places) {
        self.places = places
        members = Set(fleet.members.map { fleet.name(of: $0) })
        hosts = Set(fleet.hosts.map(\.name))
        peers = [Set(fleet.hubs.map(\.name)), Set(fleet.broker.servers.map(\.name))]
        for call in fleet.calls {
            let callee: String? =
                switch call.callee {
                case .agent(let index): fleet.agents[index].name
                case .store(let index): fleet.stores[index].name
                case .hub: fleet.primaryHub(ofAgent: call.caller).map { fleet.hubs[$0].name }
                }
            if let callee { lean(fleet.agents[call.caller].name, on: callee) }
        }
        for (index, agent) in fleet.agents.enumerated() {
            if let hub = fleet.primaryHub(ofAgent: index) { lean(agent.name, on: fleet.hubs[hub].name) }
            let local = fleet.broker.servers.filter { $0.host == agent.host }
            let used = fleet.broker.mode == .leaf && !local.isEmpty ? local : fleet.broker.servers
            for server in used { lean(agent.name, on: server.name) }
        }
    }

    private mutating func lean(_ one: String, on other: String) { leaning[other, default: []].insert(one) }

    /// What a fault with these targets (`FaultEvent.targets`) reaches.
    func reach(of targets: [String]) -> Reach {
        var reached: Set<String> = []
        var touched = hosts.intersection(targets)
        var open = targets.filter(members.contains)
        var felt: Set<String> = []
        for link in targets.compactMap(places.link) {
            touched.formUnion([link.0, link.1])
            for (callee, callers) in leaning {
                for caller in callers where isAcross(caller, callee, link) { open.append(caller) }
            }
            for group in peers {
                for one in group where group.contains(where: { isAcross(one, $0, link) }) { felt.insert(one) }
            }
        }
        let hit = Set(open)
        while let member = open.popLast() {
            if reached.insert(member).inserted { open += leaning[member] ?? [] }
        }
        for group in peers where !group.isDisjoint(with: hit) { reached.formUnion(group) }
        reached.formUnion(felt)
        return Reach(members: reached, hosts: touched.union(reached.compactMap { places.host(of: $0) }))
    }

    private func isAcross(_ one: String, _ other: String, _ link: (String, String)) -> Bool {
        let ends = (places.host(of: one), places.host(of: other))
        return ends == (link.0, link.1) || ends == (link.1, link.0)
    }

    struct Reach {
        var members: Set<String>
        var hosts: Set<String>
    }

    /// Keys whose value may name a member or a host.
    private static let keys = ["fault_target", "agent", "instance", "host"]

    /// Whether an alert may speak of a fault that reaches this far: a member that it names must be reached, or else the host
    /// that it names; one that names neither may speak of anything.
    func concerns(_ alert: AlertEvent.Identity, _ reach: Reach) -> Bool {
        let named = Self.keys.compactMap { alert[$0] }
        let someMembers = named.filter(members.contains)
        if !someMembers.isEmpty { return someMembers.contains(where: reach.members.contains) }
        let someHosts = named.filter(hosts.contains)
        return someHosts.isEmpty || someHosts.contains(where: reach.hosts.contains)
    }
}
