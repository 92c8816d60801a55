/// An IP packet in memory: where its transport's payload lies, and how its checksum is kept right.
///
/// Works on raw memory in place; every offset is checked against the length before it is used.
package struct PacketBytes {
    enum Transport: UInt8 {
        case icmp = 1
        case tcp = 6
        case udp = 17
        case icmp6 = 58
    }

    /// Where things lie, in bytes from the packet's start.
    struct Layout: Hashable {
        var transport: Transport
        var transportStart: Int
        var payloadStart: Int
        /// Of the IP packet: what follows in the frame is padding.
        var end: Int
        var checksum: Int
    }

    package let bytes: UnsafeMutableBufferPointer<UInt8>

    package init(bytes: UnsafeMutableBufferPointer<UInt8>) {
        self.bytes = bytes
    }

    /// Nil for what is no whole TCP, UDP or ICMP packet: other protocols, fragments, cut or nonsensical headers.
    var layout: Layout? {
        guard let first = bytes.first else { return nil }
        switch first >> 4 {
        case 4: return layout4
        case 6: return layout6
        default: return nil
        }
    }

    private var layout4: Layout? {
        guard bytes.count >= 20 else { return nil }
        let header = Int(bytes[0] & 15) * 4
        let end = word(2)
        guard header >= 20, end >= header, end <= bytes.count else { return nil }
        // More fragments follow, or this is not the first.
        guard word(6) & 0x3FFF == 0 else { return nil }
        return transport(bytes[9], at: header, end: end, isV6: false)
    }

    private var layout6: Layout? {
        guard bytes.count >= 40 else { return nil }
        let end = 40 + word(4)
        guard end <= bytes.count else { return nil }
        var kind = bytes[6]
        var offset = 40
        // Hop-by-hop, routing and destination options precede the transport. A routing header would also change the
        // pseudo header's destination, so that such packets count as not understood.
        while kind == 0 || kind == 60 {
            guard offset + 8 <= end else { return nil }
            kind = bytes[offset]
            offset += (Int(bytes[offset + 1]) + 1) * 8
        }
        return transport(kind, at: offset, end: end, isV6: true)
    }

    private func transport(_ number: UInt8, at start: Int, end: Int, isV6: Bool) -> Layout? {
        guard let kind = Transport(rawValue: number), (kind == .icmp6) == isV6 || kind == .tcp || kind == .udp else {
            return nil
        }
        let (header, checksum): (Int, Int)
        switch kind {
        case .tcp:
            guard start + 20 <= end else { return nil }
            (header, checksum) = (Int(bytes[start + 12] >> 4) * 4, 16)
            guard header >= 20 else { return nil }
        case .udp: (header, checksum) = (8, 6)
        case .icmp, .icmp6: (header, checksum) = (8, 2)
        }
        guard start + header <= end else { return nil }
        return Layout(
            transport: kind, transportStart: start, payloadStart: start + header, end: end, checksum: start + checksum)
    }

    /// Flips the payload bit that `choice` names. False, and nothing changed, if there is no payload.
    ///
    /// `repairing` makes the checksum right again; else it is wrong afterwards even where the sender had left it out.
    package func flip(_ choice: UInt64, repairing: Bool) -> Bool {
        guard let layout, layout.end > layout.payloadStart else { return false }
        let bits = UInt64(layout.end - layout.payloadStart) * 8
        let bit = Int(choice.multipliedFullWidth(by: bits).high)
        let hasNone = layout.transport == .udp && word(layout.checksum) == 0
        // Of the packet as the sender meant it: after the flip it is wrong.
        if hasNone && !repairing { set(word: checksum(layout), at: layout.checksum) }
        bytes[layout.payloadStart + bit / 8] ^= 1 << UInt8(bit % 8)
        if repairing && !hasNone { set(word: checksum(layout), at: layout.checksum) }
        return true
    }

    /// The transport's checksum as it should be, whatever stands in its field.
    func checksum(_ layout: Layout) -> UInt16 {
        let isV6 = bytes[0] >> 4 == 6
        var sum: UInt64 = 0
        // ICMP over IPv4 alone has no pseudo header.
        if layout.transport != .icmp {
            sum += isV6 ? total(8, 40) : total(12, 20)
            sum += UInt64(layout.transport.rawValue) + UInt64(layout.end - layout.transportStart)
        }
        sum += total(layout.transportStart, layout.checksum)
        sum += total(layout.checksum + 2, layout.end)
        while sum >> 16 != 0 { sum = (sum & 0xFFFF) + (sum >> 16) }
        let result = ~UInt16(truncatingIfNeeded: sum)
        // In UDP, 0 says that there is none.
        return result == 0 && layout.transport == .udp ? 0xFFFF : result
    }

    /// The sum of the 16-bit words from `start`; an odd last byte is the high half of one.
    private func total(_ start: Int, _ end: Int) -> UInt64 {
        var sum: UInt64 = 0
        var index = start
        while index + 1 < end {
            sum += UInt64(word(index))
            index += 2
        }
        if index < end { sum += UInt64(bytes[index]) << 8 }
        return sum
    }

    private func word(_ index: Int) -> Int { Int(bytes[index]) << 8 | Int(bytes[index + 1]) }

    private func set(word: UInt16, at index: Int) {
        bytes[index] = UInt8(word >> 8)
        bytes[index + 1] = UInt8(truncatingIfNeeded: word)
    }
}
