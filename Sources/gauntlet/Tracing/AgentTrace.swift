import ChaosPlan

/// Picks from a journal what touches one agent: itself, its hubs, its host, whom it calls, and what concerns everyone.
struct AgentTrace {
    private(set) var lines: [TraceLine] = []

    private let agent: Int
    private let header: JournalHeader
    private let name: String
    private let host: Int
    private let agents: Set<String>
    /// Names near the agent, with how they are.
    private let relations: [String: String]
    private var downSince: Nanoseconds?
    private var phase = Phase.baseline
    private var inForce: [Int] = []

    init(agent: Int, fleet: Fleet, header: JournalHeader) {
        self.agent = agent
        self.header = header
        name = fleet.agents[agent].name
        host = fleet.agents[agent].host
        agents = Set(fleet.agents.map(\.name))
        var relations: [String: String] = [:]
        for edge in fleet.calls where edge.caller == agent {
            switch edge.callee {
            case .agent(let callee): relations[fleet.agents[callee].name] = "calls \(fleet.agents[callee].name)"
            case .store(let store): relations[fleet.stores[store].name] = "calls \(fleet.stores[store].name)"
            case .hub: break
            }
        }
        if let standby = fleet.agents[agent].standby {
            relations[fleet.agents[standby].name] = "standby \(fleet.agents[standby].name)"
        }
        for server in fleet.broker.servers where server.host == fleet.agents[agent].host {
            relations[server.name] = "broker \(server.name)"
        }
        if let hub = fleet.secondaryHub(ofAgent: agent) {
            relations[fleet.hubs[hub].name] = "other hub \(fleet.hubs[hub].name)"
        }
        if let hub = fleet.primaryHub(ofAgent: agent) {
            relations[fleet.hubs[hub].name] = "its hub \(fleet.hubs[hub].name)"
        }
        relations[name] = "itself"
        self.relations = relations
    }

    var hostName: String { header.hosts[host] }

    /// How things stood when the window began.
    private(set) var before = "up, baseline"

    /// A record before the window: only what still holds at its start matters.
    mutating func pass(_ record: JournalRecord) {
        switch record.event {
        case .availability(agent, let up): downSince = up ? nil : record.time
        case .phase(let phase): self.phase = phase
        case .fault(let event):
            inForce.removeAll { $0 == event.instance }
            if event.state == .effective { inForce.append(event.instance) }
        default: return
        }
        let state = downSince.map { "down since \(Clock.text($0))" } ?? "up"
        let faults = inForce.map { header.faults[$0].id }.joined(separator: ", ")
        before = "\(state), \(phase.rawValue)\(faults.isEmpty ? "" : ", in force: \(faults)")"
    }

    /// A record within the window.
    mutating func consume(_ record: JournalRecord) {
        guard let (relation, text) = line(for: record.event) else { return }
        lines.append(TraceLine(time: record.time, relation: relation, text: text))
    }

    /// By time; what happened at one instant stays in the journal's order.
    mutating func sort() {
        lines = lines.enumerated().sorted { ($0.element.time, $0.offset) < ($1.element.time, $1.offset) }.map(\.element)
    }

    private func line(for event: JournalEvent) -> (relation: String, text: String)? {
        switch event {
        case .phase(let phase): ("run", "phase \(phase.rawValue)")
        case .fault(let event): fault(event)
        case .availability(agent, let up):
            ("itself", up ? "up: a client was answered again" : "DOWN: a client was not answered")
        case .availability: nil
        case .mechanism(let event): mechanism(event)
        case .subjectWindow(agent, let length, let requests, let succeeded):
            ("itself", "\(succeeded) of \(requests) requests answered in the \(Clock.text(length)) from here")
        // Lag grows each second until the registries agree; that they do not is said once.
        case .subjectWindow, .window, .totals, .hub(.lag): nil
        case .violation(let invariant, let subject, let detail):
            relation(of: subject).map { ($0, "VIOLATION of \(invariant): \(detail)") }
        case .disk(let host, let used, let level):
            host == self.host
                ? ("host \(hostName)", "disk \(level.rawValue), \(Int((used.fraction * 100).rounded())) % used") : nil
        case .procedure(let instance, let took, let succeeded):
            (
                "run",
                "procedure \(header.faults[instance].id) \(succeeded ? "done" : "failed") after \(Clock.text(took))"
            )
        case .hub(.diverged): ("hubs", "their registries differ from now on")
        case .hub(.agreed(let conflicts)):
            ("hubs", "their registries agree again, \(conflicts) conflict\(conflicts == 1 ? "" : "s")")
        case .abort(let rule): ("run", "ABORT: \(rule)")
        case .interrupted: ("run", "interrupted by the operator")
        case .exposure(let exposure):
            relation(of: exposure.location).map {
                ($0, "EXPOSED in its \(exposure.place.rawValue): \(exposure.what)")
            }
        case .alert(let alert):
            alert.identity["agent"].flatMap { relation(of: $0) }.map {
                ($0, "alert \(alert.identity.name) \(alert.isFiring ? "firing" : "resolved")")
            }
        case .audited, .monitored, .load: nil
        case .end: ("run", "end")
        }
    }

    /// Every fault in the window is shown: what hits others is the context of what happens here.
    private func fault(_ event: FaultEvent) -> (String, String) {
        let entry = header.faults[event.instance]
        let shown = event.targets.prefix(4).joined(separator: ", ")
        let targets = shown + (event.targets.count > 4 ? ", … (\(event.targets.count))" : "")
        let text = [
            "fault \(entry.id) (\(entry.kind)) \(event.state.rawValue)", targets.isEmpty ? "" : ": \(targets)",
            event.evidence.isEmpty ? "" : " [\(event.evidence)]",
        ]
        return (relation(of: event), text.joined())
    }

    private func relation(of event: FaultEvent) -> String {
        if event.subjects.contains(agent) { return "itself" }
        if let near = event.targets.compactMap({ relations[$0] }).first { return near }
        // The target of a link fault names its two ends.
        let ends = event.targets.flatMap { $0.split(whereSeparator: { $0 == ">" || $0 == "-" }) }
        return ends.contains(Substring(hostName)) ? "host \(hostName)" : "run"
    }

    private func mechanism(_ event: MechanismEvent) -> (String, String)? {
        // What other agents do about a hub or a callee is their story: a hub has forty of them.
        let ofOthers = agents.contains(event.by) || event.by.contains(">")
        let about = event.about == name || !ofOthers ? relation(of: event.about) : nil
        guard let relation = relation(of: event.by) ?? about else { return nil }
        let change = event.from.isEmpty && event.to.isEmpty ? "" : ": \(event.from) → \(event.to)"
        let whom = event.about.isEmpty || event.about == event.by ? "" : " about \(event.about)"
        let role = event.role == .change ? "" : " \(event.role.rawValue)"
        return (relation, "\(event.mechanism.rawValue)\(role) by \(event.by)\(whom)\(change)")
    }

    /// Of a member, or of an edge `A>B` at whose ends it may stand: the agent's own first.
    private func relation(of member: String) -> String? {
        if let relation = relations[member] { return relation }
        let ends = member.split(separator: ">").map(String.init)
        guard ends.count == 2 else { return nil }
        return ends.contains(name) ? "itself" : nil
    }
}
