/// What share of a caller's requests may be retries.
public struct RetryBudgetPolicy: Sendable, Equatable {
    /// Retries per hundred requests (Google SRE: 10).
    public let percent: Int
    /// Retries granted before any request has earned one; without them a rare caller could never retry.
    public let reserve: Int
    /// The most retries that can be saved up; a long quiet time must not end in a storm. At least `reserve`.
    public let ceiling: Int

    /// A policy; traps on values that cannot work.
    public init(percent: Int, reserve: Int, ceiling: Int) {
        precondition((0...1000).contains(percent), "percent must lie in 0...1000")
        precondition(reserve >= 0 && reserve <= ceiling, "reserve must lie in 0...ceiling")
        precondition(ceiling <= 1 << 40, "ceiling is out of range")
        self.percent = percent
        self.reserve = reserve
        self.ceiling = ceiling
    }
}
