/// A limit of bytes a second, as `tbf`, an `htb` class and its queue take it.
struct RateOptions: Hashable, Sendable {
    /// Bytes a second.
    var rate: UInt64

    /// What passes at once after silence: 10 ms' worth, at least two full Ethernet frames.
    var burst: UInt32 { UInt32(clamping: max(rate / 100, 3_028)) }
    /// Bytes that may wait: 100 ms' worth, and room for one packet as large as the kernel makes them.
    var queue: UInt32 { UInt32(clamping: max(rate / 10, 73_728) + UInt64(burst)) }

    /// A hundred times less than what counts as unlimited.
    static let highest: Int64 = 1_250_000_000

    /// So much that it limits nothing: a Tbit/s.
    static let unlimited = RateOptions(rate: 125_000_000_000)

    /// One tick of the packet scheduler is 64 ns; how long `burst` takes.
    private var burstTicks: UInt32 { UInt32(clamping: UInt64(burst) * 1_000_000_000 / max(rate, 1) / 64) }
    private var low: UInt32 { UInt32(clamping: rate) }

    /// `struct tc_ratespec`: an Ethernet link layer spares the kernel the old tables.
    private func specification(into body: inout NetlinkBody) {
        body.append(UInt8(0))
        body.append(UInt8(1))
        body.append(UInt16(0))
        body.append(Int16(0))
        body.append(UInt16(0))
        body.append(low)
    }

    /// TCA_OPTIONS of tbf.
    var tbf: NetlinkBody {
        var parameters = NetlinkBody()
        specification(into: &parameters)
        for _ in 0..<3 { parameters.append(UInt32(0)) }  // no peak rate
        parameters.append(queue)
        parameters.append(burstTicks)
        parameters.append(UInt32(0))
        var body = NetlinkBody()
        body.attribute(1, raw: parameters.bytes)
        if rate > UInt64(UInt32.max) { body.attribute(4, rate) }
        body.attribute(6, burst)
        return body
    }

    func tbfDifferences(from options: [UInt8]) -> [String] {
        let attributes = RouteAttributes(options[...])
        let parameters = attributes[1] ?? []
        return Self.compare([
            (
                "rate", attributes.integer(4, as: UInt64.self) ?? UInt64(parameters.integer(at: 8, as: UInt32.self)),
                rate
            ),
            ("peak rate", UInt64(parameters.integer(at: 20, as: UInt32.self)), 0),
            ("queue", UInt64(parameters.integer(at: 24, as: UInt32.self)), UInt64(queue)),
        ]) + Self.near("burst", parameters.integer(at: 28, as: UInt32.self), burstTicks)
    }

    /// TCA_OPTIONS of an htb class.
    var htbClass: NetlinkBody {
        var parameters = NetlinkBody()
        specification(into: &parameters)
        specification(into: &parameters)  // it may borrow nothing
        parameters.append(burstTicks)
        parameters.append(burstTicks)
        parameters.append(UInt32(60_000))  // quantum: no other class competes
        parameters.append(UInt32(0))
        parameters.append(UInt32(0))
        var body = NetlinkBody()
        body.attribute(1, raw: parameters.bytes)
        if rate > UInt64(UInt32.max) {
            body.attribute(6, rate)
            body.attribute(7, rate)
        }
        return body
    }

    func htbDifferences(from options: [UInt8]) -> [String] {
        let attributes = RouteAttributes(options[...])
        let parameters = attributes[1] ?? []
        func found(_ attribute: Int, _ place: Int) -> UInt64 {
            attributes.integer(attribute, as: UInt64.self) ?? UInt64(parameters.integer(at: place, as: UInt32.self))
        }
        return Self.compare([
            ("rate", found(6, 8), rate), ("ceiling", found(7, 20), rate),
            ("quantum", UInt64(parameters.integer(at: 32, as: UInt32.self)), 60_000),
            ("priority", UInt64(parameters.integer(at: 40, as: UInt32.self)), 0),
        ]) + Self.near("burst", parameters.integer(at: 24, as: UInt32.self), burstTicks)
            + Self.near("ceiling's burst", parameters.integer(at: 28, as: UInt32.self), burstTicks)
    }

    /// TCA_OPTIONS of bfifo, the queue below an htb class.
    var bfifo: NetlinkBody {
        var body = NetlinkBody()
        body.append(queue)
        return body
    }

    func bfifoDifferences(from options: [UInt8]) -> [String] {
        Self.compare([("queue", UInt64(options[...].integer(at: 0, as: UInt32.self)), UInt64(queue))])
    }

    /// TCA_OPTIONS of an htb root: what no filter takes goes to `class`, or with 0 straight out, unlimited.
    static func htbRoot(others class: UInt32) -> NetlinkBody {
        var parameters = NetlinkBody()
        parameters.append(UInt32(3))  // version
        parameters.append(UInt32(10))
        parameters.append(`class`)
        parameters.append(UInt32(0))
        parameters.append(UInt32(0))
        var body = NetlinkBody()
        body.attribute(2, raw: parameters.bytes)
        return body
    }

    private static func compare(_ rows: [(String, UInt64, UInt64)]) -> [String] {
        rows.compactMap { $1 == $2 ? nil : "\($0) is \($1), not \($2)" }
    }

    /// The kernel turns bytes into time and ticks and back: off by one is the same.
    private static func near(_ name: String, _ found: UInt32, _ wanted: UInt32) -> [String] {
        abs(Int64(found) - Int64(wanted)) <= 1 ? [] : ["\(name) is \(found) ticks, not \(wanted)"]
    }
}
