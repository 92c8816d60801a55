package import ChaosPlan

/// The simulator's streams are the schedule's: one per (purpose, entity), addressed by position. A decision that is skipped, or
/// an entity that is added, never shifts another's draws.
package typealias Stream = Draw

/// What the simulator decides by chance, beside the arrivals that both worlds share. The names are part of replay and must not change.
extension Draw.Purpose {
    package static let serviceTime = Self("service-time")
    package static let callShare = Self("call-share")
    package static let linkJitter = Self("link-jitter")
    package static let backOff = Self("back-off")
    package static let heartbeatJitter = Self("heartbeat-jitter")
    package static let heartbeatLoss = Self("heartbeat-loss")
    package static let heartbeatLateness = Self("heartbeat-lateness")
    package static let reconnect = Self("reconnect")
    package static let election = Self("election")
    package static let startup = Self("startup")
    package static let procedure = Self("procedure")
    package static let reload = Self("reload")
    package static let badVersion = Self("bad-version")
    package static let diskError = Self("disk-error")
    package static let syncPhase = Self("sync-phase")
    package static let cache = Self("cache")
}

extension Draw {
    /// Uniform in `0 ..< bound`, 0 for a bound that is not positive: the high half of a product, no division.
    @inline(__always)
    package func below(_ bound: Int64, at k: UInt64) -> Int64 {
        Int64(truncatingIfNeeded: self[k].multipliedFullWidth(by: UInt64(truncatingIfNeeded: max(0, bound))).high)
    }

    /// True with a probability of `partsPerMillion`.
    @inline(__always)
    package func chance(_ partsPerMillion: Int64, at k: UInt64) -> Bool {
        below(1_000_000, at: k) < partsPerMillion
    }
}
