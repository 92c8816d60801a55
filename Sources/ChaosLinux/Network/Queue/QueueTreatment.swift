package import ChaosPlan
import Glibc

/// What the delay engine does to every packet that it is given. All shares are of packets and independent of each other.
///
/// A packet is what the network stack handles as one: unless contents are copied or changed, that may be 64 KiB of a TCP
/// flow, as it is for netem.
package struct QueueTreatment: Hashable, Sendable {
    package enum Variation: String, CaseIterable, Sendable {
        /// Added to the delay: anything from 0 to `variation`, each as likely.
        case uniform
        /// Normal with `delay` as mean and `variation` as standard deviation, nothing below 0.
        case normal
    }

    package struct Reorder: Hashable, Sendable {
        package var share: Share
        /// Held so much longer (ns) than the others, so that those sent within are overtaking. With 0, released at once
        /// and so overtaking those that the delay holds, as netem does it.
        package var by: Nanoseconds

        package init(share: Share, by: Nanoseconds) {
            self.share = share
            self.by = by
        }
    }

    package struct Corruption: Hashable, Sendable {
        package var share: Share
        /// True: the checksum is made right again, so that the application gets the flipped bit. False: it is left wrong,
        /// so that the receiver's transport drops the packet.
        package var isVisible = true

        package init(share: Share, isVisible: Bool = true) {
            self.share = share
            self.isVisible = isVisible
        }
    }

    /// One way, ns.
    package var delay: Nanoseconds = 0
    /// ns.
    package var variation: Nanoseconds = 0
    package var distribution = Variation.uniform
    /// False: a packet that drew less overtakes the one before it wherever they are closer together than the variation,
    /// as with netem. True: none overtakes, it waits for the one before it; the variation then adds up in bursts.
    package var keepsOrder = false
    package var reorder: Reorder?
    /// Sent a second time, at its release, right behind the first.
    package var duplicate = Share(partsPerMillion: 0)
    /// Only of packets with a payload of TCP, UDP or ICMP; others pass unchanged.
    package var corrupt: Corruption?
    package var loss = Share(partsPerMillion: 0)
    /// The same seed gives the n-th packet the same fate.
    package var seed: UInt64 = 0

    package init(
        delay: Nanoseconds = 0, variation: Nanoseconds = 0, distribution: Variation = Variation.uniform,
        keepsOrder: Bool = false, reorder: Reorder? = nil, duplicate: Share = Share(partsPerMillion: 0),
        corrupt: Corruption? = nil, loss: Share = Share(partsPerMillion: 0), seed: UInt64 = 0
    ) {
        self.delay = delay
        self.variation = variation
        self.distribution = distribution
        self.keepsOrder = keepsOrder
        self.reorder = reorder
        self.duplicate = duplicate
        self.corrupt = corrupt
        self.loss = loss
        self.seed = seed
    }

    /// The seed of a fault that names none.
    package static func seed(of fault: String) -> UInt64 { Draw.hash(fault) }

    /// Whether packets' contents must come to the engine.
    var needsPayload: Bool { duplicate.partsPerMillion > 0 || corrupt != nil }

    /// Whether all packets are held equally long, so that they leave in the order in which they came.
    var isConstant: Bool { reorder == nil && variation == 0 }

    /// All that is wrong with it, in one error.
    package func check() throws(HostError) {
        var wrong: [String] = []
        let longest = 60 * Nanoseconds.second
        if !(0...longest).contains(delay) { wrong.append("`delay` is from 0s to 60s") }
        if !(0...longest).contains(variation) { wrong.append("`variation` is from 0s to 60s") }
        if let reorder {
            if !(0...longest).contains(reorder.by) { wrong.append("`by` is from 0s to 60s") }
            if reorder.by == 0, delay == 0 {
                wrong.append("reordering needs `by`, or a `delay` that those released at once overtake")
            }
        }
        let shares = [reorder?.share, duplicate, corrupt?.share, loss].compactMap(\.self)
        if shares.contains(where: { !(0...1_000_000).contains($0.partsPerMillion) }) {
            wrong.append("a share is from 0% to 100%")
        }
        if delay == 0, variation == 0, shares.allSatisfy({ $0.partsPerMillion == 0 }) {
            wrong.append("it does nothing: neither a delay nor a share above 0%")
        }
        guard wrong.isEmpty else { throw HostError(.malformed, wrong.joined(separator: "; ")) }
    }

    /// `50ms + 0…10ms, reorder 5% by 20ms`: for evidence.
    package var text: String {
        func time(_ value: Nanoseconds) -> String { ScalarText.show(value, .duration) }
        func part(_ share: Share) -> String { ScalarText.show(share.partsPerMillion, .share) }
        var parts: [String] = []
        if delay > 0 || variation > 0 {
            let spread =
                variation == 0
                ? ""
                : distribution == .uniform
                    ? " + 0…\(time(variation))" : " ± \(time(variation)) (normal)"
            parts.append("delay \(time(delay))\(spread)\(keepsOrder && variation > 0 ? " in order" : "")")
        }
        if let reorder {
            parts.append(
                "reorder \(part(reorder.share)) "
                    + (reorder.by > 0 ? "by \(time(reorder.by))" : "released at once"))
        }
        if duplicate.partsPerMillion > 0 { parts.append("duplicate \(part(duplicate))") }
        if let corrupt {
            parts.append(
                "corrupt \(part(corrupt.share)) "
                    + (corrupt.isVisible ? "(checksum repaired)" : "(checksum left wrong)"))
        }
        if loss.partsPerMillion > 0 { parts.append("lose \(part(loss))") }
        return parts.joined(separator: ", ")
    }
}

