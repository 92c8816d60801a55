import ChaosPlan
import Glibc

/// A secret file exchanged under load. Neither secret is ever shown, recorded or passed on: only paths and sizes.
///
/// Beside the file lie, as long as it is in force, `BACKUP` (the original itself, as a second name of it where the file
/// system has those) and `BACKUP.new` (a second name of what was put in its place, by which it is known to be ours).
final class CredentialChange: HostMechanism {
    static let keys: [ObjectShape.Key] = [
        .required("file", .scalar(ScalarRule(.text)), "the secret's path"),
        .required("replacement", .scalar(ScalarRule(.text)), "the path of a file with the other secret"),
        .optional(
            "reload",
            .oneOf(
                [
                    .list(.scalar(ScalarRule(.text)), identity: nil, atLeast: 1),
                    .object(
                        ObjectShape(
                            "a reload signal",
                            [
                                .byDefault("signal", .word(["HUP", "USR1", "USR2", "TERM"]), "HUP", "what is sent"),
                                .required("pid-file", .scalar(ScalarRule(.text)), "holds the server's process number"),
                            ])),
                ], expected: "a command as a list, or an object with `signal` and `pid-file`"),
            "makes the server read the file, after the exchange and after the revert"),
    ]

    static var capabilities: [Capability] { [Capability("rename")] }

    /// The largest file taken for a secret.
    private static let largest = 1 << 20

    static func make(_ request: FaultRequest) throws(HostError) -> any HostMechanism {
        let parameters = request.parameters
        _ = try ProcessFaults.choose(request.mechanism, of: .credential, among: capabilities)
        // What a link points to is exchanged, not the link.
        let path = try resolved(parameters.text("file"))
        let replacement = try resolved(parameters.text("replacement"))
        guard path != replacement else {
            throw HostError(.malformed, "`file` and `replacement` are the same file", hint: "give another replacement")
        }
        for file in [path, replacement] {
            guard try Meta(file).isRegular else {
                throw HostError(.malformed, "\(file) is not a regular file", hint: "give a file")
            }
            guard try Meta(file).size <= largest else {
                throw HostError(.malformed, "\(file) has more than 1 MiB", hint: "is it a secret?")
            }
            guard access(file, R_OK) == 0 else { throw SystemCall.failure(errno, "reading \(file)") }
        }
        let reload = try Reload(parameters["reload"])
        try reload?.check(request.host.protection)
        return CredentialChange(path: path, replacement: replacement, reload: reload, fault: request.id)
    }

    private static func resolved(_ path: String) throws(HostError) -> String {
        guard path.hasPrefix("/") else {
            throw HostError(.malformed, "`\(path)` is not an absolute path", hint: "begin it with /")
        }
        guard let real = realpath(path, nil) else { throw SystemCall.failure(errno, "finding \(path)") }
        defer { free(real) }
        return String(cString: real)
    }

    let name = "rename"
    private let path: String
    private let replacement: String
    private let reload: Reload?
    private let backup: String

    private init(path: String, replacement: String, reload: Reload?, fault: String) {
        self.path = path
        self.replacement = replacement
        self.reload = reload
        let slash = path.lastIndex(of: "/") ?? path.startIndex
        backup = "\(path[...slash]).\(path[path.index(after: slash)...]).\(Cgroup.ownName(fault))"
    }

    private var directory: String { Self.directory(of: path) }

