import ChaosPlan

/// A secret file exchanged under load.
enum CredentialChange {
    static let keys: [ObjectShape.Key] = []

    static var capabilities: [Capability] { [] }

    static func make(_ request: FaultRequest) throws(HostError) -> any HostMechanism {
        throw HostError(.unsupported, "not built yet")
    }

    static func pay(path: String, backup: String, reload: [String]) -> Payment { .owed("not built yet") }
}
