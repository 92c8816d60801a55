import ChaosPlan
import Glibc

/// A file that a supervisor honours: while it is there, the process that it stands for is not started.
///
/// Several faults may hold one process down at once, of other executors too. Each is a line in the file, and the file goes
/// with the last line. So whoever is reverted first does not start what the other holds down.
package struct HoldFile: Hashable {
    static func key(_ shape: Shape) -> ObjectShape.Key {
        .optional("hold-file", shape, "while this file is there, whoever supervises them does not start them")
    }

    package var path: String
    /// This fault, as no other is named: `RUN@PID/FAULT`.
    package var holder: String

    package init(path: String, holder: String) {
        self.path = path
        self.holder = holder
    }

    /// Checks that the file could be made now, and that it is nobody else's.
    init(_ path: String, fault: String, run: String) throws(HostError) {
        self.init(path: path, holder: "\(run)@\(getpid())/\(fault)")
        guard path.hasPrefix("/"), !path.hasSuffix("/"), !path.contains("\n") else {
            throw HostError(.malformed, "`\(path)` is not an absolute path of a file", hint: "begin with `/`")
        }
        let directory = String(path[...(path.lastIndex(of: "/") ?? path.startIndex)])
        guard access(directory, W_OK | X_OK) == 0 else {
            throw HostError(
                .missing, "no file can be made in \(directory): \(SystemCall.reason(errno))",
                hint: "name a file that the supervisor of the target looks for")
        }
        guard SmallFile.exists(path) else { return }
        guard try isHeld() else {
            throw HostError(
                .busy, "\(path) is there already, and not by a fault of ours",
                hint: "somebody else holds the target down: remove the file first")
        }
    }

    var step: UndoStep { .holdFile(path: path, holder: holder) }

    /// Whether a fault of ours, this one or another, holds the target down.
    func isHeld() throws(HostError) -> Bool {
        try Self.read(path)?.contains { $0.contains("@") && $0.contains("/") } ?? false
    }

    /// Whether this fault does.
    var isOurs: Bool { ((try? Self.read(path)) ?? nil)?.contains(holder) ?? false }

    /// Makes the file, or adds this fault to it. The step is on disk before.
    func make() throws(HostError) {
        let flags = O_RDWR | O_CREAT | O_APPEND | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC
        guard let descriptor = try Self.locked(path, flags) else {
            throw HostError(.failed, "\(path) cannot be made")
        }
        defer { close(descriptor) }
        // Torn by a full disk it is empty or ends in the middle of a line; both are taken back by `pay`.
        try SmallFile.writeAll(Array((holder + "\n").utf8), to: descriptor, named: path)
    }

    /// Takes this fault out of the file, and the file away if it was the last; leaves what others made of it.
    package static func pay(path: String, holder: String) -> Payment {
        do throws(HostError) {
            guard let descriptor = try locked(path, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC) else {
                return .nothingThere
            }
            defer { close(descriptor) }
            let text = try SmallFile.read(path)
            var others = text.split(separator: "\n").map(String.init)
            let count = others.count
            // What a full disk cut short was ours if it begins as ours does. An empty file was made and not yet written.
            if !text.hasSuffix("\n"), let torn = others.last, holder.hasPrefix(torn) { others.removeLast() }
            others.removeAll { $0 == holder }
            guard others.count < count || text.isEmpty else { return .nothingThere }
            guard others.isEmpty else {
                // Whoever reads meanwhile finds every other line, some of them twice.
                let bytes = Array(others.map { $0 + "\n" }.joined().utf8)
                guard pwrite(descriptor, bytes, bytes.count, 0) == bytes.count, ftruncate(descriptor, bytes.count) == 0
                else { return .owed("\(path): \(SystemCall.reason(errno))") }
                return .paid
            }
            guard unlink(path) == 0 || errno == ENOENT else {
                return .owed("\(path) cannot be removed: \(SystemCall.reason(errno))")
            }
            return .paid
        } catch {
            return error.code == .missing ? .nothingThere : .owed(error.text)
        }
    }

    /// Opened and locked, still under its name; nil where there is none. Another may remove it between the two.
    private static func locked(_ path: String, _ flags: Int32) throws(HostError) -> Int32? {
        for _ in 0..<500 {
            let descriptor = open(path, flags, 0o644)
            if descriptor < 0, errno == ENOENT || errno == ENOTDIR { return nil }
            try SystemCall.call(descriptor, "opening \(path)")
            var (here, there) = (stat(), stat())
            guard fstat(descriptor, &here) == 0, here.st_mode & S_IFMT == S_IFREG else {
                close(descriptor)
                throw HostError(.protected, "\(path) is not a plain file", hint: "name another")
            }
            let isLocked = flock(descriptor, LOCK_EX | LOCK_NB) == 0
            if isLocked, lstat(path, &there) == 0, here.st_ino == there.st_ino, here.st_dev == there.st_dev {
                return descriptor
            }
            close(descriptor)
            usleep(2_000)
        }
        throw HostError(.busy, "somebody keeps \(path) locked", hint: "see `fuser \(path)`")
    }

    private static func read(_ path: String) throws(HostError) -> [String]? {
        guard SmallFile.exists(path) else { return nil }
        return try SmallFile.read(path).split(separator: "\n").map(String.init)
    }
}
