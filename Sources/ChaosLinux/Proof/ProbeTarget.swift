import ChaosPlan

/// What a probe measures from this host: the answer of a far end, by means of its own.
struct ProbeTarget: Hashable, Sendable {
    enum Means: Hashable, Sendable {
        /// ICMP echo.
        case ping
        /// A TCP connection.
        case connect(port: Int)
    }

    var address: IPAddress
    var means: Means
    /// How many, sent at once.
    var count: Int

    static let shape = ObjectShape(
        "a probe",
        [
            .required("address", .scalar(ScalarRule(.text)), "of the far end"),
            .optional(
                "port", .scalar(ScalarRule(.integer, low: 1, high: 65_535)), "connects by TCP; pings unless given"),
            .byDefault("count", .scalar(ScalarRule(.integer, low: 1, high: 1_000)), "5", "how many, sent at once"),
        ])

    static func read(_ values: [Value]) throws(HostError) -> [ProbeTarget] {
        try values.map { (value) throws(HostError) in
            let address = try IPAddress(value.text("address"))
            guard address.isSingle else {
                throw HostError(.malformed, "a probe needs one address, not `\(address.text)`")
            }
            return ProbeTarget(
                address: address, means: value["port"].map { .connect(port: $0.int) } ?? .ping,
                count: value.int("count"))
        }
    }
}

/// What a probe measured.
public struct ProbeResult: Hashable, Codable, Sendable {
    /// `ping 10.1.0.2`, `connect 10.1.0.2:80`.
    public var probe: String
    public var sent: Int
    public var answered: Int
    /// Answered with a refusal (RST, ICMP unreachable).
    public var refused: Int
    /// Came back changed, or twice.
    public var corrupted: Int
    public var duplicated: Int
    public var reordered: Int
    /// Of the answered; absent if none was.
    public var medianNs: Int64?
    public var maximumNs: Int64?
}
