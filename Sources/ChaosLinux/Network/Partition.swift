import ChaosPlan

/// Silence or refusal between hosts.
enum Partition {
    enum Mode: String, CaseIterable, Sendable {
        /// Silence.
        case drop
        /// A refusal at once: a TCP reset, else ICMP port unreachable.
        case reject
    }

    static let keys: [ObjectShape.Key] =
        TrafficMatch.keys + [
            .byDefault("mode", .word(Mode.allCases.map(\.rawValue)), "drop", "silence, or a refusal at once")
        ]

    static var capabilities: [Capability] { [NftSupport.current.capability] + IPTables.capabilities }

    /// Through nftables where this kernel has them, else through iptables, unless the request names one.
    static func make(_ request: FaultRequest) throws(HostError) -> any HostMechanism {
        let match = try TrafficMatch(request.parameters, exempt: request.host.control)
        let mode: Mode = request.parameters.word("mode")
        let hasTables = NftSupport.current.missing?.code != .unsupported
        switch request.mechanism ?? (hasTables ? "nftables" : "iptables") {
        case "nftables": return try NftFault(request, match, mode == .drop ? .drop : .reject)
        case let name where name == "iptables" || name.hasPrefix("iptables-"):
            return try IPTablesPartition.make(request, match: match, mode: mode)
        case let name:
            let known = capabilities.map(\.mechanism)
            throw HostError(
                .unknown, "no mechanism `\(name)` for a partition", hint: NearestWord.hint(name, among: known))
        }
    }
}
