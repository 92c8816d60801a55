public import ChaosPlan
public import ChaosScore

/// The lengths into which one fault's time is split, by the same rule for both worlds.
public enum FaultMeasure: String, CaseIterable, Hashable, Sendable {
    case detect, failover, restore, recovery, drain

    /// Detection, failover and restoration count from when the fault was effective, recovery and drain from its end. Nil
    /// where it did not happen or there was nothing to do.
    public func value(of fault: FaultTimes) -> Nanoseconds? {
        switch self {
        case .detect: Self.length(from: fault.effective, to: fault.detected)
        case .failover: Self.length(from: fault.effective, to: fault.failedOver)
        case .restore: fault.firstImpact == nil ? nil : Self.length(from: fault.effective, to: fault.restored)
        case .recovery: fault.firstImpact == nil ? nil : Self.length(from: fault.reverted, to: fault.recovered)
        case .drain: Self.length(from: fault.reverted, to: fault.drained)
        }
    }

    /// Chains went down and were not all up again for good when the run ended: the length is longer than any number.
    public func isOpen(_ fault: FaultTimes) -> Bool {
        switch self {
        case .restore: fault.firstImpact != nil && fault.restored == nil
        case .recovery: fault.firstImpact != nil && fault.reverted != nil && fault.recovered == nil
        case .detect, .failover, .drain: false
        }
    }

    private static func length(from start: Nanoseconds?, to end: Nanoseconds?) -> Nanoseconds? {
        guard let start, let end else { return nil }
        return max(0, end - start)
    }
}
