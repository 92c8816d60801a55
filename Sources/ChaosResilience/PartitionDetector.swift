/// A hub's judgement whether the other side of the fleet is cut off from it.
///
///     connected ── silence ≥ detectAfter, own side healthy ──▶ partitioned
///         ▲                                                     │      ▲
///         │ steady contact ≥ confirmHealAfter        first contact   silence ≥ steadyGap
///         └────────────────────── healing ◀────────────────────┘      │
///                                    └────────────────────────────────┘
///
/// Outside `connected` the hub is degraded: it serves its own side and buffers what is meant for the other. A
/// link that flaps goes to and fro between healing and partitioned and never reaches connected, so nothing that
/// waits for the heal (draining, reconciling to the end) starts over with every flap.
public struct PartitionDetector: Sendable, Equatable {
    /// Where the link between the two sides stands.
    public enum State: UInt8, Sendable {
        /// Both sides hear each other.
        case connected
        /// The other side is silent while ours is well.
        case partitioned
        /// The other side is heard again, not yet for long enough.
        case healing
    }

    /// The policy this detector follows.
    public let policy: PartitionDetectorPolicy
    @usableFromInline var current: State = .connected
    @usableFromInline var ownSideHealthy = true
    @usableFromInline var lastHeard: Nanoseconds
    private var healthySince: Nanoseconds
    private var healingSince: Nanoseconds = 0
    /// How many times `partitioned` was entered from `connected`.
    public private(set) var partitions = 0
    /// How many heals broke off before they were confirmed.
    public private(set) var flaps = 0

    /// A connected detector, as if the other side had been heard at `now`.
    public init(policy: PartitionDetectorPolicy, now: Nanoseconds) {
        self.policy = policy
        lastHeard = now
        healthySince = now
    }

    /// The present judgement.
    @inlinable
    public var state: State { current }

    /// Whether the hub is on its own: serves its side and buffers the rest.
    @inlinable
    public var isDegraded: Bool { current != .connected }

    /// When `tick` may next change something; `nil` while only an observation can.
    public var nextDeadline: Nanoseconds? {
        switch current {
        case .connected: ownSideHealthy ? max(lastHeard, healthySince) + policy.detectAfter : nil
        case .partitioned: nil
        case .healing: min(healingSince + policy.confirmHealAfter, lastHeard + policy.steadyGap)
        }
    }

    /// Takes in whether the other side was just heard and whether there is evidence that our own side is well.
    ///
    /// A hub whose own side is ill cannot tell a partition from its own deafness. It then withholds judgement,
    /// and silence counts anew from the moment its side recovers.
    @inlinable
    @discardableResult
    public mutating func observe(
        peerHeard: Bool,
        ownSideHealthy healthy: Bool,
        now: Nanoseconds
    ) -> Transition<State>? {
        if current == .connected && peerHeard && healthy && ownSideHealthy {
            lastHeard = now
            return nil
        }
        return observeUnusual(peerHeard: peerHeard, healthy: healthy, now: now)
    }

    /// Looks at the time. A driver that comes late repeats it until it returns `nil`.
    @discardableResult
    public mutating func tick(now: Nanoseconds) -> Transition<State>? {
        guard let due = nextDeadline, now >= due else { return nil }
        switch current {
        case .connected:
            partitions += 1
            return move(to: .partitioned)
        case .healing where due == healingSince + policy.confirmHealAfter:
            // Confirmed before contact broke off, if it broke off: a later silence is a new partition.
            return move(to: .connected)
        case .healing:
            flaps += 1
            return move(to: .partitioned)
        case .partitioned:
            return nil
        }
    }

    @usableFromInline
    mutating func observeUnusual(peerHeard: Bool, healthy: Bool, now: Nanoseconds) -> Transition<State>? {
        if healthy && !ownSideHealthy { healthySince = now }
        ownSideHealthy = healthy
        guard peerHeard else { return tick(now: now) }
        let gap = now - lastHeard
        lastHeard = now
        switch current {
        case .connected:
            return nil
        case .partitioned:
            healingSince = now
            return move(to: .healing)
        case .healing:
            // A gap that nobody ticked for still breaks the streak.
            if gap >= policy.steadyGap {
                healingSince = now
                flaps += 1
            }
            return tick(now: now)
        }
    }

    private mutating func move(to target: State) -> Transition<State> {
        let transition = Transition(from: current, to: target)
        current = target
        return transition
    }
}
