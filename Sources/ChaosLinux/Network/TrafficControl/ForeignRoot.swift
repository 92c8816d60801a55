/// A root qdisc that is not ours, as the messages that would make it again: itself, its classes, the queues below.
///
/// Only kinds whose dump says all that made them: tbf, fq_codel, pfifo, bfifo, and htb without filters.
package struct ForeignRoot: Hashable, Sendable {
    /// In the order in which they are to be sent.
    package var parts: [TrafficMessage]

    private static let simple: Set<String> = ["tbf", "fq_codel", "pfifo", "bfifo"]

    /// Reads what is there; throws if it could not be put back exactly.
    static func read(_ link: LinkIdentity, _ socket: NetlinkSocket) throws(HostError) -> ForeignRoot {
        let qdiscs = try TrafficControl.qdiscs(of: link.index, socket).filter { $0.handle >> 16 != 0xFFFF }
        guard let root = qdiscs.first(where: { $0.parent == Handle.root }) else { return ForeignRoot(parts: []) }
        let classes = try TrafficControl.classes(of: link.index, socket).filter { $0.kind == "htb" }
        var filtered = try !TrafficControl.filters(of: link.index, at: root.handle, socket).isEmpty
        for part in classes where !filtered {
            filtered = try !TrafficControl.filters(of: link.index, at: part.handle, socket).isEmpty
        }
        guard let saved = ForeignRoot(root: root, classes: classes, qdiscs: qdiscs, isFiltered: filtered) else {
            throw HostError(
                .unsupported,
                "the root qdisc of \(link.name), \(TrafficControl.text(root)), cannot be put back exactly as it is",
                hint: "remove it yourself, or choose a mechanism that needs no qdisc (nftables, nfqueue)")
        }
        return saved
    }

    /// Nil if it could not be put back exactly.
    package init?(root: TrafficMessage, classes: [TrafficMessage], qdiscs: [TrafficMessage], isFiltered: Bool) {
        let below = qdiscs.filter { $0.parent != Handle.root && $0.handle != 0 }
        guard !isFiltered, ([root] + below + classes).allSatisfy({ $0.extras.isEmpty }),
            below.allSatisfy({ Self.simple.contains($0.kind) }),
            root.kind == "htb" || Self.simple.contains(root.kind) && classes.isEmpty
        else { return nil }
        // Offloaded to hardware: what it holds there is not shown.
        if root.kind == "htb", root.attributes[9] != nil { return nil }
        var known: Set<UInt32> = [Handle.root, root.handle]
        var ordered: [TrafficMessage] = []
        var rest = classes
        while !rest.isEmpty {
            let ready = rest.filter { known.contains($0.parent) }
            guard !ready.isEmpty else { return nil }
            ordered += ready
            known.formUnion(ready.map(\.handle))
            rest.removeAll { part in ready.contains { $0.handle == part.handle } }
        }
        parts = ([root] + ordered + below).map(Self.made)
    }

    private init(parts: [TrafficMessage]) { self.parts = parts }

    /// As it is asked for: without what only counts or follows from the rest.
    private static func made(_ part: TrafficMessage) -> TrafficMessage {
        var part = part
        part.info = 0
        if part.kind == "fq_codel", let options = part.options {
            var body = NetlinkWriter()
            for (type, payload) in NetlinkAttributes(options[...]).all {
                // Target, interval and threshold are held in units of 1024 ns and shown in whole microseconds, rounded down:
                // one more is what gives the same again.
                let shown = payload.native(at: 0, as: UInt32.self)
                if [1, 3, 7].contains(type), shown < .max {
                    body.native(type, shown + 1)
                } else {
                    body.attribute(type, payload)
                }
            }
            part.options = body.bytes
        }
        guard part.kind == "htb", let options = part.options else { return part }
        var body = NetlinkWriter()
        for (type, payload) in NetlinkAttributes(options[...]).all {
            var payload = Array(payload)
            // The packets that went straight out; a class's level in the tree.
            let counted = type == 2 ? 16..<20 : type == 1 ? 36..<40 : 0..<0
            for place in counted where place < payload.count { payload[place] = 0 }
            // It shows its version with the minor one, and wants the major one alone.
            if type == 2, payload.count >= 4 {
                var version = NetlinkWriter()
                version.native(payload[...].native(at: 0, as: UInt32.self) >> 16)
                payload.replaceSubrange(..<4, with: version.bytes)
            }
            body.attribute(type, payload)
        }
        part.options = body.bytes
        return part
    }

    // MARK: - As text, for the undo record

    package var description: String {
        parts.map { "\($0.type):\(Links.hex($0.body.bytes))" }.joined(separator: " ")
    }

    /// Nil if it is not such a description.
    package init?(_ description: String) {
        parts = []
        for word in description.split(separator: " ") {
            let halves = word.split(separator: ":")
            guard halves.count == 2, let type = UInt16(halves[0]), halves[1].utf8.count % 2 == 0 else { return nil }
            let digits = Array(halves[1].utf8)
            var bytes: [UInt8] = []
            for place in stride(from: 0, to: digits.count, by: 2) {
                guard let octet = UInt8(String(decoding: digits[place...(place + 1)], as: UTF8.self), radix: 16) else {
                    return nil
                }
                bytes.append(octet)
            }
            guard let part = TrafficMessage(type: type, bytes[...]) else { return nil }
            parts.append(part)
        }
        if parts.isEmpty { return nil }
    }

    /// Onto an interface that has the kernel's default; then reads it back.
    func restore(on link: LinkIdentity, _ socket: NetlinkSocket) throws(HostError) {
        for part in parts {
            try TrafficControl.add(
                part, "putting back \(TrafficControl.text(part)) on \(link.name)", socket)
        }
        let now = try Self.read(link, socket)
        guard Set(now.parts) == Set(parts) else {
            throw HostError(
                .failed, "\(link.name)'s own root qdisc came back different",
                hint: "compare: tc qdisc show dev \(link.name)")
        }
    }
}
