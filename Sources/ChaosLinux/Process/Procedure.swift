import ChaosPlan

/// A runbook step with its own time limit.
enum Procedure {
    static let keys: [ObjectShape.Key] = []

    static var capabilities: [Capability] { [] }

    static func make(_ request: FaultRequest) throws(HostError) -> any HostMechanism {
        throw HostError(.unsupported, "not built yet")
    }

    static func payCommand(arguments: [String], limit: Int64) -> Payment { .owed("not built yet") }
}
