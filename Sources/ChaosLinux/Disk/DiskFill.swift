import ChaosPlan

/// Fills a file system with blocks that the kernel frees when we die.
enum DiskFill {
    static let keys: [ObjectShape.Key] = []

    static var capabilities: [Capability] { [] }

    static func make(_ request: FaultRequest) throws(HostError) -> any HostMechanism {
        throw HostError(.unsupported, "not built yet")
    }

    static func payFile(path: String, device: UInt64, inode: UInt64) -> Payment { .owed("not built yet") }
}
