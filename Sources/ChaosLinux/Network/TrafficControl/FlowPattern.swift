/// One set of packets that a single u32 filter can tell: addresses, protocol and ports. Pure.
///
/// Ports are read where they stand without IPv4 options or IPv6 extension headers, and only in the first fragment: packets
/// with those are not matched.
package struct FlowPattern: Hashable, Sendable {
    var isV6: Bool
    /// Nil for any.
    var source: IPAddress?
    var destination: IPAddress?
    /// The IP protocol's number.
    var transport: UInt8?
    var sourcePort: UInt16?
    var destinationPort: UInt16?

    /// What a match means for packets from the near ends to the far ones (`isLeaving`) or back.
    package static func patterns(of match: TrafficMatch, isLeaving: Bool) throws(HostError) -> [FlowPattern] {
        var patterns: [FlowPattern] = []
        for peer in match.peers {
            let near: [IPAddress?] = match.local.isEmpty ? [nil] : match.local.filter { $0.isV6 == peer.isV6 }
            for local in near {
                let transport: UInt8? =
                    switch match.transport {
                    case .tcp: 6
                    case .udp: 17
                    case .icmp: peer.isV6 ? 58 : 1
                    case nil: nil
                    }
                let ports = (near: match.localPort.map { UInt16($0) }, far: match.port.map { UInt16($0) })
                patterns.append(
                    FlowPattern(
                        isV6: peer.isV6, source: isLeaving ? local : peer, destination: isLeaving ? peer : local,
                        transport: transport, sourcePort: isLeaving ? ports.near : ports.far,
                        destinationPort: isLeaving ? ports.far : ports.near))
            }
        }
        guard !patterns.isEmpty else {
            throw HostError(
                .malformed, "`peers` and `local` have no address family in common",
                hint: "give both as IPv4 or both as IPv6")
        }
        // u32 numbers what stands in one table with twelve bits.
        guard patterns.count <= 4_000 else {
            throw HostError(
                .unsupported, "\(patterns.count) pairs of addresses are more than traffic control can filter (4000)",
                hint: "name prefixes instead of single addresses")
        }
        return patterns
    }

    /// A control flow's packets.
    static func exempt(_ flow: ControlFlow, isLeaving: Bool) throws(HostError) -> FlowPattern {
        let far = try IPAddress(flow.address)
        let ports = (near: flow.localPort.map { UInt16($0) }, far: UInt16(flow.port))
        return FlowPattern(
            isV6: far.isV6, source: isLeaving ? nil : far, destination: isLeaving ? far : nil, transport: 6,
            sourcePort: isLeaving ? ports.near : ports.far, destinationPort: isLeaving ? ports.far : ports.near)
    }

    /// Whether some packet could be of both.
    package func overlaps(_ other: FlowPattern) -> Bool {
        func agree<T: Equatable>(_ a: T?, _ b: T?) -> Bool { a == nil || b == nil || a == b }
        func agree(_ a: IPAddress?, _ b: IPAddress?) -> Bool {
            guard let a, let b else { return true }
            let shorter = min(a.prefix, b.prefix)
            var (x, y) = (a, b)
            x.prefix = shorter
            y.prefix = shorter
            return x.edge(ones: true) == y.edge(ones: true)
        }
        return isV6 == other.isV6 && agree(source, other.source) && agree(destination, other.destination)
            && agree(transport, other.transport) && agree(sourcePort, other.sourcePort)
            && agree(destinationPort, other.destinationPort)
    }

    /// A word of the packet under a mask, `offset` octets from the network header.
    package struct Key: Hashable {
        package var mask: UInt32
        package var value: UInt32
        package var offset: Int32

        package init(mask: UInt32, value: UInt32, offset: Int32) {
            self.mask = mask
            self.value = value
            self.offset = offset
        }
    }

    /// Values and masks as numbers, first octet highest.
    package var keys: [Key] {
        var keys: [Key] = []
        func add(_ address: IPAddress?, at offset: Int32) {
            guard let address else { return }
            let low = address.edge(ones: false).octets
            for word in 0..<(low.count / 4) {
                let bits = min(32, max(0, address.prefix - word * 32))
                guard bits > 0 else { break }
                let mask = bits == 32 ? UInt32.max : ~(UInt32.max >> UInt32(bits))
                let value = low[(word * 4)..<(word * 4 + 4)].reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
                keys.append(Key(mask: mask, value: value & mask, offset: offset + Int32(word * 4)))
            }
        }
        add(source, at: isV6 ? 8 : 12)
        add(destination, at: isV6 ? 24 : 16)
        if let transport {
            keys.append(
                isV6
                    ? Key(mask: 0x0000_FF00, value: UInt32(transport) << 8, offset: 4)
                    : Key(mask: 0x00FF_0000, value: UInt32(transport) << 16, offset: 8))
        }
        if sourcePort != nil || destinationPort != nil {
            if !isV6 {
                keys.append(Key(mask: 0x0F00_0000, value: 0x0500_0000, offset: 0))
                keys.append(Key(mask: 0x0000_1FFF, value: 0, offset: 4))
            }
            let mask = (sourcePort == nil ? 0 : 0xFFFF_0000) | (destinationPort == nil ? 0 : 0x0000_FFFF)
            let value = UInt32(sourcePort ?? 0) << 16 | UInt32(destinationPort ?? 0)
            keys.append(Key(mask: UInt32(mask), value: value, offset: isV6 ? 40 : 20))
        }
        // All packets of the family.
        if keys.isEmpty { keys.append(Key(mask: 0, value: 0, offset: 0)) }
        return keys
    }

    /// TCA_U32_SEL: matched packets go no further.
    private var selector: [UInt8] {
        let keys = self.keys
        var body = NetlinkWriter()
        body.native(UInt8(1))
        body.native(UInt8(0))
        body.native(UInt8(keys.count))
        for _ in 0..<13 { body.native(UInt8(0)) }
        for key in keys {
            body.native(key.mask.bigEndian)
            body.native(key.value.bigEndian)
            body.native(key.offset)
            body.native(Int32(0))
        }
        return body.bytes
    }

    /// TCA_OPTIONS of a u32 filter that sends matched packets to a class, and to another interface if one is given.
    package func options(class: UInt32, redirectedTo link: Int32?) -> NetlinkWriter {
        var body = NetlinkWriter()
        body.native(1, `class`)
        body.attribute(5, selector)
        if let link {
            body.nest(7) {
                $0.nest(1) { action in
                    action.string(1, "mirred")
                    action.nest(2) {
                        var parameters = NetlinkWriter()
                        // Stolen from its way; redirected to where the other interface sends from.
                        for word in [0, 0, 4, 0, 0, 1] as [UInt32] { parameters.native(word) }
                        parameters.native(link)
                        $0.attribute(2, parameters.bytes)
                    }
                }
            }
        }
        return body
    }

    /// Whether a dumped filter's options are of this pattern, class and redirection.
    package func isShown(by options: [UInt8], class: UInt32, redirectedTo link: Int32?) -> Bool {
        let attributes = NetlinkAttributes(options[...])
        guard attributes.native(1, as: UInt32.self) == `class`, let found = attributes[5],
            Self.keys(of: found) == Set(keys)
        else { return false }
        let target = attributes.nested(7).nested(1).nested(2)[2]
        return target.map { $0.native(at: 24, as: Int32.self) } == link
    }

    private static func keys(of selector: ArraySlice<UInt8>) -> Set<Key> {
        let count = Int(selector.native(at: 2, as: UInt8.self))
        return Set(
            (0..<count).map {
                Key(
                    mask: UInt32(bigEndian: selector.native(at: 16 + $0 * 16)),
                    value: UInt32(bigEndian: selector.native(at: 20 + $0 * 16)),
                    offset: selector.native(at: 24 + $0 * 16))
            })
    }

    /// The Ethernet protocol in network order, as a filter's `info` wants it.
    var ethernet: UInt16 { (isV6 ? 0x86DD : 0x0800 as UInt16).bigEndian }
}
