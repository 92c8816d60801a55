public import ChaosPlan

/// Where everything of a fleet that we start is: addresses and paths, all derived from the fleet file.
///
/// Each host is a network namespace with one address on a bridge; a further one, *outside*, belongs to nobody's machine: from
/// there clients ask and the ledger reads. All share one mount namespace, in which `/fleet` is a tmpfs that dies with it.
public struct FleetLayout: Sendable {
    public let fleet: Fleet
    private let ports: [Member: Int]

    public init(_ fleet: Fleet) {
        self.fleet = fleet
        var ports: [Member: Int] = [:]
        var taken = Set(fleet.members.compactMap { Self.declaredPort($0, fleet) })
        var next = 7200
        for member in fleet.members {
            if let port = Self.declaredPort(member, fleet) {
                ports[member] = port
                continue
            }
            while taken.contains(next) { next += 1 }
            taken.insert(next)
            ports[member] = next
        }
        self.ports = ports
    }

    private static func declaredPort(_ member: Member, _ fleet: Fleet) -> Int? {
        switch member {
        case .agent(let index): fleet.agents[index].port
        case .hub(let index): fleet.hubs[index].port
        case .broker(let index): fleet.broker.servers[index].port
        case .store(let index): fleet.stores[index].port
        }
    }

    // MARK: Addresses

    public static let prefixLength = 16
    /// Of the namespace that no fault of the fleet reaches.
    public static let outside = "10.77.255.1"

    public func address(host: Int) -> String { "10.77.\(host / 200).\(host % 200 + 1)" }

    public func address(of member: Member) -> String { address(host: fleet.host(of: member)) }

    public func port(of member: Member) -> Int { ports[member]! }

    /// `10.77.0.2:7108`.
    public func endpoint(of member: Member) -> String { "\(address(of: member)):\(port(of: member))" }

    /// A broker server's port for its cluster's routes, and for leaf nodes: beyond those of agents, which are many.
    public func routePort(broker: Int) -> Int { port(of: .broker(broker)) + 20_000 }
    public func leafPort(broker: Int) -> Int { port(of: .broker(broker)) + 30_000 }

    // MARK: Paths, inside

    public static let root = "/fleet"
    /// The fleet as a `LiveFleet`, JSON.
    public static let fleetFile = "/fleet/fleet.json"
    /// The present `RunOrder`, JSON; absent while no run is on. Written whole by rename.
    public static let runFile = "/fleet/run.json"
    /// On a file system of its own, so that a full disk of a host does not silence who reports it.
    public static let telemetry = "/fleet/telemetry"
    /// A file `NAME` here holds a process down: its supervisor does not start it while it is there.
    public static let held = "/fleet/held"
    public static let credentials = "/fleet/credentials"
    /// Configurations of the brokers and stores.
    public static let servers = "/fleet/servers"
    /// Network namespaces by host name, to enter; `outside` too.
    public static let namespaces = "/fleet/ns"
    /// The executors' state, one directory a host.
    public static func state(host: String) -> String { "/fleet/state/\(host)" }
    /// A host's disk: a tmpfs of its own, with logs and data on it.
    public static func disk(host: String) -> String { "/fleet/disk/\(host)" }
    public static func telemetry(of process: String) -> String { "\(telemetry)/\(process).tsv" }
    public static func credential(of process: String) -> String { "\(credentials)/\(process)" }
    public static func pidFile(of process: String) -> String { "/fleet/pids/\(process)" }

    public func log(of member: Member) -> String { "\(disk(of: member))/log/\(fleet.name(of: member)).log" }
    public func data(of member: Member) -> String { "\(disk(of: member))/data/\(fleet.name(of: member))" }
    private func disk(of member: Member) -> String { Self.disk(host: fleet.hosts[fleet.host(of: member)].name) }
}

/// What every process of a fleet reads at its start: the fleet exactly as the plan resolved it, overrides and all.
public struct LiveFleet: Codable, Sendable {
    public var fleet: Fleet

    public init(fleet: Fleet) {
        var fleet = fleet
        fleet.parameters = []
        self.fleet = fleet
    }
}

/// What a run asks of the fleet's processes. They look for the file four times a second; no network is needed to hear of it.
public struct RunOrder: Codable, Hashable, Sendable {
    public var run: String
    public var seed: UInt64
    /// CLOCK_BOOTTIME of the run's time zero.
    public var startNs: Int64
    /// Between two requests of a client, and how long it waits for an answer.
    public var requestInterval: Nanoseconds
    public var requestTimeout: Nanoseconds
    /// Between two messages of an agent; 0 for none.
    public var messageInterval: Nanoseconds
    public var stream: String
    /// Set at the end of the run: publishers send nothing new after this instant of it and flush what they hold.
    public var stopNs: Nanoseconds?

    public init(
        run: String, seed: UInt64, startNs: Int64, requestInterval: Nanoseconds, requestTimeout: Nanoseconds,
        messageInterval: Nanoseconds, stream: String, stopNs: Nanoseconds? = nil
    ) {
        self.run = run
        self.seed = seed
        self.startNs = startNs
        self.requestInterval = requestInterval
        self.requestTimeout = requestTimeout
        self.messageInterval = messageInterval
        self.stream = stream
        self.stopNs = stopNs
    }
}
