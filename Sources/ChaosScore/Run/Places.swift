import ChaosPlan

/// Who lives where, by name, as the fleet says.
struct Places {
    private var hostOf: [String: String] = [:]
    private let hosts: Set<String>
    private var replaceable: Set<String> = []
    /// Names of the processes on each host.
    let members: [(host: String, names: [String])]

    init(fleet: Fleet) {
        hosts = Set(fleet.hosts.map(\.name))
        var names: [[String]] = fleet.hosts.map { _ in [] }
        for member in fleet.members {
            let host = fleet.host(of: member)
            names[host].append(fleet.name(of: member))
            hostOf[fleet.name(of: member)] = fleet.hosts[host].name
        }
        members = zip(fleet.hosts, names).map { ($0.name, $1) }
        for agent in fleet.agents where agent.standby != nil { replaceable.insert(agent.name) }
    }

    /// The host of a process, of a host itself, or of the caller on an edge `A>B`.
    func host(of name: String) -> String? {
        if let host = hostOf[name] { return host }
        if hosts.contains(name) { return name }
        guard let arrow = name.firstIndex(of: ">") else { return nil }
        return hostOf[String(name[..<arrow])]
    }

    /// Whether somebody stands by for this agent.
    func hasStandby(_ agent: String) -> Bool { replaceable.contains(agent) }

    /// The two hosts of `A-B` or `A>B`. Host names may hold dashes themselves, so every split is tried.
    func link(_ text: String) -> (String, String)? {
        for at in text.indices where text[at] == "-" || text[at] == ">" {
            let from = String(text[..<at])
            let to = String(text[text.index(after: at)...])
            if hosts.contains(from), hosts.contains(to) { return (from, to) }
        }
        return nil
    }
}
