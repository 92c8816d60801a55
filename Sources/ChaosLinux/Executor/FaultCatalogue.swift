import ChaosPlan

/// Every fault kind's parameters on a host, and what serves it there.
enum FaultCatalogue {
    static let shape = ObjectShape(
        "a fault",
        [
            .required("id", .scalar(ScalarRule(.name)), "unique in the run"),
            .required("kind", .word(FaultKind.allCases.map(\.rawValue)), "what is done"),
            .optional("mechanism", .scalar(ScalarRule(.text)), "by which means; the best that serves unless given"),
        ],
        tag: .init(
            key: "kind", alternatives: FaultKind.allCases.map { .init(word: $0.rawValue, keys: keys(of: $0)) }))

    private static func keys(of kind: FaultKind) -> [ObjectShape.Key] {
        switch kind {
        case .kill, .restart, .pause, .hostDown, .rollingRestart: ProcessFaults.keys(of: kind)
        case .partition: Partition.keys
        case .latency, .loss, .corrupt, .duplicate, .reorder, .bandwidth: LinkFaults.keys(of: kind)
        case .diskFill: DiskFill.keys
        case .diskSlow: SlowDisk.keys
        case .cpu, .memory: LoadFaults.keys(of: kind)
        case .clock: ClockFault.keys
        case .credential: CredentialChange.keys
        case .procedure: Procedure.keys
        }
    }

    /// Checks everything that can be checked; changes nothing.
    static func mechanism(for request: FaultRequest) throws(HostError) -> any HostMechanism {
        switch request.kind {
        case .kill, .restart, .pause, .hostDown, .rollingRestart: try ProcessFaults.make(request)
        case .partition: try Partition.make(request)
        case .latency, .loss, .corrupt, .duplicate, .reorder, .bandwidth: try LinkFaults.make(request)
        case .diskFill: try DiskFill.make(request)
        case .diskSlow: try SlowDisk.make(request)
        case .cpu, .memory: try LoadFaults.make(request)
        case .clock: try ClockFault.make(request)
        case .credential: try CredentialChange.make(request)
        case .procedure: try Procedure.make(request)
        }
    }

    /// What this host offers for a kind, best first: present ones, and missing ones with their remedy.
    static func capabilities(of kind: FaultKind) -> [Capability] {
        switch kind {
        case .kill, .restart, .pause, .hostDown, .rollingRestart: ProcessFaults.capabilities(of: kind)
        case .partition: Partition.capabilities
        case .latency, .loss, .corrupt, .duplicate, .reorder, .bandwidth: LinkFaults.capabilities(of: kind)
        case .diskFill: DiskFill.capabilities
        case .diskSlow: SlowDisk.capabilities
        case .cpu, .memory: LoadFaults.capabilities(of: kind)
        case .clock: ClockFault.capabilities
        case .credential: CredentialChange.capabilities
        case .procedure: Procedure.capabilities
        }
    }
}

/// One way to put a fault in force on this host.
public struct Capability: Hashable, Codable, Sendable {
    /// As `mechanism:` names it.
    public var mechanism: String
    /// Nil if it serves; else what is missing.
    public var missing: String?
    /// What would bring it: a package, a kernel option, a privilege. Empty if present.
    public var remedy: String

    public init(_ mechanism: String, missing: String? = nil, remedy: String = "") {
        self.mechanism = mechanism
        self.missing = missing
        self.remedy = remedy
    }

    public var isPresent: Bool { missing == nil }
}
