package import ChaosPlan

/// Which packets a network fault is about, as this host sees them.
package struct TrafficMatch: Hashable, Sendable {
    package enum Direction: String, CaseIterable, Sendable {
        /// Arriving from the peers.
        case `in`
        /// Leaving for the peers.
        case out
        case both
    }

    package enum Transport: String, CaseIterable, Sendable { case tcp, udp, icmp }

    /// Where this host stands in the packets' way.
    package enum Place: String, CaseIterable, Sendable {
        /// It sends or receives them.
        case end
        /// It forwards them (a router): `local` and `peers` are then the two sides.
        case forward
    }

    /// The far ends: addresses and prefixes, v4 or v6. Never empty.
    var peers: [IPAddress]
    /// The near ends; empty for all of this host's.
    var local: [IPAddress]
    var direction: Direction
    /// Nil for all.
    var transport: Transport?
    /// The peers' port (TCP, UDP).
    var port: Int?
    /// This host's port.
    var localPort: Int?
    /// Nil for all.
    var interface: String?
    /// Only flows of this user's processes (outgoing packets).
    var user: Int?
    var place: Place
    /// Flows that stay untouched by construction.
    var exempt: [ControlFlow]

    package static let keys: [ObjectShape.Key] = [
        .required(
            "peers", .list(.scalar(ScalarRule(.text)), identity: nil, atLeast: 1),
            "addresses or prefixes of the far ends"),
        .optional("local", .list(.scalar(ScalarRule(.text))), "addresses of the near ends; all unless given"),
        .byDefault("direction", .word(Direction.allCases.map(\.rawValue)), "both", "as this host sees it"),
        .optional("protocol", .word(Transport.allCases.map(\.rawValue)), "all unless given"),
        .optional("port", .scalar(ScalarRule(.integer, low: 1, high: 65_535)), "of the far ends"),
        .optional("local-port", .scalar(ScalarRule(.integer, low: 1, high: 65_535)), "of the near ends"),
        .optional("interface", .scalar(ScalarRule(.text)), "all unless given"),
        .optional("user", .scalar(ScalarRule(.integer, low: 0, high: 4_294_967_294)), "only what this uid sends"),
        .byDefault("place", .word(Place.allCases.map(\.rawValue)), "end", "whether this host is an end or forwards"),
    ]

    /// All contradictions in one error.
    package init(_ value: Value, exempt: [ControlFlow]) throws(HostError) {
        peers = try value.items("peers").map { (item) throws(HostError) in try IPAddress(item.text) }
        local = try value.items("local").map { (item) throws(HostError) in try IPAddress(item.text) }
        direction = value.word("direction")
        transport = value["protocol"] == nil ? nil : value.word("protocol", as: Transport.self)
        port = value["port"]?.int
        localPort = value["local-port"]?.int
        interface = value["interface"]?.text
        user = value["user"]?.int
        place = value.word("place")
        self.exempt = exempt
        var wrong: [String] = []
        if port != nil || localPort != nil, transport != .tcp, transport != .udp {
            wrong.append("a port needs `protocol` tcp or udp")
        }
        if user != nil, direction != .out {
            wrong.append("`user` needs `direction: out`: only a sender's user is known")
        }
        if user != nil, place == .forward { wrong.append("`user` is not known where packets are forwarded") }
        if place == .forward, local.isEmpty { wrong.append("`place: forward` needs `local`, the other side") }
        if let interface, interface.isEmpty || interface.utf8.count > 15 {
            wrong.append("`interface` has 1 to 15 bytes")
        }
        guard wrong.isEmpty else { throw HostError(.malformed, wrong.joined(separator: "; ")) }
    }
}
