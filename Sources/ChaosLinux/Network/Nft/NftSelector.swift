/// Finds the packets of a TrafficMatch: sets of addresses and the expressions that look them up. Pure.
///
/// Prefixes are looked up by masking an address and finding the rest in a set of all prefixes of that length. So every
/// set is a hash, prefixes may overlap, and each element has a timeout of its own.
struct NftSelector {
    /// Which side of the packet the peers are on.
    enum Way: Hashable, Sendable {
        /// Peers are the source.
        case `in`
        /// Peers are the destination.
        case out
    }

    let match: TrafficMatch
    private let peers: [Group]
    private let local: [Group]

    /// Addresses of one family and prefix length.
    private struct Group {
        var isV6: Bool
        var prefix: Int
        var set: NftTable.Set

        init(isV6: Bool, prefix: Int, name: String, addresses: [IPAddress], isLeased: Bool) {
            self.isV6 = isV6
            self.prefix = prefix
            let whole = prefix == (isV6 ? 128 : 32)
            set = NftTable.Set(
                name: "\(name)\(isV6 ? 6 : 4)\(whole ? "" : "_\(prefix)")", key: isV6 ? .v6 : .v4,
                elements: addresses.map(\.octets), isLeased: isLeased)
        }
    }

    init(_ match: TrafficMatch) {
        self.match = match
        peers = Self.groups(match.peers, name: "peers", isLeased: true)
        local = Self.groups(match.local, name: "local", isLeased: false)
    }

    private static func groups(_ addresses: [IPAddress], name: String, isLeased: Bool) -> [Group] {
        var order: [[Int]] = []
        var members: [[Int]: [IPAddress]] = [:]
        var seen: Swift.Set<IPAddress> = []
        for address in addresses where seen.insert(address).inserted {
            let key = [address.octets.count, address.prefix]
            if members[key] == nil { order.append(key) }
            members[key, default: []].append(address)
        }
        return order.map {
            Group(isV6: $0[0] == 16, prefix: $0[1], name: name, addresses: members[$0] ?? [], isLeased: isLeased)
        }
    }

    /// Of each table that uses the rules. Leased are those of the peers: every rule needs one of them.
    var sets: [NftTable.Set] { (peers + local).map(\.set) }

    var hasV6: Bool { peers.contains(where: \.isV6) }

    /// The beginnings of the rules that together match the packets going `way`, without interface, transport and user.
    func addresses(_ way: Way, in family: NftTable.Family) -> [(isV6: Bool, expressions: [NftExpression])] {
        peers.flatMap { peer -> [(isV6: Bool, expressions: [NftExpression])] in
            let start = Self.layer3(isV6: peer.isV6, in: family) + Self.lookup(peer, isSource: way == .in)
            guard !match.local.isEmpty else { return [(peer.isV6, start)] }
            return local.filter { $0.isV6 == peer.isV6 }.map {
                (peer.isV6, start + Self.lookup($0, isSource: way == .out))
            }
        }
    }

    /// Transport and ports.
    func ports(_ way: Way, isV6: Bool) -> [NftExpression] {
        var expressions: [NftExpression] = []
        switch match.transport {
        case .tcp: expressions += Self.transport(6)
        case .udp: expressions += Self.transport(17)
        case .icmp: expressions += Self.transport(isV6 ? 58 : 1)
        case nil: break
        }
        if let port = match.port { expressions += Self.port(port, isSource: way == .in) }
        if let port = match.localPort { expressions += Self.port(port, isSource: way == .out) }
        return expressions
    }

    func interface(_ way: Way) -> [NftExpression] {
        guard let interface = match.interface else { return [] }
        return [.meta(way == .in ? .incomingName : .outgoingName), .compare(.equal, NftExpression.name(interface))]
    }

    var user: [NftExpression] {
        guard let user = match.user else { return [] }
        return [.meta(.user), .compare(.equal, NftExpression.native(UInt32(truncatingIfNeeded: user)))]
    }

    // MARK: - Parts

    static func transport(_ number: UInt8, isNot: Bool = false) -> [NftExpression] {
        [.meta(.transport), .compare(isNot ? .notEqual : .equal, [number])]
    }

    static func port(_ port: Int, isSource: Bool) -> [NftExpression] {
        [
            .payload(.transport, offset: isSource ? 0 : 2, length: 2),
            .compare(.equal, NftExpression.port(port)),
        ]
    }

    /// Where only one family's packets come by it is not asked.
    static func layer3(isV6: Bool, in family: NftTable.Family) -> [NftExpression] {
        switch family {
        case .inet: [.meta(.family), .compare(.equal, [isV6 ? 10 : 2])]
        case .netdev, .bridge: [.meta(.ethertype), .compare(.equal, isV6 ? [0x86, 0xDD] : [0x08, 0x00])]
        case .ip, .ip6: []
        }
    }

    static func address(isV6: Bool, isSource: Bool) -> NftExpression {
        isV6
            ? .payload(.network, offset: isSource ? 8 : 24, length: 16)
            : .payload(.network, offset: isSource ? 12 : 16, length: 4)
    }

    private static func lookup(_ group: Group, isSource: Bool) -> [NftExpression] {
        let length = group.isV6 ? 16 : 4
        var expressions = [address(isV6: group.isV6, isSource: isSource)]
        if group.prefix < length * 8 {
            expressions.append(
                .mask(
                    (0..<length).map { index in
                        UInt8(truncatingIfNeeded: 0xFF00 >> min(8, max(0, group.prefix - index * 8)))
                    }))
        }
        return expressions + [.lookup(set: group.set.name)]
    }
}
