import ChaosPlan
import Glibc

/// A user and a password. What is printed of it is the user only.
public struct Secret: Hashable, Sendable, CustomStringConvertible, CustomDebugStringConvertible {
    public var user: String
    public var password: String
    /// 16 bytes, so that the same secret always has the same hash.
    private var salt: [UInt8]

    /// Draws 192 bits of password.
    ///
    /// - Parameter random: that many random bytes; `Secret.systemRandom` but for tests.
    public init(user: String, random: (Int) -> [UInt8]) {
        self.user = user
        password = random(24).map { byte in
            let digits = Array("0123456789abcdef")
            return "\(digits[Int(byte >> 4)])\(digits[Int(byte & 15)])"
        }.joined()
        salt = random(16)
        precondition(salt.count == 16, "a generator gives as many bytes as it is asked for")
    }

    /// From the system's generator.
    public static func systemRandom(_ count: Int) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        let descriptor = open("/dev/urandom", O_RDONLY | O_CLOEXEC)
        defer { close(descriptor) }
        guard descriptor >= 0, read(descriptor, &bytes, count) == count else {
            fatalError("/dev/urandom cannot be read")
        }
        return bytes
    }

    /// For nats-server; nil if this machine has no bcrypt.
    public var bcrypt: String? { Bcrypt.hash(password, salt: salt) }

    /// For redis-server.
    public var sha256: String { SHA256.hex(password.utf8) }

    /// A credential file's text.
    public var credentialText: String { "\(user) \(password)\n" }

    public var description: String { "\(user), password hidden" }
    public var debugDescription: String { description }
}

/// What a process shows at a server's door, from its credential file.
public struct Credential: Hashable, Sendable, CustomStringConvertible, CustomDebugStringConvertible {
    public var user: String
    public var password: String

    /// Of a file's text, `user password`; nil if it is none.
    public init?(text: String) {
        let words = text.split(whereSeparator: \.isWhitespace)
        guard words.count == 2 else { return nil }
        user = String(words[0])
        password = String(words[1])
    }

    /// From a file such as `FleetLayout.credential(of:)`; nil if it is not there or no credential.
    public static func read(_ path: String) -> Credential? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: 4096)
        let count = Glibc.read(descriptor, &bytes, bytes.count)
        guard count > 0 else { return nil }
        return Credential(text: String(decoding: bytes[..<count], as: UTF8.self))
    }

    public var description: String { "\(user), password hidden" }
    public var debugDescription: String { description }
}
