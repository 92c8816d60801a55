import ChaosPlan

/// Processor and memory taken from the targets.
enum LoadFaults {
    static func keys(of kind: FaultKind) -> [ObjectShape.Key] { [] }

    static func capabilities(of kind: FaultKind) -> [Capability] { [] }

    static func make(_ request: FaultRequest) throws(HostError) -> any HostMechanism {
        throw HostError(.unsupported, "not built yet")
    }
}
