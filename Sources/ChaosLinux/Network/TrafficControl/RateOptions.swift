/// A limit of bytes a second, as `tbf`, an `htb` class and its queue take it.
package struct RateOptions: Hashable, Sendable {
    /// Bytes a second.
    package var rate: UInt64

    package init(rate: UInt64) {
        self.rate = rate
    }

    /// What passes at once after silence: 10 ms' worth, at least two full Ethernet frames.
    package var burst: UInt32 { UInt32(clamping: max(rate / 100, 3_028)) }
    /// Bytes that may wait: 100 ms' worth, and room for one packet as large as the kernel makes them.
    package var queue: UInt32 { UInt32(clamping: max(rate / 10, 73_728) + UInt64(burst)) }

    /// A hundred times less than what counts as unlimited.
    static let highest: Int64 = 1_250_000_000

    /// So much that it limits nothing: a Tbit/s.
    static let unlimited = RateOptions(rate: 125_000_000_000)

    /// One tick of the packet scheduler is 64 ns; how long `burst` takes.
    private var burstTicks: UInt32 { UInt32(clamping: UInt64(burst) * 1_000_000_000 / max(rate, 1) / 64) }
    private var low: UInt32 { UInt32(clamping: rate) }

    /// `struct tc_ratespec`: an Ethernet link layer spares the kernel the old tables.
    private func specification(into body: inout NetlinkWriter) {
        body.native(UInt8(0))
        body.native(UInt8(1))
        body.native(UInt16(0))
        body.native(Int16(0))
        body.native(UInt16(0))
        body.native(low)
    }

    /// TCA_OPTIONS of tbf.
    package var tbf: NetlinkWriter {
        var parameters = NetlinkWriter()
        specification(into: &parameters)
        for _ in 0..<3 { parameters.native(UInt32(0)) }  // no peak rate
        parameters.native(queue)
        parameters.native(burstTicks)
        parameters.native(UInt32(0))
        var body = NetlinkWriter()
        body.attribute(1, parameters.bytes)
        if rate > UInt64(UInt32.max) { body.native(4, rate) }
        body.native(6, burst)
        return body
    }

    package func tbfDifferences(from options: [UInt8]) -> [String] {
        let attributes = NetlinkAttributes(options[...])
        let parameters = attributes[1] ?? []
        return Self.compare([
            (
                "rate", attributes.native(4, as: UInt64.self) ?? UInt64(parameters.native(at: 8, as: UInt32.self)),
                rate
            ),
            ("peak rate", UInt64(parameters.native(at: 20, as: UInt32.self)), 0),
            ("queue", UInt64(parameters.native(at: 24, as: UInt32.self)), UInt64(queue)),
        ]) + Self.near("burst", parameters.native(at: 28, as: UInt32.self), burstTicks)
    }

    /// TCA_OPTIONS of an htb class.
    package var htbClass: NetlinkWriter {
        var parameters = NetlinkWriter()
        specification(into: &parameters)
        specification(into: &parameters)  // it may borrow nothing
        parameters.native(burstTicks)
        parameters.native(burstTicks)
        parameters.native(UInt32(60_000))  // quantum: no other class competes
        parameters.native(UInt32(0))
        parameters.native(UInt32(0))
        var body = NetlinkWriter()
        body.attribute(1, parameters.bytes)
        if rate > UInt64(UInt32.max) {
            body.native(6, rate)
            body.native(7, rate)
        }
        return body
    }

    package func htbDifferences(from options: [UInt8]) -> [String] {
        let attributes = NetlinkAttributes(options[...])
        let parameters = attributes[1] ?? []
        func found(_ attribute: UInt16, _ place: Int) -> UInt64 {
            attributes.native(attribute, as: UInt64.self) ?? UInt64(parameters.native(at: place, as: UInt32.self))
        }
        return Self.compare([
            ("rate", found(6, 8), rate), ("ceiling", found(7, 20), rate),
            ("quantum", UInt64(parameters.native(at: 32, as: UInt32.self)), 60_000),
            ("priority", UInt64(parameters.native(at: 40, as: UInt32.self)), 0),
        ]) + Self.near("burst", parameters.native(at: 24, as: UInt32.self), burstTicks)
            + Self.near("ceiling's burst", parameters.native(at: 28, as: UInt32.self), burstTicks)
    }

    /// TCA_OPTIONS of bfifo, the queue below an htb class.
    package var bfifo: NetlinkWriter {
        var body = NetlinkWriter()
        body.native(queue)
        return body
    }

    package func bfifoDifferences(from options: [UInt8]) -> [String] {
        Self.compare([("queue", UInt64(options[...].native(at: 0, as: UInt32.self)), UInt64(queue))])
    }

    /// TCA_OPTIONS of an htb root: what no filter takes goes to `class`, or with 0 straight out, unlimited.
    package static func htbRoot(others class: UInt32) -> NetlinkWriter {
        var parameters = NetlinkWriter()
        parameters.native(UInt32(3))  // version
        parameters.native(UInt32(10))
        parameters.native(`class`)
        parameters.native(UInt32(0))
        parameters.native(UInt32(0))
        var body = NetlinkWriter()
        body.attribute(2, parameters.bytes)
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
