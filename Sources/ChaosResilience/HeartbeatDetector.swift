/// Suspects a peer at exactly the last heartbeat plus a fixed time-out.
///
/// The detector holds no timer: the driver calls `check` at `deadline`. A driver that elides heartbeats whose
/// arrival is certain only has to tell the last one before something went wrong.
public struct HeartbeatDetector: Sendable, Equatable {
    /// The policy this detector follows.
    public let policy: HeartbeatDetectorPolicy
    @usableFromInline var last: Nanoseconds
    @usableFromInline var belief: Suspicion = .trusted

    /// A detector that trusts its peer, as if it had been heard at `now`.
    public init(policy: HeartbeatDetectorPolicy, now: Nanoseconds) {
        self.policy = policy
        last = now
    }

    /// When the peer was last heard.
    @inlinable
    public var lastHeard: Nanoseconds { last }

    /// The present belief.
    @inlinable
    public var suspicion: Suspicion { belief }

    /// The instant at which silence becomes suspicion.
    @inlinable
    public var deadline: Nanoseconds { last + policy.timeout }

    /// A heartbeat arrived; returns the change when it ends a suspicion.
    ///
    /// A suspicion that nobody checked for in time never was: the beat simply counts.
    @inlinable
    @discardableResult
    public mutating func heard(now: Nanoseconds) -> Transition<Suspicion>? {
        // A beat delivered out of order must not bring the deadline forward.
        if now > last { last = now }
        guard belief == .suspected else { return nil }
        belief = .trusted
        return Transition(from: .suspected, to: .trusted)
    }

    /// Looks at the time; returns the change when the peer has just become suspect.
    @inlinable
    @discardableResult
    public mutating func check(now: Nanoseconds) -> Transition<Suspicion>? {
        guard belief == .trusted, now >= deadline else { return nil }
        belief = .suspected
        return Transition(from: .trusted, to: .suspected)
    }
}