    private static func directory(of path: String) -> String {
        let parent = String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)])
        return parent.isEmpty ? "/" : parent
    }

    func inject(undo: UndoRecorder) throws(HostError) {
        let original = try Meta(path)
        let secret = try Self.bytes(of: replacement)
        try undo.record(.fileContents(path: path, backup: backup, reload: reload?.words ?? []))
        if link(path, backup) != 0 {
            // No second names on this file system: a copy in all that the original shows.
            try Self.write(try Self.bytes(of: path), to: backup, like: original, times: true)
        }
        undo.reach(.midInjection)
        let new = backup + ".new"
        let put = backup + ".put"
        try Self.write(secret, to: new, like: original, times: false)
        if link(new, put) != 0 { try Self.write(secret, to: put, like: original, times: false) }
        try StateDirectories.sync(directory)
        try SystemCall.call(rename(put, path), "exchanging \(path)")
        try StateDirectories.sync(directory)
        try reload?.run()
    }

    func readBack() throws(HostError) -> Evidence {
        let present = try Meta(path)
        let original = try Meta(backup)
        guard try Self.bytes(of: path) == Self.bytes(of: backup + ".new") else {
            throw HostError(.failed, "\(path) was rewritten by somebody else")
        }
        return Evidence(
            "\(path): \(original.size) bytes exchanged for \(present.size), mode \(String(present.mode & 0o7777, radix: 8)), "
                + "owner \(present.user):\(present.group)\(reload == nil ? "" : ", reloaded")",
            targets: [path])
    }

    func revert() throws(HostError) {
        if case .owed(let why) = Self.pay(path: path, backup: backup, reload: reload?.words ?? []) {
            throw HostError(.failed, why)
        }
    }

    func residue() throws(HostError) -> [String] {
        [backup, backup + ".new", backup + ".put"].filter(SmallFile.exists).map { "\($0) is still there" }
    }

    static func pay(path: String, backup: String, reload: [String]) -> Payment {
        let new = backup + ".new"
        let put = backup + ".put"
        guard [backup, new, put].contains(where: SmallFile.exists) else { return .nothingThere }
        do {
            if SmallFile.exists(put) { unlink(put) }
            if SmallFile.exists(backup) {
                if try isUnchanged(path, backup) {
                    // Not exchanged yet; and two names of one file cannot be renamed to each other.
                    unlink(backup)
                    unlink(new)
                    try StateDirectories.sync(directory(of: path))
                    return .paid
                }
                guard !SmallFile.exists(path) || isOurs(path, new) else {
                    return .owed(
                        "\(path) was rewritten by somebody else meanwhile; the original is \(backup): "
                            + "put it back or remove it, and remove \(new)")
                }
                try SystemCall.call(rename(backup, path), "putting back \(path)")
                try StateDirectories.sync(directory(of: path))
            }
            // The file is the original again; the server must know, whoever died before it was told.
            if let reload = Reload(words: reload) { try reload.run() }
            unlink(new)
            return .paid
        } catch {
            return .owed("\(path): \(error.text)")
        }
    }

    private static func isUnchanged(_ path: String, _ backup: String) throws(HostError) -> Bool {
        guard SmallFile.exists(path) else { return false }
        if try Meta(path).inode == Meta(backup).inode { return true }
        return try bytes(of: path) == bytes(of: backup)
    }

    private static func isOurs(_ path: String, _ new: String) -> Bool {
        guard let present = try? Meta(path), let ours = try? Meta(new) else { return false }
        if present.inode == ours.inode { return true }
        guard let a = try? bytes(of: path), let b = try? bytes(of: new) else { return false }
        return a == b
    }

    // MARK: - Files

    private struct Meta {
        var status = stat()

        init(_ path: String) throws(HostError) { try SystemCall.call(stat(path, &status), "looking at \(path)") }

        var isRegular: Bool { status.st_mode & S_IFMT == S_IFREG }
        var size: Int { Int(status.st_size) }
        var mode: mode_t { status.st_mode }
        var user: uid_t { status.st_uid }
        var group: gid_t { status.st_gid }
        var inode: UInt64 { UInt64(status.st_ino) }
    }

    private static func bytes(of path: String) throws(HostError) -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        try SystemCall.call(descriptor, "reading \(path)")
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = read(descriptor, &buffer, buffer.count)
            if count < 0 && errno == EINTR { continue }
            try SystemCall.call(Int32(clamping: count), "reading \(path)")
            if count == 0 { return bytes }
            bytes += buffer[..<count]
        }
    }

    /// A new file, on disk when this returns, with the mode and owner of another.
    private static func write(
        _ bytes: [UInt8], to path: String, like other: Meta, times: Bool
    ) throws(HostError) {
        // Nobody may read it before it has its owner.
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
        try SystemCall.call(descriptor, "making \(path)")
        defer { close(descriptor) }
        try SmallFile.writeAll(bytes, to: descriptor, named: path)
        if fchown(descriptor, other.user, other.group) != 0, geteuid() == 0 {
            throw SystemCall.failure(errno, "giving \(path) to \(other.user):\(other.group)")
        }
        try SystemCall.call(fchmod(descriptor, other.mode & 0o7777), "setting the mode of \(path)")
        if times {
            let stamps = [other.status.st_atim, other.status.st_mtim]
            try SystemCall.call(futimens(descriptor, stamps), "setting the times of \(path)")
        }
        try SystemCall.call(fsync(descriptor), "syncing \(path)")
    }
}

/// How a server is told to read its files again.
enum Reload: Hashable {
    case command([String])
    case signal(String, pidFile: String)

    private static let mark = "signal:"
    /// The longest a reload command may take (ns).
    private static let limit: Int64 = 10_000_000_000

    init?(_ value: Value?) throws(HostError) {
        guard let value else { return nil }
        if value["pid-file"] != nil {
            self = .signal(value.text("signal"), pidFile: value.text("pid-file"))
        } else {
            self = .command(value.items.map(\.text))
        }
    }

    /// As an undo step has it: a command, or `signal:HUP` and the pid file. Nil for none.
    init?(words: [String]) {
        guard let first = words.first else { return nil }
        if first.hasPrefix(Self.mark), words.count == 2 {
            self = .signal(String(first.dropFirst(Self.mark.count)), pidFile: words[1])
        } else {
            self = .command(words)
        }
    }

    var words: [String] {
        switch self {
        case .command(let words): words
        case .signal(let name, let file): [Self.mark + name, file]
        }
    }

    func check(_ protection: Protection) throws(HostError) {
        switch self {
        case .command(let words):
            guard ProgramRun.find(words.first ?? "") != nil else {
                throw HostError(
                    .missing, "no program `\(words.first ?? "")`", hint: "install it, or name it by its path")
            }
        case .signal(_, let file): try protection.check(try Self.server(file).pid)
        }
    }

    func run() throws(HostError) {
        switch self {
        case .command(let words):
            let outcome = try ProgramRun.run(words, limit: Self.limit)
            guard outcome.isSuccess else { throw HostError(.failed, "reload \(words[0]): \(outcome.reason)") }
        case .signal(let name, let file):
            let numbers = ["HUP": SIGHUP, "USR1": SIGUSR1, "USR2": SIGUSR2, "TERM": SIGTERM]
            guard let number = numbers[name] else { throw HostError(.malformed, "no signal \(name)") }
            let server = try Self.server(file)
            try Protection().check(server.pid)
            try server.signal(number)
        }
    }

    private static func server(_ file: String) throws(HostError) -> ProcessIdentity {
        guard let identity = try ProcessSelector.process(in: file) else {
            throw HostError(.missing, "the process of \(file) does not run", hint: "is the server up?")
        }
        return identity
    }
}
