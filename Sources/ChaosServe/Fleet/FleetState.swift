package import ChaosPlan

/// A fleet as the journal tells of it, up to the record applied last. Pure: records in, state out.
package struct FleetState: Sendable {
    package struct Fault: Hashable, Sendable {
        package var state: FaultEvent.State
        package var since: Nanoseconds
        package var targets: [String]
        package var subjects: [Int]
    }

    package struct Disk: Hashable, Codable, Sendable {
        package var used: Double
        package var level: String

        package init(used: Double, level: String) {
            self.used = used
            self.level = level
        }
    }

    package struct Happening: Hashable, Codable, Sendable {
        /// Seconds from the start of the run.
        package var at: Double
        package var text: String
        /// Bad news, good news, or neither.
        package var tone: Tone

        package enum Tone: String, Codable, Sendable { case bad, good, plain }
    }

    package let header: JournalHeader
    /// Of the run, as far as the journal has come.
    package private(set) var now: Nanoseconds = 0
    package private(set) var phase: Phase?
    package private(set) var hasEnded = false
    package internal(set) var agents: [AgentState]
    /// Breakers that are not closed, by edge (`A>B`), with their state.
    package internal(set) var breakers: [String: String] = [:]
    /// What hubs say of the link between them, by hub.
    package internal(set) var partitions: [String: (about: String, state: String)] = [:]
    /// The hub that agents have left, by agent.
    package internal(set) var leftHubs: [Int: String] = [:]
    /// Members that are not agents and not well: starting, given up.
    package internal(set) var members: [String: String] = [:]
    /// Names that acted as hubs or were left as hubs.
    package internal(set) var hubsSeen: Set<String> = []
    package private(set) var registriesDiffer = false
    package private(set) var replicationLag: Nanoseconds = 0
    /// By host; nil until something was heard.
    package private(set) var disks: [Disk?]
    /// By instance; nil before its time.
    package private(set) var faults: [Fault?]
    package private(set) var violations = 0
    /// Requests of the fleet in the windows that ended last, and in all.
    package private(set) var lastWindow = (start: Nanoseconds(-1), requests: 0, succeeded: 0)
    package private(set) var requests = 0
    package private(set) var succeeded = 0
    /// The latest last.
    package private(set) var happenings: [Happening] = []

    let agentNumbers: [String: Int]
    /// Faults in force on each agent, and on each other member by name.
    private var hits: [Int]
    private var memberHits: [String: Int] = [:]
    private var downCount = 0
    private var downSince: Nanoseconds = 0
    /// Agent-nanoseconds up to `downSince`.
    private var downIntegral: Nanoseconds = 0

    private static let happeningsKept = 14

    package init(header: JournalHeader) {
        self.header = header
        agents = Array(repeating: [], count: header.subjects.count)
        hits = Array(repeating: 0, count: header.subjects.count)
        disks = Array(repeating: nil, count: header.hosts.count)
        faults = Array(repeating: nil, count: header.faults.count)
        agentNumbers = Dictionary(
            header.subjects.enumerated().map { ($0.element.name, $0.offset) }, uniquingKeysWith: { first, _ in first })
    }

    // MARK: What is asked of it

    package var downAgents: Int { downCount }

    /// Share of agents whose clients are served now; nil without agents.
    package var availabilityNow: Double? {
        agents.isEmpty ? nil : 1 - Double(downCount) / Double(agents.count)
    }

    /// Agent-seconds lost since the run began.
    package var lostAgentSeconds: Double {
        Double(downIntegral + Nanoseconds(downCount) * max(0, now - downSince)) / 1e9
    }

    /// User-uptime since the run began; nil before any time has passed.
    package var availabilitySoFar: Double? {
        guard now > 0, !agents.isEmpty else { return nil }
        return 1 - lostAgentSeconds / (Double(now) / 1e9 * Double(agents.count))
    }

    package var faultsInForce: [Int] {
        faults.indices.filter { faults[$0]?.state == .effective || faults[$0]?.state == .commanded }
    }

    package func isHit(member: String) -> Bool { memberHits[member, default: 0] > 0 }

    package var isPartitioned: Bool { partitions.values.contains { $0.state != "connected" } }

    // MARK: What happens

    package mutating func apply(_ record: JournalRecord) {
        // Windows and seconds carry the time at which they began.
        now = max(now, record.time)
        switch record.event {
        case .phase(let phase):
            self.phase = phase
            tell(record.time, "phase: \(phase.rawValue)")
        case .fault(let event): apply(event, at: record.time)
        case .availability(let subject, let up): apply(subject, up: up, at: record.time)
        case .mechanism(let event): apply(event, at: record.time)
        case .window(let window): apply(window, at: record.time)
        case .subjectWindow, .totals, .audited, .monitored, .load: break
        case .violation(let invariant, let subject, let detail):
            violations += 1
            tell(record.time, "\(invariant) broken at \(subject): \(detail)", .bad)
        case .disk(let host, let used, let level):
            let before = disks[host]?.level ?? DiskLevel.normal.rawValue
            disks[host] = Disk(used: used.fraction, level: level.rawValue)
            if before != level.rawValue {
                tell(record.time, "\(header.hosts[host]): disk \(level.rawValue)", level == .normal ? .good : .bad)
            }
        case .procedure(let instance, let took, let succeeded):
            let seconds = took / .second
            tell(
                record.time, "\(header.faults[instance].id) \(succeeded ? "done" : "failed") after \(seconds) s",
                succeeded ? .good : .bad)
        case .hub(.diverged):
            registriesDiffer = true
            tell(record.time, "the hubs' registries differ", .bad)
        case .hub(.agreed(let conflicts)):
            registriesDiffer = false
            replicationLag = 0
            tell(record.time, "the hubs' registries agree again (\(conflicts) conflicts)", .good)
        case .hub(.lag(let lag)): replicationLag = lag
        case .abort(let rule): tell(record.time, "aborted: \(rule)", .bad)
        case .interrupted: tell(record.time, "interrupted by the operator; healing", .plain)
        case .exposure(let exposure):
            tell(record.time, "a credential in the \(exposure.place.rawValue): \(exposure.location)", .bad)
        case .alert(let alert):
            tell(
                record.time, "alert \(alert.identity.name) \(alert.isFiring ? "firing" : "resolved")",
                alert.isFiring ? .bad : .good)
        case .end:
            hasEnded = true
            tell(record.time, "the run has ended")
        }
    }

    mutating func tell(_ time: Nanoseconds, _ text: String, _ tone: Happening.Tone = .plain) {
        happenings.append(Happening(at: Double(time / .millisecond) / 1000, text: text, tone: tone))
        if happenings.count > Self.happeningsKept { happenings.removeFirst() }
    }

    private mutating func apply(_ subject: Int, up: Bool, at time: Nanoseconds) {
        guard agents[subject].contains(.down) == up else { return }
        downIntegral += Nanoseconds(downCount) * max(0, time - downSince)
        downSince = max(downSince, time)
        downCount += up ? -1 : 1
        if up { agents[subject].remove(.down) } else { agents[subject].insert(.down) }
    }

    private mutating func apply(_ event: FaultEvent, at time: Nanoseconds) {
        let entry = header.faults[event.instance]
        let wasInForce = faults[event.instance]?.state == .effective
        switch event.state {
        case .commanded: faults[event.instance] = Fault(state: .commanded, since: time, targets: [], subjects: [])
        case .effective:
            let fault = Fault(state: .effective, since: time, targets: event.targets, subjects: event.subjects)
            faults[event.instance] = fault
            count(fault, +1)
            let whom = event.targets.count == 1 ? event.targets[0] : "\(event.targets.count) members"
            tell(time, "\(entry.kind) in force on \(whom) (\(entry.id))", .bad)
        case .reverted, .clean, .failed, .skipped:
            if wasInForce, let fault = faults[event.instance] { count(fault, -1) }
            let before = faults[event.instance]
            faults[event.instance] = Fault(
                state: event.state, since: time, targets: before?.targets ?? [], subjects: before?.subjects ?? [])
            switch event.state {
            case .reverted: tell(time, "\(entry.kind) taken back (\(entry.id))", .good)
            case .failed: tell(time, "\(entry.id) failed: \(event.evidence)", .bad)
            default: break
            }
        }
    }

    private mutating func count(_ fault: Fault, _ step: Int) {
        for subject in fault.subjects {
            hits[subject] += step
            if hits[subject] > 0 { agents[subject].insert(.hit) } else { agents[subject].remove(.hit) }
        }
        for target in fault.targets where agentNumbers[target] == nil {
            memberHits[target, default: 0] += step
            if memberHits[target] == 0 { memberHits[target] = nil }
        }
    }

    private mutating func apply(_ window: RequestWindow, at time: Nanoseconds) {
        guard window.kind == .requests else { return }
        now = max(now, time + window.length)
        requests += window.requests
        succeeded += window.succeeded
        if lastWindow.start != time { lastWindow = (time, 0, 0) }
        lastWindow.requests += window.requests
        lastWindow.succeeded += window.succeeded
    }
}
