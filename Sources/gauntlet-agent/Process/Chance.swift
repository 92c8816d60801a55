import ChaosFleet
import ChaosPlan

/// One process' dice. Nothing of a real run can be replayed from a seed, so every start throws anew.
struct Chance: Sendable {
    private let draw: Draw
    private var count: UInt64 = 0

    init(_ name: String) {
        draw = Draw(
            seed: UInt64.random(in: .min ... .max), purpose: Draw.Purpose("agent"), entity: Draw.hash(name))
    }

    mutating func next() -> UInt64 {
        count &+= 1
        return draw[count]
    }

    /// In 0 ..< bound; 0 for a bound that is not positive.
    mutating func below(_ bound: Int64) -> Int64 {
        count &+= 1
        return draw.uniform(count, below: bound)
    }

    mutating func happens(_ share: Share) -> Bool { below(1_000_000) < share.partsPerMillion }

    /// In (0, 1].
    mutating func fraction() -> Double { Double(next() >> 11 + 1) / Double(UInt64(1) << 53) }

    /// The simulator's: the mean ±20 %.
    mutating func around(_ mean: Nanoseconds) -> Nanoseconds { mean - mean / 5 + below(mean * 2 / 5 + 1) }
}
