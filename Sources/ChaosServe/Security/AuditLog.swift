import Dispatch
import Foundation
import Glibc

/// Every attempt to act, accepted or refused: JSON Lines, each on disk before the answer goes out, whole or not at all.
public final class AuditLog: Sendable {
    public struct Entry: Codable, Hashable, Sendable {
        /// UTC, ISO 8601.
        public var time: String
        /// `token`, `session 3` or `nobody`.
        public var who: String
        /// Address of the other end.
        public var from: String
        /// `halt`, `run`, `resume`, `login`, `logout`, `read`; `audit` for a word of the log's own.
        public var action: String
        /// What was asked for, where that is not all: the scenario, the path.
        public var detail: String?
        /// `begun`, `done`, `declined`, `healed` (of the log's own), or why it was refused: `wrong-token`, `cross-site`, `host` …
        public var answer: String
        /// Of the answer; absent while it is only begun.
        public var status: Int?
        /// So many attempts alike, where they came too fast to be written one by one.
        public var times: Int?

        package init(
            time: String, who: String, from: String, action: String, detail: String? = nil, answer: String,
            status: Int? = nil, times: Int? = nil
        ) {
            self.time = time
            self.who = who
            self.from = from
            self.action = action
            self.detail = detail
            self.answer = answer
            self.status = status
            self.times = times
        }
    }

    public let path: String
    private let descriptor: Int32
    /// Disk writes wait here and not on a thread that serves.
    private let queue = DispatchQueue(label: "gauntlet.audit")

    /// Opens it for adding; made with mode 0600.
    public init(path: String) throws(ServeFailure) {
        self.path = path
        let folder = (path as NSString).deletingLastPathComponent
        if !folder.isEmpty {
            try? FileManager.default.createDirectory(
                atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        }
        // Read, too: what the last line ends with.
        descriptor = open(path, O_RDWR | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw ServeFailure("the audit log \(path) cannot be opened: \(String(cString: strerror(errno)))")
        }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG, status.st_mode & 0o077 == 0 else {
            throw ServeFailure("the audit log \(path) must be a file that only its owner can read: chmod 600")
        }
    }

    deinit { close(descriptor) }

    /// False if it could not be written: then nothing may be done that only the log would show, and nothing of the line stays.
    @discardableResult
    package func write(_ entry: Entry) async -> Bool {
        var entry = entry
        // What others send must not decide how long a line gets.
        entry.detail = entry.detail.map { String($0.unicodeScalars.prefix(200)) }
        guard let line = Self.line(entry), let healed = Self.line(Self.healed(at: entry.time)) else { return false }
        return await withCheckedContinuation { continuation in
            queue.async { [self] in continuation.resume(returning: append(line, healed: healed)) }
        }
    }

    private static func line(_ entry: Entry) -> [UInt8]? {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return (try? encoder.encode(entry)).map { Array($0) + [UInt8(ascii: "\n")] }
    }

    /// Written after half a line that somebody left behind.
    private static func healed(at time: String) -> Entry {
        Entry(
            time: time, who: "nobody", from: "here", action: "audit",
            detail: "the line before this one is incomplete: its writer died, or the disk was full", answer: "healed")
    }

    // MARK: On the queue

    /// All of it, on disk, or nothing.
    private func append(_ line: [UInt8], healed: [UInt8]) -> Bool {
        // Another process may have the same log: between looking at its end and writing there nobody else writes.
        while flock(descriptor, LOCK_EX) != 0 { guard errno == EINTR else { return false } }
        defer { flock(descriptor, LOCK_UN) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { return false }
        let length = status.st_size
        let text = endsWithinLine(length) ? [UInt8(ascii: "\n")] + healed + line : line
        if put(text), fsync(descriptor) == 0 { return true }
        // Half a line would swallow the next one. Cutting needs no room, so this succeeds where writing did not.
        _ = ftruncate(descriptor, length)
        return false
    }

    private func endsWithinLine(_ length: off_t) -> Bool {
        guard length > 0 else { return false }
        var last: UInt8 = 0
        return pread(descriptor, &last, 1, length - 1) == 1 && last != UInt8(ascii: "\n")
    }

    private func put(_ bytes: [UInt8]) -> Bool {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return false }
            rest = rest.dropFirst(count)
        }
        return true
    }
}

extension AuditLog {
    /// UTC, ISO 8601, of seconds since 1970.
    static func time(_ seconds: Int64) -> String {
        Date(timeIntervalSince1970: TimeInterval(seconds)).formatted(.iso8601)
    }
}
