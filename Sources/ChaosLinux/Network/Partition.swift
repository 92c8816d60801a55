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
            .byDefault("mode", .word(Mode.allCases.map(\.rawValue)), "drop", "silence or a refusal at once")
        ]

    static var capabilities: [Capability] { [NftSupport.current.capability] }

    static func make(_ request: FaultRequest) throws(HostError) -> any HostMechanism {
        let match = try TrafficMatch(request.parameters, exempt: request.host.control)
        let mode: Mode = request.parameters.word("mode")
        switch request.mechanism ?? "nftables" {
        case "nftables": return try NftFault(request, match, mode == .drop ? .drop : .reject)
        case let other:
            throw HostError(
                .unknown, "no mechanism `\(other)` for a partition",
                hint: NearestWord.hint(other, among: ["nftables"]))
        }
    }
}
