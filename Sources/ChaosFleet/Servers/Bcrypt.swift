import Glibc
import Synchronization

/// The one hash of passwords that nats-server takes, by the C library's `crypt`.
public enum Bcrypt {
    /// - Parameters:
    ///   - salt: 16 random bytes.
    ///   - cost: 4 to 31; each step doubles the time of a log-in. The least is enough for passwords that are drawn, not chosen.
    /// - Returns: nil if this machine's `crypt` does not know the method.
    public static func hash(_ password: String, salt: [UInt8], cost: Int = 4) -> String? {
        precondition(salt.count == 16 && (4...31).contains(cost), "bcrypt takes 16 bytes of salt and a cost of 4 to 31")
        let setting = "$2a$\(cost < 10 ? "0" : "")\(cost)$\(encode(salt))"
        return check(password, setting)
    }

    /// Whether a password has this hash.
    public static func matches(_ password: String, _ hash: String) -> Bool { check(password, hash) == hash }

    private static func check(_ password: String, _ setting: String) -> String? {
        // The answer is in static memory.
        lock.withLock { _ in
            guard let result = crypt(password, setting) else { return nil }
            let text = String(cString: result)
            return text.hasPrefix("$2") && text.utf8.count == 60 ? text : nil
        }
    }

    private static let lock = Mutex(())

    /// bcrypt's own base 64: its own order of letters, no padding.
    private static func encode(_ bytes: [UInt8]) -> String {
        let letters = Array("./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789".utf8)
        var text: [UInt8] = []
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let group = bytes[start..<min(start + 3, bytes.count)]
            var bits = group.reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
            bits <<= UInt32(8 * (3 - group.count))
            for position in 0...group.count { text.append(letters[Int(bits >> UInt32(18 - 6 * position) & 63)]) }
        }
        return String(decoding: text, as: UTF8.self)
    }
}
