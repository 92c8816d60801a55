/// At which fill levels of a disk something has to be done.
public struct DiskThresholds: Sendable, Equatable {
    /// Percent used from which to warn.
    public let warn: Int
    /// Percent used from which to act (rotate, delete what can be spared).
    public let act: Int
    /// Percent used from which it is an emergency.
    public let emergency: Int
    /// Percentage points the use must fall below a threshold before its level ends: a disk that hovers at a
    /// threshold must not raise an alert with every write.
    public let hysteresis: Int

    /// Thresholds; traps unless they ascend within 1...100 and the hysteresis is smaller than the lowest.
    public init(warn: Int, act: Int, emergency: Int, hysteresis: Int) {
        precondition(warn >= 1 && warn < act && act < emergency && emergency <= 100, "thresholds must ascend")
        precondition(hysteresis >= 0 && hysteresis < warn, "hysteresis must lie in 0..<warn")
        self.warn = warn
        self.act = act
        self.emergency = emergency
        self.hysteresis = hysteresis
    }
}
