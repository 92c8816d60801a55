/// The gate between two stages of a roll-out: passes after enough consecutive healthy checks, else fails in time.
public struct HealthGate: Sendable, Equatable {
    /// Where the gate stands; `passed` and `failed` are final.
    public enum State: UInt8, Sendable { case pending, passed, failed }

    /// The policy this gate follows.
    public let policy: HealthGatePolicy
    /// When a gate still pending fails.
    public let deadline: Nanoseconds
    /// Where the gate stands.
    public private(set) var state: State = .pending
    /// Healthy checks since the last unhealthy one.
    public private(set) var healthyInARow = 0

    /// A gate before which a stage waits since `now`.
    public init(policy: HealthGatePolicy, now: Nanoseconds) {
        self.policy = policy
        deadline = now + policy.limit
    }

    /// Takes in one check; a check at the deadline comes too late.
    @discardableResult
    public mutating func observe(healthy: Bool, now: Nanoseconds) -> Transition<State>? {
        if let failure = tick(now: now) { return failure }
        guard state == .pending else { return nil }
        healthyInARow = healthy ? healthyInARow + 1 : 0
        return healthyInARow >= policy.healthyChecks ? move(to: .passed) : nil
    }

    /// Looks at the time.
    @discardableResult
    public mutating func tick(now: Nanoseconds) -> Transition<State>? {
        state == .pending && now >= deadline ? move(to: .failed) : nil
    }

    private mutating func move(to target: State) -> Transition<State> {
        let transition = Transition(from: state, to: target)
        state = target
        return transition
    }
}
