/// One caller's allowance of retries: requests earn, retries spend.
///
/// Whatever fails, a caller sends at most `requests · (1 + percent / 100) + reserve` calls, so retries cannot
/// keep an overload alive after its trigger is gone.
public struct RetryBudget: Sendable, Equatable {
    /// The policy this budget follows.
    public let policy: RetryBudgetPolicy
    /// Thousandths of a retry in hand: integers, so that no rounding drifts over a simulated week.
    @usableFromInline var milliTokens: Int
    /// Requests counted so far.
    public private(set) var requests: UInt64 = 0
    /// Retries granted so far.
    public private(set) var retries: UInt64 = 0
    /// Retries refused so far.
    public private(set) var refused: UInt64 = 0

    /// A budget with its reserve in hand.
    public init(policy: RetryBudgetPolicy) {
        self.policy = policy
        milliTokens = policy.reserve * 1000
    }

    /// Retries in hand, in thousandths.
    @inlinable
    public var balance: Int { milliTokens }

    /// Counts a request, *before* its first attempt is sent.
    ///
    /// Counting at completion lets a burst of slow failures retry against an allowance that is not there yet.
    /// Retries are not requests: counting them too would let them earn further retries.
    public mutating func countRequest() {
        requests += 1
        milliTokens = min(milliTokens + policy.percent * 10, policy.ceiling * 1000)
    }

    /// Asks for one retry, before it is sent; false when the budget is spent.
    public mutating func withdraw() -> Bool {
        guard milliTokens >= 1000 else {
            refused += 1
            return false
        }
        milliTokens -= 1000
        retries += 1
        return true
    }
}
