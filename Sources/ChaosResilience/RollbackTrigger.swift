/// Watches a number after a change and says when to roll the change back.
///
/// Checks lie on a grid of `interval` from the start, and detection therefore takes up to
/// `consecutive` · `interval` after the degradation. Once triggered it stays so: rolling back is not revoked by a
/// number that recovers because of it.
public struct RollbackTrigger: Sendable, Equatable {
    /// What the trigger thinks.
    public enum State: Sendable, Equatable {
        /// The last check was good.
        case watching
        /// So many checks in a row were bad.
        case degraded(checks: Int)
        /// Roll back.
        case triggered
    }

    /// The policy this trigger follows.
    public let policy: RollbackTriggerPolicy
    /// The number before the change.
    public let baseline: Int64
    /// What the trigger thinks.
    public private(set) var state: State = .watching
    /// When the next check is due; samples before are not looked at.
    public private(set) var nextCheck: Nanoseconds

    /// A trigger for a change made at `now`; traps on a baseline that is not positive.
    public init(policy: RollbackTriggerPolicy, baseline: Int64, now: Nanoseconds) {
        precondition(baseline > 0, "degradation against nothing cannot be told")
        self.policy = policy
        self.baseline = baseline
        nextCheck = now + policy.interval
    }

    /// Takes in the present value of the number, or `nil` if there was nothing to measure.
    ///
    /// No value is no evidence: it neither adds to the bad checks nor ends their run.
    @discardableResult
    public mutating func check(_ value: Int64?, now: Nanoseconds) -> Transition<State>? {
        guard state != .triggered, now >= nextCheck else { return nil }
        nextCheck += ((now - nextCheck) / policy.interval + 1) * policy.interval
        guard let value else { return nil }
        var bad = 0
        if isDegraded(value) {
            if case .degraded(let checks) = state { bad = checks }
            bad += 1
        }
        let next: State =
            bad >= policy.consecutive ? .triggered : bad > 0 ? .degraded(checks: bad) : .watching
        guard next != state else { return nil }
        let transition = Transition(from: state, to: next)
        state = next
        return transition
    }

    private func isDegraded(_ value: Int64) -> Bool {
        let loss =
            policy.better == .lower ? Int128(value) - Int128(baseline) : Int128(baseline) - Int128(value)
        return loss * 1000 > Int128(baseline) * Int128(policy.tolerancePerMille)
    }
}
