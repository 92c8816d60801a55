/// What a random stream decides. One stream per (purpose, entity): a decision that is skipped, or an entity that is added,
/// never shifts another's draws. The raw values are part of replay and must not change.
package enum Purpose: UInt64, Sendable {
    case arrivals = 1
    case serviceTime, callShare, linkJitter, linkLoss, backOff, heartbeatJitter, heartbeatLoss, heartbeatLateness
    case publish, election, startup, procedure, reload, badVersion, phase, reorder, syncPhase, rollout, cache
}

/// A counter-based stream: the k-th draw is a strong mix of (key, k), whatever was drawn before it.
@frozen
package struct Stream: Sendable {
    @usableFromInline let key: UInt64

    @inlinable
    package init(seed: UInt64, purpose: Purpose, entity: UInt64) {
        let purposeKey = Self.mix(seed &+ 0x9E37_79B9_7F4A_7C15 &* purpose.rawValue)
        key = Self.mix(purposeKey ^ Self.mix(entity &+ 0xD1B5_4A32_D192_ED03))
    }

    @inlinable
    package subscript(k: UInt64) -> UInt64 {
        @inline(__always) get { Self.mix(Self.mix(key &+ k &* 0x9E37_79B9_7F4A_7C15)) }
    }

    /// Uniform in `0 ..< bound` (0 for a bound of 0) by the high half of a product: no division, a bias below 2^-40 here.
    @inlinable
    @inline(__always)
    package func below(_ bound: Int64, at k: UInt64) -> Int64 {
        Int64(truncatingIfNeeded: self[k].multipliedFullWidth(by: UInt64(truncatingIfNeeded: max(0, bound))).high)
    }

    /// True with a probability of `partsPerMillion`.
    @inlinable
    @inline(__always)
    package func chance(_ partsPerMillion: Int64, at k: UInt64) -> Bool {
        below(1_000_000, at: k) < partsPerMillion
    }

    /// The finaliser of splitmix64 (Steele, Lea, Flood 2014, constants by Stafford).
    @inlinable
    @inline(__always)
    package static func mix(_ value: UInt64) -> UInt64 {
        var z = value
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
