import ChaosPlan

/// Whether a mechanism's reaction speaks of what a planned fault hit.
struct Concern {
    /// Processes and hosts hit, and links by their names in the journal.
    let names: Set<String>
    /// Host names on the two sides of each link hit.
    private var links: [(String, String)] = []
    private var hostOf: [String: String] = [:]

    /// Of all instances of `faults`, as far as the run `log` tells of shows whom they hit.
    init(faults: Set<String>, schedule: Schedule, log: MechanismLog, fleet: Fleet) {
        var names: Set<String> = []
        for (index, instance) in schedule.instances.enumerated() where faults.contains(instance.faultID) {
            names.formUnion(log.targets[index])
            switch instance.targets {
            case .link(let from, let to, _):
                let (a, b) = (fleet.hosts[from].name, fleet.hosts[to].name)
                if !links.contains(where: { $0 == (a, b) }) { links.append((a, b)) }
                names.formUnion(["\(a)-\(b)", "\(b)-\(a)", "\(a)>\(b)", "\(b)>\(a)"])
            case .hosts(let hosts): names.formUnion(hosts.map { fleet.hosts[$0].name })
            case .members, .leader: break
            }
        }
        for member in fleet.members { hostOf[fleet.name(of: member)] = fleet.hosts[fleet.host(of: member)].name }
        self.names = names
    }

    func covers(_ reaction: Reaction) -> Bool {
        // Those that name nobody react to the fleet as a whole, the fault's targets among it.
        if reaction.about.isEmpty || names.contains(reaction.about) || names.contains(reaction.by) { return true }
        return cuts(Self.caller(reaction.by), reaction.about)
    }

    /// Whether a link between these two processes was hit.
    func cuts(_ a: String, _ b: String) -> Bool {
        guard !links.isEmpty, let from = hostOf[a], let to = hostOf[b] else { return false }
        return links.contains { $0 == (from, to) || $0 == (to, from) }
    }

    /// Of an edge `A>B` its caller, of anything else the name itself.
    static func caller(_ by: String) -> String { String(by.prefix { $0 != ">" }) }
}
