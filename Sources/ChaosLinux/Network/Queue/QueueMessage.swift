/// The bytes of nfnetlink_queue: what is asked of the kernel, and the packets that it hands over.
///
/// Numbers of the netlink layer are in the host's order, those of netfilter in the network's.
package enum QueueMessage {
    package enum Verdict: UInt32 {
        case drop = 0
        case accept = 1
    }

    package enum Command: UInt8 {
        case bind = 1
        /// Does nothing since Linux 3.8, but tells whether the kernel has queues at all.
        case probe = 3
    }

    /// What is copied of each packet.
    package enum Copy: Hashable {
        /// Nothing but its number, hook and interfaces.
        case nothing
        case packet
    }

    package struct Flags: OptionSet {
        package let rawValue: UInt32

        package init(rawValue: UInt32) { self.rawValue = rawValue }

        /// Packets for which there is no room pass.
        package static let failOpen = Flags(rawValue: 1)
        /// What the network stack treats as one large packet stays one.
        package static let wholeSegments = Flags(rawValue: 4)
    }

    private enum Kind {
        private static let subsystem = Netfilter.queue << 8
        static let packet: UInt16 = subsystem
        static let verdict: UInt16 = subsystem | 1
        static let configure: UInt16 = subsystem | 2
        static let verdictUpTo: UInt16 = subsystem | 3
    }

    /// NFQA_CFG_…
    private enum ConfigurationAttribute {
        static let command: UInt16 = 1
        static let parameters: UInt16 = 2
        static let length: UInt16 = 3
        static let mask: UInt16 = 4
        static let flags: UInt16 = 5
    }

    /// NFQA_…
    private enum PacketAttribute {
        static let header: UInt16 = 1
        static let verdict: UInt16 = 2
        static let arrivedBy: UInt16 = 5
        static let leavesBy: UInt16 = 6
        static let payload: UInt16 = 10
    }

    // MARK: - Asking

    package static func command(_ command: Command, queue: UInt16) -> [UInt8] {
        // The second byte is padding, the last two a protocol family that is no longer looked at.
        configuration(queue) { $0.attribute(ConfigurationAttribute.command, [command.rawValue, 0, 0, 0]) }
    }

    /// What is copied, how many packets may wait, and how it treats them.
    package static func settings(queue: UInt16, copy: Copy, length: UInt32, flags: Flags) -> [UInt8] {
        let range: UInt32 = copy == .packet ? 0xFFFF : 0
        return configuration(queue) {
            var parameters = NetlinkWriter()
            parameters.native(range.bigEndian)
            parameters.native(UInt8(copy == .packet ? 2 : 1))
            $0.attribute(ConfigurationAttribute.parameters, parameters.bytes)
            $0.big(ConfigurationAttribute.length, length)
            $0.big(ConfigurationAttribute.mask, flags.rawValue)
            $0.big(ConfigurationAttribute.flags, flags.rawValue)
        }
    }

    private static func configuration(_ queue: UInt16, _ body: (inout NetlinkWriter) -> Void) -> [UInt8] {
        NetlinkWriter.request(Kind.configure) {
            $0.header(family: 0, resource: queue)
            body(&$0)
        }
    }

    /// The kernel's answer to a request: 0 or -errno; nil if these bytes are none.
    static func acknowledgement(_ bytes: UnsafeRawBufferPointer) -> Int32? {
        guard bytes.count >= 20, bytes.loadUnaligned(fromByteOffset: 4, as: UInt16.self) == Netlink.error else {
            return nil
        }
        return bytes.loadUnaligned(fromByteOffset: 16, as: Int32.self)
    }

    // MARK: - Packets

    /// A packet handed over.
    package struct Packet {
        package var id: UInt32
        /// NF_INET_PRE_ROUTING to NF_INET_POST_ROUTING: 0 to 4.
        package var hook: UInt8
        /// The interface it came by, else the one it leaves by; 0 if neither is known.
        package var link: UInt32
        /// From the IP header on; empty if none was asked for. Valid until the buffer is used again.
        package var payload: UnsafeMutableBufferPointer<UInt8>
    }

    /// Calls `body` for every packet in a datagram of the kernel's.
    package static func forEachPacket(_ bytes: UnsafeMutableRawBufferPointer, _ body: (Packet) -> Void) {
        var start = 0
        while start + 16 <= bytes.count {
            let length = Int(bytes.loadUnaligned(fromByteOffset: start, as: UInt32.self))
            guard length >= 16, start + length <= bytes.count else { return }
            if bytes.loadUnaligned(fromByteOffset: start + 4, as: UInt16.self) == Kind.packet, length >= 20,
                let packet = packet(bytes, from: start + 20, to: start + length)
            {
                body(packet)
            }
            start += (length + 3) & ~3
        }
    }

    private static func packet(_ bytes: UnsafeMutableRawBufferPointer, from: Int, to end: Int) -> Packet? {
        var packet = Packet(id: 0, hook: 0, link: 0, payload: .init(start: nil, count: 0))
        var isThere = false
        var outgoing: UInt32 = 0
        var start = from
        while start + 4 <= end {
            let length = Int(bytes.loadUnaligned(fromByteOffset: start, as: UInt16.self))
            guard length >= 4, start + length <= end else { return nil }
            let value = start + 4
            // The two high bits are flags.
            switch bytes.loadUnaligned(fromByteOffset: start + 2, as: UInt16.self) & Netlink.typeMask {
            case PacketAttribute.header where length >= 11:
                packet.id = UInt32(bigEndian: bytes.loadUnaligned(fromByteOffset: value, as: UInt32.self))
                packet.hook = bytes[value + 6]
                isThere = true
            case PacketAttribute.arrivedBy where length >= 8:
                packet.link = UInt32(bigEndian: bytes.loadUnaligned(fromByteOffset: value, as: UInt32.self))
            case PacketAttribute.leavesBy where length >= 8:
                outgoing = UInt32(bigEndian: bytes.loadUnaligned(fromByteOffset: value, as: UInt32.self))
            case PacketAttribute.payload where length > 4:
                packet.payload = .init(
                    start: bytes.baseAddress?.advanced(by: value).assumingMemoryBound(to: UInt8.self),
                    count: length - 4)
            default: break
            }
            start += (length + 3) & ~3
        }
        if packet.link == 0 { packet.link = outgoing }
        return isThere ? packet : nil
    }

    // MARK: - Verdicts

    /// Verdicts on their way to the kernel, many to a send.
    package struct Verdicts: ~Copyable {
        private let queue: UInt16
        private let room: UnsafeMutableRawBufferPointer
        package private(set) var count = 0

        /// More than one with the largest payload.
        static let capacity = 1 << 17

        package init(queue: UInt16) {
            self.queue = queue
            room = .allocate(byteCount: Self.capacity, alignment: 8)
        }

        deinit { room.deallocate() }

        package var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: room[..<count]) }

        /// Whether there may be too little room for another: time to send.
        package func isFull(forPayloadOf size: Int = 0) -> Bool { count + size + 64 > Self.capacity }

        package mutating func removeAll() { count = 0 }

        /// On one packet.
        package mutating func append(_ verdict: Verdict, on id: UInt32) {
            append(Kind.verdict, verdict, id, payload: .init(start: nil, count: 0))
        }

        /// On one packet, whose contents are replaced.
        package mutating func append(accepting id: UInt32, as payload: UnsafeBufferPointer<UInt8>) {
            append(Kind.verdict, .accept, id, payload: payload)
        }

        /// On this packet and all that came before it and still wait.
        package mutating func append(_ verdict: Verdict, upTo id: UInt32) {
            append(Kind.verdictUpTo, verdict, id, payload: .init(start: nil, count: 0))
        }

        private mutating func append(
            _ kind: UInt16, _ verdict: Verdict, _ id: UInt32, payload: UnsafeBufferPointer<UInt8>
        ) {
            let start = count
            count += 4
            put(kind)
            put(Netlink.request)
            // Sequence and port; family and version.
            put(UInt64(0))
            put(UInt16(0))
            put(queue.bigEndian)
            put(UInt16(12))
            put(PacketAttribute.verdict)
            put(verdict.rawValue.bigEndian)
            put(id.bigEndian)
            if let base = payload.baseAddress {
                put(UInt16(4 + payload.count))
                put(PacketAttribute.payload)
                UnsafeMutableRawBufferPointer(rebasing: room[count...]).copyMemory(
                    from: UnsafeRawBufferPointer(start: base, count: payload.count))
                count += payload.count
                while count % 4 != 0 { put(UInt8(0)) }
            }
            room.storeBytes(of: UInt32(count - start), toByteOffset: start, as: UInt32.self)
        }

        private mutating func put<T: BitwiseCopyable>(_ value: T) {
            room.storeBytes(of: value, toByteOffset: count, as: T.self)
            count += MemoryLayout<T>.size
        }
    }
}
