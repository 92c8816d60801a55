import Glibc

/// Where debts and locks are kept.
public struct StateDirectories: Hashable, Sendable {
    /// Gone after a reboot, as is what its records undo.
    public var volatile: String
    public var durable: String

    public init(volatile: String, durable: String) {
        self.volatile = volatile
        self.durable = durable
    }

    /// Of root: /run and /var/lib; else the user's own.
    public static var standard: StateDirectories {
        if geteuid() == 0 { return .init(volatile: "/run/gauntlet", durable: "/var/lib/gauntlet") }
        let home = getenv("HOME").map { String(cString: $0) } ?? "/tmp"
        let runtime = getenv("XDG_RUNTIME_DIR").map { String(cString: $0) } ?? "/tmp/gauntlet-\(geteuid())"
        return .init(volatile: "\(runtime)/gauntlet", durable: "\(home)/.local/state/gauntlet")
    }

    /// With its parents, for this user only, and on disk.
    static func create(_ path: String) throws(HostError) {
        if SmallFile.exists(path) { return }
        let parent = String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)])
        if !parent.isEmpty { try create(parent) }
        guard mkdir(path, 0o700) == 0 || errno == EEXIST else {
            throw SystemCall.failure(errno, "making the directory \(path)")
        }
        if !parent.isEmpty { try sync(parent) }
    }

    static func sync(_ directory: String) throws(HostError) {
        let descriptor = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        try SystemCall.call(descriptor, "opening \(directory)")
        defer { close(descriptor) }
        try SystemCall.call(fsync(descriptor), "syncing \(directory)")
    }
}
