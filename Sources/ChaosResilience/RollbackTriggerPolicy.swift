/// How much worse a change may make things before it is rolled back.
public struct RollbackTriggerPolicy: Sendable, Equatable {
    /// In which direction the watched number is better.
    public enum Better: UInt8, Sendable { case lower, higher }

    /// The tolerated degradation in thousandths of the baseline; more than this is bad.
    public let tolerancePerMille: Int
    /// In which direction the watched number is better: a latency lower, a goodput higher.
    public let better: Better
    /// The time between two checks.
    public let interval: Nanoseconds
    /// How many bad checks in a row trigger; one reacts fastest, more survive a single bad sample.
    public let consecutive: Int

    /// A policy; traps on values that cannot work.
    public init(tolerancePerMille: Int, better: Better, interval: Nanoseconds, consecutive: Int) {
        precondition(tolerancePerMille >= 0, "tolerancePerMille must not be negative")
        requireSpan(interval, "interval")
        precondition(consecutive >= 1, "consecutive must be at least 1")
        self.tolerancePerMille = tolerancePerMille
        self.better = better
        self.interval = interval
        self.consecutive = consecutive
    }
}
