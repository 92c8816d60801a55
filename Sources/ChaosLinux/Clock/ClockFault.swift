import ChaosPlan

/// Wrong time.
enum ClockFault {
    static let keys: [ObjectShape.Key] = []

    static var capabilities: [Capability] { [] }

    static func make(_ request: FaultRequest) throws(HostError) -> any HostMechanism {
        throw HostError(.unsupported, "not built yet")
    }

    static func payWallClock(offset: Int64, boot: String) -> Payment { .owed("not built yet") }
}
