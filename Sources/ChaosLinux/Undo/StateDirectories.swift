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
    package static func create(_ path: String) throws(HostError) {
        try make(path)
        try check(path)
    }

    /// Throws if somebody else can put records there: recovery does what they say, commands among it.
    static func check(_ path: String) throws(HostError) {
        guard let real = realpath(path, nil) else { throw SystemCall.failure(errno, "looking at \(path)") }
        defer { free(real) }
        var directory = String(cString: real)
        // In a user namespace whoever has no number there shows as this one.
        let isMapped = (try? SmallFile.read("/proc/self/uid_map").contains("4294967295")) ?? true
        let trusted: Set<uid_t> = isMapped ? [geteuid(), 0] : [geteuid(), 0, 65_534]
        while !directory.isEmpty {
            var status = stat()
            try SystemCall.call(stat(directory, &status), "looking at \(directory)")
            // In a sticky directory nobody can exchange another's.
            guard trusted.contains(status.st_uid), status.st_mode & (S_IWOTH | S_ISVTX) != S_IWOTH else {
                throw HostError(
                    .protected,
                    "records in \(path) could be forged: \(directory) belongs to, or is writable by, another user",
                    hint: "name another directory, or remove this one")
            }
            directory = String(directory[..<(directory.lastIndex(of: "/") ?? directory.startIndex)])
        }
    }

    /// Those of its directories that are there and cannot be trusted, in words.
    package var forgeable: [String] {
        [volatile, durable].filter(SmallFile.exists).compactMap { path in
            do throws(HostError) {
                try Self.check(path)
                return nil
            } catch {
                return error.text
            }
        }
    }

    private static func make(_ path: String) throws(HostError) {
        if SmallFile.exists(path) { return }
        let parent = String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)])
        if !parent.isEmpty { try make(parent) }
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
