/// What a stage of a roll-out must show before the next may begin.
public struct HealthGatePolicy: Sendable, Equatable {
    /// Consecutive healthy checks that open the gate.
    public let healthyChecks: Int
    /// The time within which they must be reached.
    public let limit: Nanoseconds

    /// A policy; traps on values that cannot work.
    public init(healthyChecks: Int, limit: Nanoseconds) {
        precondition(healthyChecks >= 1, "healthyChecks must be at least 1")
        requireSpan(limit, "limit")
        self.healthyChecks = healthyChecks
        self.limit = limit
    }
}
