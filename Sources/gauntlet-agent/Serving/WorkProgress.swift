package import ChaosPlan

/// How much of its work a process got done in a time that it waited instead of working.
///
/// Work that is waited for, not computed, would go on while the process is stopped, and a starved process would be as quick as
/// any. A wait that ends far too late tells of a stop; for a while after it, waits are cut into slices, so that each stop
/// costs its whole length but for a slice.
package struct WorkProgress {
    /// Later than this is no scheduler's delay.
    private static let late: Nanoseconds = 20 * .millisecond
    /// Stops of a duty cycle come ten times a second.
    private static let memory: Nanoseconds = .second
    private static let fine: Nanoseconds = 2 * .millisecond

    private var stoppedAt: Nanoseconds?

    package init() {}

    /// How long to wait at once.
    package private(set) var slice = Nanoseconds.max

    /// - Parameters:
    ///   - slice: what was to be waited.
    ///   - elapsed: what it took.
    /// - Returns: what of `elapsed` counts as work.
    package mutating func progress(of slice: Nanoseconds, in elapsed: Nanoseconds, at now: Nanoseconds) -> Nanoseconds {
        let isStopped = elapsed > slice + Self.late
        if isStopped { stoppedAt = now }
        self.slice = stoppedAt.map { now - $0 < Self.memory } ?? false ? Self.fine : .max
        // When in its slice it was stopped is unknown: half of a long one is as good a guess as any, of a fine one all of it.
        guard isStopped else { return elapsed }
        return slice <= Self.fine ? slice : slice / 2
    }
}
