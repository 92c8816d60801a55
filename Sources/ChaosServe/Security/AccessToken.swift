import Foundation
import Glibc

/// The secret that whoever acts must show: 256 random bits in a file that only its owner can read.
public struct AccessToken: Sendable {
    private let text: [UInt8]

    /// 64 hexadecimal digits.
    package static let length = 64

    /// Reads the token of an earlier start, or makes one. The file's folder is made, too, for its owner alone.
    public static func readOrCreate(path: String) throws(ServeFailure) -> (token: AccessToken, isNew: Bool) {
        if let token = try read(path) { return (token, false) }
        let folder = (path as NSString).deletingLastPathComponent
        if !folder.isEmpty { try makeFolder(folder) }
        let text = random()
        // Whole or not at all: a start that dies here must not leave half a token. And never through somebody's link.
        let draft = "\(path).\(getpid())"
        let descriptor = open(draft, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw failure(path, "be created") }
        let line = Array((text + "\n").utf8)
        let isWritten = line.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) } == line.count
        let isSynced = fsync(descriptor) == 0
        close(descriptor)
        defer { unlink(draft) }
        guard isWritten, isSynced else { throw failure(path, "be written") }
        // Not rename: two that start at once must agree on one token.
        if link(draft, path) != 0, errno != EEXIST { throw failure(path, "be created") }
        guard let token = try read(path) else { throw failure(path, "be read") }
        return (token, true)
    }

    /// In a time that does not depend on how much of it is right.
    public func matches(_ candidate: String) -> Bool { ConstantTime.equal(text, Array(candidate.utf8)) }

    /// A secret of as many bits.
    package static func random() -> String {
        var generator = SystemRandomNumberGenerator()
        return (0..<4).map { _ in
            let word = String(generator.next() as UInt64, radix: 16)
            return String(repeating: "0", count: 16 - word.count) + word
        }.joined()
    }

    private static func makeFolder(_ folder: String) throws(ServeFailure) {
        do {
            try FileManager.default.createDirectory(
                atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch {
            throw ServeFailure("\(folder) cannot be made for the token: \(error.localizedDescription)")
        }
    }

    private static func read(_ path: String) throws(ServeFailure) -> AccessToken? {
        let descriptor = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
        guard descriptor >= 0 else {
            if errno == ENOENT { return nil }
            if errno == ELOOP { throw ServeFailure("the token file \(path) is a symbolic link; it must be a file") }
            throw failure(path, "be read")
        }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw ServeFailure("the token file \(path) is not a regular file")
        }
        guard status.st_uid == geteuid() else {
            throw ServeFailure("the token file \(path) belongs to another user; give a path of your own")
        }
        guard status.st_mode & 0o077 == 0 else {
            throw ServeFailure("others can read the token file \(path): remove it for a new token, or chmod 600")
        }
        var bytes = [UInt8](repeating: 0, count: length + 2)
        let count = Glibc.read(descriptor, &bytes, bytes.count)
        let text = bytes.prefix(max(0, count)).filter { $0 != UInt8(ascii: "\n") }
        let isHexadecimal = text.allSatisfy {
            (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains($0)
        }
        guard text.count == length, isHexadecimal else {
            throw ServeFailure(
                "the token file \(path) has no token (\(length) hexadecimal digits): remove it for a new one")
        }
        return AccessToken(text: text)
    }

    private static func failure(_ path: String, _ what: String) -> ServeFailure {
        ServeFailure("the token file \(path) cannot \(what): \(String(cString: strerror(errno)))")
    }
}
