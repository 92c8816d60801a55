/// `struct tcmsg` with its attributes: what qdiscs, classes and filters are asked for and described by.
package struct TrafficMessage: Hashable, Sendable {
    var type: UInt16
    var index: Int32
    package var handle: UInt32
    var parent: UInt32
    /// A filter's priority (upper half) and protocol in network order (lower half).
    package var info: UInt32
    package var kind: String
    /// The payload of TCA_OPTIONS; nil where there are none.
    var options: [UInt8]?
    /// Types of further attributes that describe it and are not counters (a size table, shared blocks).
    package var extras: Set<UInt16> = []

    package static let headerSize = 20

    package init(
        _ type: UInt16, index: Int32, handle: UInt32, parent: UInt32, info: UInt32 = 0, kind: String = "",
        options: NetlinkWriter? = nil
    ) {
        self.type = type
        self.index = index
        self.handle = handle
        self.parent = parent
        self.info = info
        self.kind = kind
        self.options = options?.bytes
    }

    /// Nil if too short.
    package init?(type: UInt16, _ payload: ArraySlice<UInt8>) {
        guard payload.count >= Self.headerSize else { return nil }
        self.type = type
        index = payload.native(at: 4)
        handle = payload.native(at: 8)
        parent = payload.native(at: 12)
        info = payload.native(at: 16)
        let attributes = NetlinkAttributes(payload.dropFirst(Self.headerSize))
        kind = attributes.string(TrafficAttribute.kind) ?? ""
        options = attributes[TrafficAttribute.options].map(Array.init)
        extras = Set(attributes.all.map(\.type)).intersection(TrafficAttribute.foreign)
    }

    package var body: NetlinkWriter {
        var body = NetlinkWriter()
        body.native(UInt32(0))
        body.native(index)
        body.native(handle)
        body.native(parent)
        body.native(info)
        if !kind.isEmpty { body.string(TrafficAttribute.kind, kind) }
        if let options { body.attribute(TrafficAttribute.options, options) }
        return body
    }

    /// As a message to the kernel.
    func request(_ flags: UInt16 = 0) -> [UInt8] {
        NetlinkWriter.request(type, flags: flags) { $0.append(body.bytes) }
    }

    package var attributes: NetlinkAttributes { NetlinkAttributes((options ?? [])[...]) }
}

/// Attributes of traffic messages (linux/rtnetlink.h).
enum TrafficAttribute {
    static let kind: UInt16 = 1
    static let options: UInt16 = 2
    /// TCA_STAB, TCA_INGRESS_BLOCK, TCA_EGRESS_BLOCK: what this program cannot put back.
    static let foreign: Set<UInt16> = [8, 13, 14]
}

/// Handles of qdiscs and classes: major in the upper half.
package enum Handle {
    package static let root: UInt32 = 0xFFFF_FFFF
    static let clsact: UInt32 = 0xFFFF_FFF1
    /// Where clsact's arriving packets are classified.
    static let arriving: UInt32 = 0xFFFF_FFF2
    static let leaving: UInt32 = 0xFFFF_FFF3

    /// Our root's handle on every interface: `4741:`.
    package static let ours: UInt32 = 0x4741_0000

    /// The class of the `minor`-th of our faults on an interface.
    package static func lane(_ minor: UInt16) -> UInt32 { ours | UInt32(minor) }
    /// The handle of its leaf.
    package static func leaf(_ minor: UInt16) -> UInt32 { ours + UInt32(minor) << 16 }
    /// The first of its four filter priorities: exempt v4, exempt v6, meant v4, meant v6.
    static func priority(_ minor: UInt16) -> UInt16 { 0x4700 + minor * 4 }
    static let mostLanes: UInt16 = 200

    /// As `tc` writes it: `4741:`, `4741:1`.
    package static func text(_ handle: UInt32) -> String {
        let minor = handle & 0xFFFF
        return String(handle >> 16, radix: 16) + ":" + (minor == 0 ? "" : String(minor, radix: 16))
    }
}