extension QueueTreatment {
    /// `delay=50000000`, …: for the engine's command line. Nothing in it is secret.
    package var words: [String] {
        [
            "delay=\(delay)", "variation=\(variation)", "normal=\(distribution == .normal ? 1 : 0)",
            "in-order=\(keepsOrder ? 1 : 0)", "reorder=\(reorder?.share.partsPerMillion ?? -1)",
            "by=\(reorder?.by ?? 0)", "duplicate=\(duplicate.partsPerMillion)",
            "corrupt=\(corrupt?.share.partsPerMillion ?? -1)", "visible=\(corrupt?.isVisible == true ? 1 : 0)",
            "loss=\(loss.partsPerMillion)", "seed=\(Int64(bitPattern: seed))",
        ]
    }

    /// What `words` wrote; nil for anything else.
    package init?(words: some Sequence<String>) {
        var values: [Substring: Int64] = [:]
        for word in words {
            let parts = word.split(separator: "=", omittingEmptySubsequences: false)
            guard parts.count == 2, let value = Int64(parts[1]) else { return nil }
            values[parts[0]] = value
        }
        func value(_ key: Substring) -> Int64 { values[key] ?? 0 }
        guard Set(values.keys) == Set(QueueTreatment().words.map { $0.prefix { $0 != "=" } }) else { return nil }
        delay = value("delay")
        variation = value("variation")
        distribution = value("normal") == 1 ? .normal : .uniform
        keepsOrder = value("in-order") == 1
        if value("reorder") >= 0 {
            reorder = Reorder(share: Share(partsPerMillion: value("reorder")), by: value("by"))
        }
        duplicate = Share(partsPerMillion: value("duplicate"))
        if value("corrupt") >= 0 {
            corrupt = Corruption(
                share: Share(partsPerMillion: value("corrupt")), isVisible: value("visible") == 1)
        }
        loss = Share(partsPerMillion: value("loss"))
        seed = UInt64(bitPattern: value("seed"))
    }
}

/// Decides every packet's fate: a function of the seed and the packet's number alone.
package struct PacketChance {
    package struct Fate: Hashable {
        package var isLost = false
        /// ns; never negative.
        package var delay: Nanoseconds = 0
        /// It was drawn to be overtaken or to overtake, so that the order of the others does not bind it.
        package var isReordered = false
        package var isDuplicated = false
        package var isCorrupted = false
        /// Chooses the bit.
        var bit: UInt64 = 0
    }

    let treatment: QueueTreatment
    private let loss: Draw
    private let variation: Draw
    private let reorder: Draw
    private let duplicate: Draw
    private let corrupt: Draw
    private let bit: Draw

    package init(_ treatment: QueueTreatment) {
        self.treatment = treatment
        func stream(_ name: String) -> Draw {
            Draw(seed: treatment.seed, purpose: Draw.Purpose("delay-engine"), entity: Draw.hash(name))
        }
        loss = stream("loss")
        variation = stream("variation")
        reorder = stream("reorder")
        duplicate = stream("duplicate")
        corrupt = stream("corrupt")
        bit = stream("bit")
    }

    /// Of the packet that is the `number`-th to come.
    package func fate(of number: UInt64) -> Fate {
        func hits(_ draw: Draw, _ share: Share) -> Bool {
            share.partsPerMillion > 0 && draw.uniform(number, below: 1_000_000 as Int64) < share.partsPerMillion
        }
        var fate = Fate()
        if hits(loss, treatment.loss) {
            fate.isLost = true
            return fate
        }
        fate.delay = treatment.delay
        if treatment.variation > 0 {
            switch treatment.distribution {
            case .uniform: fate.delay += variation.uniform(number, below: treatment.variation)
            case .normal: fate.delay = max(0, fate.delay + Nanoseconds(normal(number) * Double(treatment.variation)))
            }
        }
        if let wanted = treatment.reorder, hits(reorder, wanted.share) {
            fate.isReordered = true
            fate.delay = wanted.by > 0 ? fate.delay + wanted.by : 0
        }
        fate.isDuplicated = hits(duplicate, treatment.duplicate)
        if let wanted = treatment.corrupt, hits(corrupt, wanted.share) {
            fate.isCorrupted = true
            fate.bit = bit[number]
        }
        return fate
    }

    /// Standard normal, by Box and Muller's transform.
    private func normal(_ number: UInt64) -> Double {
        let scale = 1 / Double(1 << 53)
        // Never 0, whose logarithm is not finite.
        let radius = Double((variation[number &* 2] >> 11) + 1) * scale
        let angle = Double(variation[number &* 2 &+ 1] >> 11) * scale
        return (-2 * log(radius)).squareRoot() * cos(2 * .pi * angle)
    }
}
