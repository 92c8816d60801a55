import ChaosPlan

/// Kill, restart, pause, and a host down.
enum ProcessFaults {
    static func keys(of kind: FaultKind) -> [ObjectShape.Key] { [] }

    static func capabilities(of kind: FaultKind) -> [Capability] { [] }

    static func make(_ request: FaultRequest) throws(HostError) -> any HostMechanism {
        throw HostError(.unsupported, "not built yet")
    }
}
