import ChaosPlan

/// Silence or refusal between hosts.
enum Partition {
    static let keys: [ObjectShape.Key] = []

    static var capabilities: [Capability] { [] }

    static func make(_ request: FaultRequest) throws(HostError) -> any HostMechanism {
        throw HostError(.unsupported, "not built yet")
    }
}
