import ChaosPlan

/// Silence or refusal between hosts.
enum Partition {
    enum Mode: String, CaseIterable, Sendable {
        /// Silence.
        case drop
        /// Refusal.
        case reject
    }

    static let keys: [ObjectShape.Key] =
        TrafficMatch.keys + [
            .byDefault("mode", .word(Mode.allCases.map(\.rawValue)), "drop", "silence, or refusal")
        ]

    static var capabilities: [Capability] { IPTables.capabilities }

    static func make(_ request: FaultRequest) throws(HostError) -> any HostMechanism {
        let match = try TrafficMatch(request.parameters, exempt: request.host.control)
        return try IPTablesPartition.make(request, match: match, mode: request.parameters.word("mode"))
    }
}
