/// Netlink messages or parts of them being written, as bytes. Pure.
///
/// By hand, and libnl carries them: it has no nftables, and of traffic control it lacks setters for half of what is needed
/// (64-bit delays, loss models, 64-bit rates) and leaves out explicit zeros.
package struct NetlinkWriter: Hashable, Sendable {
    package private(set) var bytes: [UInt8] = []
    /// Where the last message begins.
    private(set) var lastMessage = 0

    package init() {}

    /// One message that asks for an answer.
    package static func request(_ type: UInt16, flags: UInt16 = 0, _ body: (inout NetlinkWriter) -> Void) -> [UInt8] {
        var writer = NetlinkWriter()
        // A list ends with an answer anyhow.
        let answered = flags & Netlink.dump == Netlink.dump ? 0 : Netlink.acknowledge
        writer.message(type, flags: Netlink.request | answered | flags, sequence: 1, body)
        return writer.bytes
    }

    /// A message: header, then what `body` writes. Its length is set when the body is done.
    package mutating func message(
        _ type: UInt16, flags: UInt16, sequence: UInt32, _ body: (inout NetlinkWriter) -> Void
    ) {
        let start = bytes.count
        lastMessage = start
        native(UInt32(0))
        native(type)
        native(flags)
        native(sequence)
        // The kernel fills in our port.
        native(UInt32(0))
        body(&self)
        patch(UInt32(bytes.count - start), at: start)
        align()
    }

    /// Sets flags of the last message besides those it has.
    package mutating func flagLast(_ flags: UInt16) {
        let offset = lastMessage + 6
        let had = bytes[offset..<offset + 2].withUnsafeBytes { $0.loadUnaligned(as: UInt16.self) }
        patch(had | flags, at: offset)
    }

    // MARK: - Attributes

    package mutating func attribute(_ type: UInt16, _ payload: some Collection<UInt8>) {
        precondition(payload.count <= Int(UInt16.max) - 4, "an attribute of \(payload.count) bytes")
        native(UInt16(4 + payload.count))
        native(type)
        bytes.append(contentsOf: payload)
        align()
    }

    /// With its closing zero.
    package mutating func string(_ type: UInt16, _ text: String) { attribute(type, Array(text.utf8) + [0]) }

    /// In this machine's byte order.
    package mutating func native(_ type: UInt16, _ value: some FixedWidthInteger) {
        attribute(type, withUnsafeBytes(of: value) { Array($0) })
    }

    /// In network byte order, as all numbers of nfnetlink are.
    package mutating func big(_ type: UInt16, _ value: some FixedWidthInteger) {
        attribute(type, withUnsafeBytes(of: value.bigEndian) { Array($0) })
    }

    package mutating func nest(_ type: UInt16, _ body: (inout NetlinkWriter) -> Void) {
        let start = bytes.count
        native(UInt16(0))
        native(type | Netlink.nested)
        body(&self)
        precondition(bytes.count - start <= Int(UInt16.max), "a nest of \(bytes.count - start) bytes")
        patch(UInt16(bytes.count - start), at: start)
    }

    // MARK: - Numbers

    /// In this machine's byte order.
    package mutating func native(_ value: some FixedWidthInteger) {
        withUnsafeBytes(of: value) { bytes.append(contentsOf: $0) }
    }

    /// `struct nfgenmsg`, with which all messages of nfnetlink begin.
    mutating func header(family: UInt8, resource: UInt16 = 0) {
        append([family, 0])
        native(resource.bigEndian)
    }

    package mutating func append(_ more: some Sequence<UInt8>) { bytes.append(contentsOf: more) }

    private mutating func patch<Number: FixedWidthInteger>(_ value: Number, at offset: Int) {
        withUnsafeBytes(of: value) { source in
            for (index, byte) in source.enumerated() { bytes[offset + index] = byte }
        }
    }

    private mutating func align() {
        while !bytes.count.isMultiple(of: 4) { bytes.append(0) }
    }
}
