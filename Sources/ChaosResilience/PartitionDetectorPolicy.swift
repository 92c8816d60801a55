/// When a hub takes silence of the other side for a partition, and when it believes in its end.
public struct PartitionDetectorPolicy: Sendable, Equatable {
    /// The silence after which the other side counts as cut off.
    public let detectAfter: Nanoseconds
    /// How long contact must have been steady before the partition counts as over.
    public let confirmHealAfter: Nanoseconds
    /// The silence that breaks steady contact while healing; a few heartbeat intervals, at most `detectAfter`.
    public let steadyGap: Nanoseconds

    /// A policy; traps on values that cannot work.
    public init(detectAfter: Nanoseconds, confirmHealAfter: Nanoseconds, steadyGap: Nanoseconds) {
        requireSpan(detectAfter, "detectAfter")
        requireSpan(confirmHealAfter, atLeast: 0, "confirmHealAfter")
        requireSpan(steadyGap, "steadyGap")
        precondition(steadyGap <= detectAfter, "steadyGap must not exceed detectAfter")
        self.detectAfter = detectAfter
        self.confirmHealAfter = confirmHealAfter
        self.steadyGap = steadyGap
    }
}
