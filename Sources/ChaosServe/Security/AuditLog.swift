import Dispatch
import Foundation
import Glibc

/// Every attempt to act, accepted or refused: JSON Lines, each on disk before the answer goes out.
public final class AuditLog: Sendable {
    public struct Entry: Codable, Hashable, Sendable {
        /// UTC, ISO 8601.
        public var time: String
        /// `token`, `session 3` or `nobody`.
        public var who: String
        /// Address of the other end.
        public var from: String
        /// `halt`, `run`, `resume`, `login`, `logout`, `read`.
        public var action: String
        /// What was asked for, where that is not all: the scenario, the path.
        public var detail: String?
        /// `begun`, `done`, `declined`, or why it was refused: `wrong-token`, `cross-site`, `host` …
        public var answer: String
        /// Of the answer; absent while it is only begun.
        public var status: Int?
        /// So many attempts alike, where they came too fast to be written one by one.
        public var times: Int?
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
        descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw ServeFailure("the audit log \(path) cannot be opened: \(String(cString: strerror(errno)))")
        }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG, status.st_mode & 0o077 == 0 else {
            throw ServeFailure("the audit log \(path) must be a file that only its owner can read: chmod 600")
        }
    }

    deinit { close(descriptor) }

    /// False if it could not be written: then nothing may be done that only the log would show.
    @discardableResult
    package func write(_ entry: Entry) async -> Bool {
        var entry = entry
        // What others send must not decide how long a line gets.
        entry.detail = entry.detail.map { String($0.unicodeScalars.prefix(200)) }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard let data = try? encoder.encode(entry) else { return false }
        let line = Array(data) + [UInt8(ascii: "\n")]
        return await withCheckedContinuation { continuation in
            queue.async { [descriptor] in
                // One write: lines of two processes do not mix.
                let count = line.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
                continuation.resume(returning: count == line.count && fsync(descriptor) == 0)
            }
        }
    }
}

extension AuditLog {
    /// UTC, ISO 8601, of seconds since 1970.
    static func time(_ seconds: Int64) -> String {
        Date(timeIntervalSince1970: TimeInterval(seconds)).formatted(.iso8601)
    }
}
