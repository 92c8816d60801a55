import ChaosPlan

/// Latency, loss, corruption, duplication, reordering and bandwidth of a link.
enum LinkFaults {
    static func keys(of kind: FaultKind) -> [ObjectShape.Key] { [] }

    static func capabilities(of kind: FaultKind) -> [Capability] { [] }

    static func make(_ request: FaultRequest) throws(HostError) -> any HostMechanism {
        throw HostError(.unsupported, "not built yet")
    }
}
