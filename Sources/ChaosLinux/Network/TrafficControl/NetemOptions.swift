package import ChaosPlan
import Glibc

/// What `netem` does to the packets that it gets, in the kernel's own units.
package struct NetemOptions: Hashable, Sendable {
    package enum Spread: String, CaseIterable, Sendable { case uniform, normal, pareto }

    /// A loss that comes in bursts: the chance of a burst's begin and of its end at each packet (Gilbert's model: all is
    /// lost within a burst, nothing outside).
    package struct Bursts: Hashable, Sendable {
        package var begin: UInt32
        package var end: UInt32

        package init(begin: UInt32, end: UInt32) {
            self.begin = begin
            self.end = end
        }
    }

    /// Nanoseconds.
    package var delay: Int64 = 0
    package var variation: Int64 = 0
    package var spread = Spread.uniform
    // Chances: 2³² − 1 is certain.
    package var correlation: UInt32 = 0
    package var loss: UInt32 = 0
    package var bursts: Bursts?
    package var corrupt: UInt32 = 0
    package var duplicate: UInt32 = 0
    /// The chance of passing at once, ahead of those that are delayed; with `gap` 1 each packet has it.
    package var ahead: UInt32 = 0
    package var gap: UInt32 = 0
    /// Packets held at most. What does not fit is lost, so it is ample: 50 ms of 1.3 million packets a second.
    package var limit: UInt32 = 65_536

    package init(
        delay: Int64 = 0, variation: Int64 = 0, spread: Spread = Spread.uniform, correlation: UInt32 = 0,
        loss: UInt32 = 0, bursts: Bursts? = nil, corrupt: UInt32 = 0, duplicate: UInt32 = 0, ahead: UInt32 = 0,
        gap: UInt32 = 0, limit: UInt32 = 65_536
    ) {
        self.delay = delay
        self.variation = variation
        self.spread = spread
        self.correlation = correlation
        self.loss = loss
        self.bursts = bursts
        self.corrupt = corrupt
        self.duplicate = duplicate
        self.ahead = ahead
        self.gap = gap
        self.limit = limit
    }

    /// A share as the kernel's chance, to the nearest.
    package static func chance(_ share: Share) -> UInt32 {
        UInt32((share.partsPerMillion * Int64(UInt32.max) + 500_000) / 1_000_000)
    }

    /// Losing `share` of all packets in bursts of `length` on average; nil if there is no such thing (the bursts would
    /// have to begin more often than at each packet).
    package static func bursts(share: Share, length: Int) -> Bursts? {
        let part = Double(share.partsPerMillion) / 1_000_000
        guard part < 1, length >= 1 else { return nil }
        let end = 1 / Double(length)
        let begin = end * part / (1 - part)
        guard begin <= 1 else { return nil }
        return Bursts(begin: UInt32(begin * Double(UInt32.max)), end: UInt32(end * Double(UInt32.max)))
    }

    /// TCA_OPTIONS. Where the kernel knows no 64-bit times it takes the ticks.
    package var body: NetlinkWriter {
        var body = NetlinkWriter()
        body.native(Self.ticks(delay))
        body.native(limit)
        body.native(loss)
        body.native(gap)
        body.native(duplicate)
        body.native(Self.ticks(variation))
        body.attribute(Attribute.correlations, Self.words(correlation, 0, 0))
        body.attribute(Attribute.reorder, Self.words(ahead, 0))
        body.attribute(Attribute.corrupt, Self.words(corrupt, 0))
        body.native(Attribute.delay64, delay)
        body.native(Attribute.variation64, variation)
        if let bursts {
            body.nest(Attribute.loss) {
                // p, r, 1 − h, 1 − k: within a burst nothing passes, outside nothing is lost.
                $0.attribute(2, Self.words(bursts.begin, bursts.end, 0, 0))
            }
        }
        if variation > 0, spread != .uniform {
            var table = NetlinkWriter()
            for entry in Self.table(spread) { table.native(entry) }
            body.attribute(Attribute.distribution, table.bytes)
        }
        return body
    }

    /// What of a dump's options differs from this, in words; empty if all is as it should be. The kernel does not show the
    /// distribution's table.
    package func differences(from options: [UInt8]) -> [String] {
        guard options.count >= 24 else { return ["options of \(options.count) bytes"] }
        let fixed = options[...]
        let attributes = NetlinkAttributes(fixed.dropFirst(24))
        var differences: [String] = []
        func compare(_ name: String, _ found: some FixedWidthInteger, _ wanted: some FixedWidthInteger) {
            if Int64(truncatingIfNeeded: found) != Int64(truncatingIfNeeded: wanted) {
                differences.append("\(name) is \(found), not \(wanted)")
            }
        }
        compare("delay", attributes.native(Attribute.delay64) ?? Self.time(fixed.native(at: 0)), delay)
        compare("limit", fixed.native(at: 4, as: UInt32.self), limit)
        compare("loss", fixed.native(at: 8, as: UInt32.self), loss)
        compare("gap", fixed.native(at: 12, as: UInt32.self), gap)
        compare("duplicate", fixed.native(at: 16, as: UInt32.self), duplicate)
        compare("variation", attributes.native(Attribute.variation64) ?? Self.time(fixed.native(at: 20)), variation)
        func word(_ attribute: UInt16, _ place: Int) -> UInt32 { (attributes[attribute] ?? []).native(at: place * 4) }
        compare("delay correlation", word(Attribute.correlations, 0), correlation)
        compare("loss correlation", word(Attribute.correlations, 1), 0)
        compare("duplicate correlation", word(Attribute.correlations, 2), 0)
        compare("reorder", word(Attribute.reorder, 0), ahead)
        compare("reorder correlation", word(Attribute.reorder, 1), 0)
        compare("corrupt", word(Attribute.corrupt, 0), corrupt)
        compare("corrupt correlation", word(Attribute.corrupt, 1), 0)
        compare("rate", word(Attribute.rate, 0), 0)
        let model = attributes.nested(Attribute.loss)[2] ?? []
        compare("burst begin", model.native(at: 0, as: UInt32.self), bursts?.begin ?? 0)
        compare("burst end", model.native(at: 4, as: UInt32.self), bursts?.end ?? 0)
        compare("passing in bursts", model.native(at: 8, as: UInt32.self), 0)
        compare("loss outside bursts", model.native(at: 12, as: UInt32.self), 0)
        return differences
    }

    /// One tick of the packet scheduler is 64 ns.
    private static func ticks(_ time: Int64) -> UInt32 { UInt32(clamping: time >> 6) }
    private static func time(_ ticks: UInt32) -> Int64 { Int64(ticks) << 6 }

    private static func words(_ words: UInt32...) -> [UInt8] {
        var body = NetlinkWriter()
        for word in words { body.native(word) }
        return body.bytes
    }

    /// 4096 draws at even steps of the chance, in 8192nds of the variation, with mean 0 and deviation 1, cut at ±4 (sixteen
    /// bits hold no more). Pareto: shape 3, a long tail to the late side.
    package static func table(_ spread: Spread) -> [Int16] {
        let raw = (0..<4096).map { step -> Double in
            let chance = (Double(step) + 0.5) / 4096
            return switch spread {
            case .uniform: chance
            case .normal: normalQuantile(chance)
            case .pareto: pow(1 - chance, -1.0 / 3)
            }
        }
        // The cut takes from mean and deviation: moved and stretched until what is left has them.
        var center = 0.0
        var scale = 1.0
        var cut = raw
        for _ in 0..<50 {
            cut = raw.map { max(-3.9998, min(3.9998, ($0 - center) * scale)) }
            let mean = cut.reduce(0, +) / 4096
            let deviation = (cut.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 4096).squareRoot()
            center += mean / scale
            scale /= deviation
        }
        return cut.map { Int16(($0 * 8192).rounded()) }
    }

    /// By bisection on erfc.
    private static func normalQuantile(_ chance: Double) -> Double {
        var low = -8.0
        var high = 8.0
        for _ in 0..<60 {
            let middle = (low + high) / 2
            if erfc(-middle / 2.0.squareRoot()) / 2 < chance { low = middle } else { high = middle }
        }
        return (low + high) / 2
    }

    /// TCA_NETEM_… (linux/pkt_sched.h).
    private enum Attribute {
        static let correlations: UInt16 = 1
        static let distribution: UInt16 = 2
        static let reorder: UInt16 = 3
        static let corrupt: UInt16 = 4
        static let loss: UInt16 = 5
        static let rate: UInt16 = 6
        static let delay64: UInt16 = 10
        static let variation64: UInt16 = 11
    }
}
