/// ICMP echoes as bytes. Pure.
///
/// The payload is a token of the measurement, the sequence number, and bytes that follow from both, so that a changed one
/// is known as such even where the checksum fits again.
package struct PingPacket {
    static let leastPayload = 32

    /// What a packet that came in is about.
    package enum Answer: Hashable {
        case echo(sequence: Int, isIntact: Bool)
        /// Unreachable, with a code by which somebody refuses (not: no way there).
        case refusal(sequence: Int)
    }

    package let isV6: Bool
    package let identifier: UInt16
    package let token: UInt64
    package let size: Int

    package init(isV6: Bool, identifier: UInt16, token: UInt64, size: Int) {
        self.isV6 = isV6
        self.identifier = identifier
        self.token = token
        self.size = size
    }

    private var requestType: UInt8 { isV6 ? 128 : 8 }
    private var replyType: UInt8 { isV6 ? 129 : 0 }
    private var unreachableType: UInt8 { isV6 ? 1 : 3 }
    /// v4: protocol, port, and the prohibited ones; v6: prohibited, port, policy, reject route.
    private var refusingCodes: [UInt8] { isV6 ? [1, 4, 5, 6] : [2, 3, 9, 10, 13] }

    /// Header and payload.
    package func request(_ sequence: Int) -> [UInt8] {
        var bytes: [UInt8] = [requestType, 0, 0, 0]
        bytes += Self.big(UInt64(identifier), 2) + Self.big(UInt64(sequence), 2) + payload(sequence)
        // Of ICMPv6 the kernel computes it, for it covers the addresses.
        if !isV6 { bytes.replaceSubrange(2..<4, with: Self.big(UInt64(Self.checksum(bytes)), 2)) }
        return bytes
    }

    func payload(_ sequence: Int) -> [UInt8] {
        var bytes = Self.big(token, 8) + Self.big(UInt64(sequence), 4)
        var state = token ^ (UInt64(sequence) &* 0x9E37_79B9_7F4A_7C15)
        while bytes.count < size {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            bytes.append(UInt8(state >> 56))
        }
        return bytes
    }

    /// Reads an ICMP message (without the IP header). Nil if it answers nobody here.
    ///
    /// `checksIdentifier` is false where the kernel chose the identifier and sorts by it.
    package func answer(_ bytes: ArraySlice<UInt8>, checksIdentifier: Bool) -> Answer? {
        let bytes = Array(bytes)
        guard bytes.count >= 8 else { return nil }
        if bytes[0] == unreachableType, refusingCodes.contains(bytes[1]) { return refusal(Array(bytes[8...])) }
        guard bytes[0] == replyType, bytes.count >= 8 + 12 else { return nil }
        let sequence = Int(Self.value(bytes[6..<8]))
        let hasToken = Self.value(bytes[8..<16]) == token
        let isOurs = checksIdentifier ? Self.value(bytes[4..<6]) == UInt64(identifier) : true
        // A changed token still has the identifier, a changed identifier still the token.
        guard hasToken || (checksIdentifier && isOurs && bytes.count == 8 + size) else { return nil }
        let isWhole = isV6 || !checksIdentifier || Self.checksum(bytes) == 0
        let isIntact = isOurs && isWhole && Array(bytes[8...]) == payload(sequence)
        if isIntact { return .echo(sequence: sequence, isIntact: true) }
        // Two places say which one it was; the one that makes the rest fit is right.
        let inside = Int(Self.value(bytes[16..<20]))
        let likely = Array(bytes[8...]) == payload(inside) ? inside : sequence
        return .echo(sequence: likely, isIntact: false)
    }

    /// The packet quoted in an unreachable message: an IP header, then the request's first bytes.
    private func refusal(_ quoted: [UInt8]) -> Answer? {
        guard let first = quoted.first else { return nil }
        let header = isV6 ? 40 : Int(first & 0x0F) * 4
        guard quoted.count >= header + 8, quoted[header] == requestType,
            Self.value(quoted[(header + 4)..<(header + 6)]) == UInt64(identifier)
        else { return nil }
        return .refusal(sequence: Int(Self.value(quoted[(header + 6)..<(header + 8)])))
    }

    /// The Internet checksum; 0 over a message that carries its right one.
    package static func checksum(_ bytes: [UInt8]) -> UInt16 {
        var sum: UInt32 = 0
        for index in stride(from: 0, to: bytes.count, by: 2) {
            sum += UInt32(bytes[index]) << 8 | (index + 1 < bytes.count ? UInt32(bytes[index + 1]) : 0)
        }
        while sum > 0xFFFF { sum = (sum & 0xFFFF) + (sum >> 16) }
        return ~UInt16(sum)
    }

    private static func big(_ value: UInt64, _ count: Int) -> [UInt8] {
        (0..<count).reversed().map { UInt8(truncatingIfNeeded: value >> (UInt64($0) * 8)) }
    }

    private static func value(_ bytes: ArraySlice<UInt8>) -> UInt64 { bytes.reduce(0) { $0 << 8 | UInt64($1) } }
}
