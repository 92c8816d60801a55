package import ChaosPlan

/// What a probe measures from this host: the answer of a far end, by means of its own.
package struct ProbeTarget: Hashable, Sendable {
    package enum Means: Hashable, Sendable {
        /// ICMP echo.
        case ping
        /// A TCP connection.
        case connect(port: Int)
    }

    package var address: IPAddress
    package var means: Means
    /// How many, sent at once.
    package var count: Int
    /// Bytes of payload of a ping.
    package var size = 64

    package init(address: IPAddress, means: Means, count: Int, size: Int = 64) {
        self.address = address
        self.means = means
        self.count = count
        self.size = size
    }

    /// Each connection takes a descriptor.
    private static let mostConnections = 100

    package static let shape = ObjectShape(
        "a probe",
        [
            .required("address", .scalar(ScalarRule(.text)), "of the far end"),
            .optional(
                "port", .scalar(ScalarRule(.integer, low: 1, high: 65_535)), "connects by TCP; pings unless given"),
            .byDefault("count", .scalar(ScalarRule(.integer, low: 1, high: 1_000)), "5", "how many, sent at once"),
            .optional(
                "size", .scalar(ScalarRule(.size, low: Int64(PingPacket.leastPayload), high: 8_192)),
                "of a ping's payload; 64B unless given"),
        ])

    package static func read(_ values: [Value]) throws(HostError) -> [ProbeTarget] {
        try values.map { (value) throws(HostError) in
            let address = try IPAddress(value.text("address"))
            guard address.isSingle else {
                throw HostError(.malformed, "a probe needs one address, not `\(address.text)`")
            }
            let port = value["port"]?.int
            if port != nil, value["size"] != nil {
                throw HostError(.malformed, "a connection has no `size`", hint: "leave out `size` or `port`")
            }
            if port != nil, value.int("count") > mostConnections {
                throw HostError(.malformed, "more than \(mostConnections) connections at once", hint: "lower `count`")
            }
            return ProbeTarget(
                address: address, means: port.map { .connect(port: $0) } ?? .ping, count: value.int("count"),
                size: value["size"]?.int ?? 64)
        }
    }
}

/// What a probe measured.
public struct ProbeResult: Hashable, Codable, Sendable {
    /// `ping 10.1.0.2`, `connect 10.1.0.2:80`.
    public var probe: String
    public var address: String
    /// Of a TCP connection; absent for a ping.
    public var port: Int?
    /// Bytes of payload each, of a ping.
    public var size: Int
    public var sent: Int
    /// How many of the sent were answered, intact or not; refusals not counted.
    public var answered = 0
    /// Answered with a refusal (RST, ICMP unreachable).
    public var refused = 0
    /// Came back changed.
    public var corrupted = 0
    /// Answers beyond the first.
    public var duplicated = 0
    /// Answers that came after the answer to a later one.
    public var reordered = 0
    /// Of the answered: from sending to the first answer; absent if none was.
    public var medianNs: Int64?
    public var maximumNs: Int64?
    /// From the first sending to the last answer.
    public var lastNs: Int64?
    /// Why something could not be sent, in the kernel's words.
    public var failure: String?

    package init(_ target: ProbeTarget, sent: Int = 0) {
        address = target.address.text
        size = target.size
        self.sent = sent
        switch target.means {
        case .ping: probe = "ping \(address)"
        case .connect(let port):
            self.port = port
            probe = "connect \(target.address.isV6 ? "[\(address)]" : address):\(port)"
        }
    }

    /// Takes round-trip times (ns).
    mutating func measure(_ times: [Int64]) {
        let sorted = times.sorted()
        medianNs = sorted.isEmpty ? nil : sorted[sorted.count / 2]
        maximumNs = sorted.last
    }
}
