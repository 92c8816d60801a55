/// Client-side throttling after Google's SRE book, chapter "Handling Overload".
///
/// A request is held back with probability max(0, (requests − K · accepts) / (requests + 1)), counted over a
/// rolling window. Requests held back count as requests too: that is what makes the throttle bite, and let go
/// again once the server accepts.
public struct AdaptiveThrottle: Sendable, Equatable {
    /// The policy this throttle follows.
    public let policy: AdaptiveThrottlePolicy
    private var window: RollingCounter

    /// A throttle that has seen nothing and lets everything pass.
    public init(policy: AdaptiveThrottlePolicy) {
        self.policy = policy
        window = RollingCounter(width: policy.bucketWidth, buckets: policy.buckets)
    }

    /// Counts a request, before it is sent, and answers whether to send it; `random` is a uniform draw.
    public mutating func admit(random: UInt64, now: Nanoseconds) -> Bool {
        window.advance(to: now)
        let surplus = window.first * 1000 - window.second * policy.multiplierPerMille
        let scale = UInt64(window.first + 1) * 1000
        window.add(first: 1, second: 0, now: now)
        let draw = random.multipliedFullWidth(by: scale).high
        return surplus <= 0 || draw >= UInt64(surplus)
    }

    /// The server accepted a request (an answer, though perhaps an error of the caller's own).
    public mutating func accepted(now: Nanoseconds) {
        window.add(first: 0, second: 1, now: now)
    }
}
