import Glibc

/// An IPv4 or IPv6 address, or a prefix of one, in network byte order.
package struct IPAddress: Hashable, Sendable {
    /// 4 or 16 octets.
    var octets: [UInt8]
    /// 32 or 128 for a single address.
    var prefix: Int

    var isV6: Bool { octets.count == 16 }
    var isSingle: Bool { prefix == octets.count * 8 }

    /// `10.1.0.2`, `10.1.0.0/16`, `fd00::1`, `fd00::/64`. Bits past the prefix must be zero.
    package init(_ text: String) throws(HostError) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        let wrong = HostError(
            .malformed, "`\(text.prefix(60))` is not an IP address or prefix",
            hint: "write `10.1.0.2`, `10.1.0.0/16` or `fd00::1`")
        guard (1...2).contains(parts.count) else { throw wrong }
        var four = in_addr()
        var six = in6_addr()
        if inet_pton(AF_INET, String(parts[0]), &four) == 1 {
            octets = withUnsafeBytes(of: &four) { Array($0) }
        } else if inet_pton(AF_INET6, String(parts[0]), &six) == 1 {
            octets = withUnsafeBytes(of: &six) { Array($0) }
        } else {
            throw wrong
        }
        prefix = octets.count * 8
        if parts.count == 2 {
            guard let bits = Int(parts[1]), (0...prefix).contains(bits) else { throw wrong }
            prefix = bits
            guard octets == masked else {
                throw HostError(
                    .malformed, "`\(text)` has bits set past its prefix", hint: "clear them, or name the one address")
            }
        }
    }

    private var masked: [UInt8] {
        octets.enumerated().map { index, octet in
            let kept = min(8, max(0, prefix - index * 8))
            return octet & UInt8(truncatingIfNeeded: 0xFF00 >> kept)
        }
    }

    var text: String {
        var buffer = [CChar](repeating: 0, count: 64)
        _ = octets.withUnsafeBytes {
            inet_ntop(isV6 ? AF_INET6 : AF_INET, $0.baseAddress, &buffer, socklen_t(buffer.count))
        }
        let address = String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return isSingle ? address : "\(address)/\(prefix)"
    }
}
