import ChaosPlan

/// One fleet as the page draws it: what stays the same over a run, and what changes.
package struct FleetView: Sendable {
    package struct Head: Codable, Hashable, Sendable {
        package var scenario: String
        package var world: String
        package var seed: UInt64
        package var version: String
        package var hosts: [String]
        package var groups: [String]
        package var agents: [Agent]
        /// Seconds.
        package var phases: [Double]

        package struct Agent: Codable, Hashable, Sendable {
            /// Name, and indices into `groups` and `hosts`.
            package var n: String
            package var g: Int
            package var h: Int
        }
    }

    package struct Figures: Codable, Hashable, Sendable {
        /// Seconds from the start of the run.
        package var time: Double
        package var phase: String?
        package var ended: Bool
        package var up: Int
        package var down: Int
        /// Shares, 0...1.
        package var now: Double?
        package var soFar: Double?
        package var success: Double?
        package var lostAgentSeconds: Double
        package var violations: Int
        package var trouble: String?
    }

    package struct Fault: Codable, Hashable, Sendable {
        package var id: String
        package var kind: String
        package var state: String
        package var since: Double
        package var duration: Double?
        package var targets: [String]
        package var targetCount: Int
    }

    package struct Breaker: Codable, Hashable, Sendable {
        package var edge: String
        package var state: String
    }

    package struct Hub: Codable, Hashable, Sendable {
        package var name: String
        /// `serving`, `under fault`, `starting`, `gave-up`.
        package var state: String
        /// Agents that left it for the other.
        package var left: Int
        /// What it says of the link: `connected`, `partitioned`, `healing`; nil while it said nothing.
        package var link: String?
        package var about: String?
    }

    package struct Disk: Codable, Hashable, Sendable {
        package var host: String
        package var used: Double
        package var level: String
    }

    package struct Registries: Codable, Hashable, Sendable {
        package var differ: Bool
        package var lag: Double
    }

    /// Which run it is: its directory.
    package var id: String
    package var isCurrent: Bool
    package var head: Head
    package var agents: [AgentState]
    package var figures: Figures
    package var faults: [Fault]
    package var breakers: [Breaker]
    package var hubs: [Hub]
    package var registries: Registries
    package var buffers: [String]
    package var disks: [Disk]
    package var events: [FleetState.Happening]

    /// - Parameters:
    ///   - hubs: names from the fleet file; those that only the journal knows are added.
    ///   - trouble: why the journal is not followed further.
    package init(id: String, isCurrent: Bool, state: FleetState, hubs: [String], trouble: String?) {
        let header = state.header
        self.id = id
        self.isCurrent = isCurrent
        head = Head(
            scenario: header.scenario, world: header.world, seed: header.seed, version: header.version,
            hosts: header.hosts, groups: header.groups,
            agents: header.subjects.map { Head.Agent(n: $0.name, g: $0.group, h: $0.host) },
            phases: [header.phases.baseline, header.phases.faults, header.phases.recovery].map(Self.seconds))
        agents = state.agents
        let window = state.lastWindow
        figures = Figures(
            time: Self.seconds(state.now), phase: state.phase?.rawValue, ended: state.hasEnded,
            up: state.agents.count - state.downAgents, down: state.downAgents, now: state.availabilityNow,
            soFar: state.availabilitySoFar,
            success: window.requests > 0 ? Double(window.succeeded) / Double(window.requests) : nil,
            lostAgentSeconds: state.lostAgentSeconds, violations: state.violations, trouble: trouble)
        faults = state.faultsInForce.compactMap { index in
            guard let fault = state.faults[index] else { return nil }
            let entry = header.faults[index]
            return Fault(
                id: entry.id, kind: entry.kind, state: fault.state.rawValue, since: Self.seconds(fault.since),
                duration: entry.duration.map(Self.seconds), targets: Array(fault.targets.prefix(4)),
                targetCount: fault.targets.count)
        }
        breakers = state.breakers.sorted { $0.key < $1.key }.map { Breaker(edge: $0.key, state: $0.value) }
        self.hubs = (hubs + state.hubsSeen.subtracting(hubs).sorted()).map { name in
            let link = state.partitions[name]
            return Hub(
                name: name,
                state: state.members[name] ?? (state.isHit(member: name) ? "under fault" : "serving"),
                left: state.leftHubs.values.count { $0 == name }, link: link?.state, about: link?.about)
        }
        registries = Registries(differ: state.registriesDiffer, lag: Self.seconds(state.replicationLag))
        buffers = state.agents.indices.filter { state.agents[$0].contains(.buffering) }.map {
            header.subjects[$0].name
        }
        disks = state.disks.enumerated().compactMap { index, disk in
            disk.map { Disk(host: header.hosts[index], used: $0.used, level: $0.level) }
        }
        events = state.happenings.reversed()
    }

    private static func seconds(_ time: Nanoseconds) -> Double { Double(time / .millisecond) / 1000 }
}
