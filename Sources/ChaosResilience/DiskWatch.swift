/// Turns the fill level of a disk into levels of alarm.
public struct DiskWatch: Sendable, Equatable {
    /// How grave the fill level is.
    public enum Level: UInt8, Sendable, Comparable {
        case normal, warn, act, emergency

        /// Graver is greater.
        public static func < (left: Level, right: Level) -> Bool { left.rawValue < right.rawValue }
    }

    /// The thresholds in force.
    public let thresholds: DiskThresholds
    /// The present level.
    public private(set) var level: Level = .normal

    /// A watch of a disk at normal level.
    public init(thresholds: DiskThresholds) {
        self.thresholds = thresholds
    }

    /// Takes in the disk's use in bytes; returns the change of level, which may skip levels.
    ///
    /// Rises at a threshold, falls only below the threshold less the hysteresis.
    @discardableResult
    public mutating func update(used: Int64, capacity: Int64) -> Transition<Level>? {
        precondition(capacity > 0 && capacity < .max / 100, "capacity is out of range")
        precondition(used >= 0 && used < .max / 100, "used is out of range")
        let risen = reached(used: used, capacity: capacity, slack: 0)
        let kept = min(level, reached(used: used, capacity: capacity, slack: thresholds.hysteresis))
        let next = max(risen, kept)
        guard next != level else { return nil }
        let transition = Transition(from: level, to: next)
        level = next
        return transition
    }

    private func reached(used: Int64, capacity: Int64, slack: Int) -> Level {
        let hundredfold = used * 100
        if hundredfold >= Int64(thresholds.emergency - slack) * capacity { return .emergency }
        if hundredfold >= Int64(thresholds.act - slack) * capacity { return .act }
        if hundredfold >= Int64(thresholds.warn - slack) * capacity { return .warn }
        return .normal
    }
}
