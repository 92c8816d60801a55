/// Builds the payload of a netlink message: integers in the host's order, attributes padded to four octets. Pure.
///
/// libnl-route 3.7 has no setters for half of what is needed here (64-bit delays, loss models, 64-bit rates) and leaves out
/// explicit zeros; so messages are laid out by hand, and libnl carries them.
struct NetlinkBody: Hashable, Sendable {
    private(set) var bytes: [UInt8] = []

    mutating func append(_ value: some FixedWidthInteger) { withUnsafeBytes(of: value) { bytes += $0 } }

    mutating func append(raw: some Sequence<UInt8>) { bytes += raw }

    mutating func attribute(_ type: Int, raw: some Collection<UInt8>) {
        append(UInt16(4 + raw.count))
        append(UInt16(type))
        bytes += raw
        pad()
    }

    mutating func attribute(_ type: Int, _ value: some FixedWidthInteger) {
        attribute(type, raw: withUnsafeBytes(of: value) { Array($0) })
    }

    /// With its closing zero, as the kernel wants names.
    mutating func attribute(_ type: Int, text: String) { attribute(type, raw: Array(text.utf8) + [0]) }

    mutating func nest(_ type: Int, _ build: (inout NetlinkBody) -> Void) {
        var inner = NetlinkBody()
        build(&inner)
        attribute(type, raw: inner.bytes)
    }

    private mutating func pad() { while bytes.count % 4 != 0 { bytes.append(0) } }
}

/// The attributes of a message, or of one nested in it. What is cut short is left out.
struct RouteAttributes {
    private(set) var all: [(type: Int, payload: ArraySlice<UInt8>)] = []

    init(_ bytes: ArraySlice<UInt8>) {
        var rest = bytes
        while rest.count >= 4 {
            let length = Int(rest.integer(at: 0, as: UInt16.self))
            guard length >= 4, length <= rest.count else { return }
            // The upper two bits are flags (nested, network order).
            let type = Int(rest.integer(at: 2, as: UInt16.self) & 0x3FFF)
            all.append((type, rest.dropFirst(4).prefix(length - 4)))
            rest = rest.dropFirst((length + 3) & ~3)
        }
    }

    subscript(type: Int) -> ArraySlice<UInt8>? { all.last { $0.type == type }?.payload }

    func text(_ type: Int) -> String? {
        self[type].map { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    }

    /// Nil where missing or too short.
    func integer<Integer: FixedWidthInteger>(_ type: Int, as: Integer.Type = Integer.self) -> Integer? {
        guard let payload = self[type], payload.count >= MemoryLayout<Integer>.size else { return nil }
        return payload.integer(at: 0)
    }

    func nested(_ type: Int) -> RouteAttributes { RouteAttributes(self[type] ?? []) }
}

extension ArraySlice<UInt8> {
    /// In the host's order, `offset` octets from the slice's start; zero where it is too short.
    func integer<Integer: FixedWidthInteger>(at offset: Int, as: Integer.Type = Integer.self) -> Integer {
        guard offset >= 0, offset + MemoryLayout<Integer>.size <= count else { return 0 }
        return self.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: offset, as: Integer.self) }
    }
}

/// `struct tcmsg` with its attributes: what qdiscs, classes and filters are asked for and described by.
struct TrafficMessage: Hashable, Sendable {
    var type: UInt16
    var index: Int32
    var handle: UInt32
    var parent: UInt32
    /// A filter's priority (upper half) and protocol in network order (lower half).
    var info: UInt32
    var kind: String
    /// The payload of TCA_OPTIONS; nil where there are none.
    var options: [UInt8]?
    /// Types of further attributes that describe it and are not counters (a size table, shared blocks).
    var extras: Set<Int> = []

    static let headerSize = 20

    init(
        _ type: Int, index: Int32, handle: UInt32, parent: UInt32, info: UInt32 = 0, kind: String = "",
        options: NetlinkBody? = nil
    ) {
        self.type = UInt16(type)
        self.index = index
        self.handle = handle
        self.parent = parent
        self.info = info
        self.kind = kind
        self.options = options?.bytes
    }

    /// Nil if too short.
    init?(type: UInt16, _ payload: ArraySlice<UInt8>) {
        guard payload.count >= Self.headerSize else { return nil }
        self.type = type
        index = payload.integer(at: 4)
        handle = payload.integer(at: 8)
        parent = payload.integer(at: 12)
        info = payload.integer(at: 16)
        let attributes = RouteAttributes(payload.dropFirst(Self.headerSize))
        kind = attributes.text(TrafficAttribute.kind) ?? ""
        options = attributes[TrafficAttribute.options].map(Array.init)
        extras = Set(attributes.all.map(\.type)).intersection(TrafficAttribute.foreign)
    }

    var body: NetlinkBody {
        var body = NetlinkBody()
        body.append(UInt32(0))
        body.append(index)
        body.append(handle)
        body.append(parent)
        body.append(info)
        if !kind.isEmpty { body.attribute(TrafficAttribute.kind, text: kind) }
        if let options { body.attribute(TrafficAttribute.options, raw: options) }
        return body
    }

    var attributes: RouteAttributes { RouteAttributes((options ?? [])[...]) }
}

/// Attributes of traffic messages (linux/rtnetlink.h).
enum TrafficAttribute {
    static let kind = 1
    static let options = 2
    /// TCA_STAB, TCA_INGRESS_BLOCK, TCA_EGRESS_BLOCK: what this program cannot put back.
    static let foreign: Set<Int> = [8, 13, 14]
}

/// Handles of qdiscs and classes: major in the upper half.
enum Handle {
    static let root: UInt32 = 0xFFFF_FFFF
    static let clsact: UInt32 = 0xFFFF_FFF1
    /// Where clsact's arriving packets are classified.
    static let arriving: UInt32 = 0xFFFF_FFF2
    static let leaving: UInt32 = 0xFFFF_FFF3

    /// Our root's handle on every interface: `4741:`.
    static let ours: UInt32 = 0x4741_0000

    /// The class of the `minor`-th of our faults on an interface.
    static func lane(_ minor: UInt16) -> UInt32 { ours | UInt32(minor) }
    /// The handle of its leaf.
    static func leaf(_ minor: UInt16) -> UInt32 { ours + UInt32(minor) << 16 }
    /// The first of its four filter priorities: exempt v4, exempt v6, meant v4, meant v6.
    static func priority(_ minor: UInt16) -> UInt16 { 0x4700 + minor * 4 }
    static let mostLanes: UInt16 = 200

    /// As `tc` writes it: `4741:`, `4741:1`.
    static func text(_ handle: UInt32) -> String {
        let minor = handle & 0xFFFF
        return String(handle >> 16, radix: 16) + ":" + (minor == 0 ? "" : String(minor, radix: 16))
    }
}
