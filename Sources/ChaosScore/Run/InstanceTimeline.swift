import ChaosPlan

/// When the chains that one fault instance hurt were up again.
struct InstanceTimeline {
    private(set) var firstImpact: Nanoseconds?
    /// Nil with a first impact: not before the horizon.
    private(set) var restored: Nanoseconds?
    private(set) var recovered: Nanoseconds?
    /// Until when it hurt: nil when it hurt nobody.
    private(set) var impactEnd: Nanoseconds?

    /// `intervals`: the downtime that belongs to it, by start.
    init(_ intervals: [DownInterval], reverted: Nanoseconds?, hold: Nanoseconds, horizon: Nanoseconds) {
        firstImpact = intervals.first?.start
        if let first = firstImpact { restored = Self.quiet(intervals, from: first, hold: hold) }
        if let reverted {
            recovered = Self.quiet(intervals, from: reverted, hold: hold)
            // A fault that takes effect late (a credential past its grace) can be restored after a recovery that was none.
            if let first = firstImpact, first >= reverted {
                recovered = restored
            }
        }
        if firstImpact != nil {
            let again = reverted.map { reverted in recovered.map { $0 > reverted } ?? true } ?? false
            impactEnd = again ? recovered ?? horizon : restored ?? horizon
        }
    }

    /// The first instant from `from` on after which nobody is down for the hold time, or to the end of the run.
    private static func quiet(_ intervals: [DownInterval], from: Nanoseconds, hold: Nanoseconds) -> Nanoseconds? {
        var reached = from
        for interval in intervals where interval.end > reached {
            if interval.start > reached, interval.start - reached >= hold { return reached }
            if interval.open { return nil }
            reached = interval.end
        }
        return reached
    }
}
