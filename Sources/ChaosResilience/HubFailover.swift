/// An agent's choice between its primary and its secondary hub.
///
///     onPrimary ──lost──▶ switching ──registered──▶ onSecondary
///         ▲                   │ limit                │ primary healthy for failBackAfter
///         │                   ▼                      ▼
///         └──registered── failingBack ◀─success── isolated
///
/// The driver reports what became of each report to a hub, including probes of the hub not in use: without
/// probes of the primary there is no evidence to fail back on. In `isolated` neither hub is usable and the agent
/// buffers locally; the first success with either starts a registration there.
public struct HubFailover: Sendable, Equatable {
    /// One of an agent's two hubs.
    public enum Hub: UInt8, Sendable { case primary, secondary }

    /// Where the agent stands. `until` is the instant at which a registration under way is given up.
    public enum State: Sendable, Equatable {
        /// Registered with the primary.
        case onPrimary
        /// The primary is lost; registering with the secondary.
        case switching(until: Nanoseconds)
        /// Registered with the secondary.
        case onSecondary
        /// Registering with the primary; the secondary, if it is well, serves meanwhile.
        case failingBack(until: Nanoseconds)
        /// Neither hub is usable.
        case isolated
    }

    /// What is known of one hub.
    @usableFromInline
    struct Contact: Sendable, Equatable {
        @usableFromInline var lastSuccess: Nanoseconds
        @usableFromInline var failures = 0
        /// Start of the present run of successes without a failure or a silence.
        @usableFromInline var healthySince: Nanoseconds?
    }

    /// The policy this agent follows.
    public let policy: HubFailoverPolicy
    @usableFromInline var current: State = .onPrimary
    @usableFromInline var primary: Contact
    @usableFromInline var secondary: Contact
    private var movingSince: Nanoseconds = 0
    /// While failing back: whether the secondary goes on serving until the primary has registered us.
    private var secondaryServes = false
    /// How many times a switch was decided, to either hub.
    public private(set) var decisions = 0

    /// An agent registered with its primary at `now`.
    public init(policy: HubFailoverPolicy, now: Nanoseconds) {
        self.policy = policy
        primary = Contact(lastSuccess: now, healthySince: now)
        secondary = Contact(lastSuccess: now)
    }

    /// Where the agent stands.
    @inlinable
    public var state: State { current }

    /// The hub that takes this agent's reports; `nil` while it has to buffer.
    public var servingHub: Hub? {
        switch current {
        case .onPrimary: .primary
        case .onSecondary: .secondary
        case .failingBack: secondaryServes ? .secondary : nil
        case .switching, .isolated: nil
        }
    }

    /// When the registration of a switch under way may complete; `nil` if none is.
    public var registrationDue: Nanoseconds? {
        switch current {
        case .switching, .failingBack: movingSince + policy.switchDelay
        case .onPrimary, .onSecondary, .isolated: nil
        }
    }

    /// When `tick` may next change something; `nil` while only a report can.
    public var nextDeadline: Nanoseconds? {
        switch current {
        case .onPrimary:
            return primary.lastSuccess + policy.detectAfter
        case .switching(let until), .failingBack(let until):
            return until
        case .onSecondary:
            let silence = secondary.lastSuccess + policy.detectAfter
            guard let since = primary.healthySince else { return silence }
            // Once the primary has fallen silent, its time for failing back will not come.
            let failBack = since + policy.failBackAfter
            return failBack < primary.lastSuccess + policy.detectAfter ? min(silence, failBack) : silence
        case .isolated:
            return nil
        }
    }

    /// A report to a hub, or a probe of it, was answered.
    @inlinable
    @discardableResult
    public mutating func reportSucceeded(hub: Hub, now: Nanoseconds) -> Transition<State>? {
        if hub == .primary && current == .onPrimary && primary.failures == 0 {
            primary.lastSuccess = now
            return nil
        }
        return succeeded(hub: hub, now: now)
    }

    /// Vouches that every report to `hub` up to `instant` succeeded, without looking at the time.
    ///
    /// For a driver that skips heartbeats whose outcome is certain. It may come late and for one hub before the other,
    /// so nothing is decided here; `tick` follows once both hubs are up to date. Only for a hub that was heard before:
    /// a first success must be reported.
    @inlinable
    public mutating func vouch(hub: Hub, upTo instant: Nanoseconds) {
        switch hub {
        case .primary: primary.lastSuccess = max(primary.lastSuccess, instant)
        case .secondary: secondary.lastSuccess = max(secondary.lastSuccess, instant)
        }
    }

    /// A report to a hub, or a probe of it, failed or timed out.
    @discardableResult
    public mutating func reportFailed(hub: Hub, now: Nanoseconds) -> Transition<State>? {
        withContact(hub) {
            $0.failures += 1
            $0.healthySince = nil
        }
        return tick(now: now)
    }

    /// A hub has validated and registered this agent.
    ///
    /// It ends a switch under way, and isolation, at whichever hub it happened; a registration that arrives after
    /// the agent has settled changes nothing.
    @discardableResult
    public mutating func registered(hub: Hub, now: Nanoseconds) -> Transition<State>? {
        noteSuccess(hub, now: now)
        switch current {
        case .onPrimary, .onSecondary:
            return nil
        case .failingBack where secondaryServes && hub == .secondary:
            return nil
        case .switching, .failingBack, .isolated:
            return move(to: hub == .primary ? .onPrimary : .onSecondary)
        }
    }

    /// Looks at the time. A driver that comes late repeats it until it returns `nil`.
    @discardableResult
    public mutating func tick(now: Nanoseconds) -> Transition<State>? {
        switch current {
        case .onPrimary:
            return isLost(primary, at: now) ? beginSwitch(now: now) : nil
        case .onSecondary:
            if isLost(secondary, at: now) {
                let primaryAnswers = primary.healthySince != nil && !isLost(primary, at: now)
                return primaryAnswers ? beginFailBack(keepingSecondary: false, now: now) : move(to: .isolated)
            }
            // Silence ends the probation for good; left standing, it would be due at every tick from here on.
            if isLost(primary, at: now) { primary.healthySince = nil }
            guard let since = primary.healthySince, now >= since + policy.failBackAfter else { return nil }
            return beginFailBack(keepingSecondary: true, now: now)
        case .switching(let until):
            guard now >= until || secondary.failures >= policy.failuresToLose else { return nil }
            let primaryIsBack = primary.healthySince != nil && primary.lastSuccess > movingSince
            return primaryIsBack ? beginFailBack(keepingSecondary: false, now: now) : move(to: .isolated)
        case .failingBack(let until):
            guard now >= until || primary.failures >= policy.failuresToLose else { return nil }
            // It must prove itself anew, or the next tick would try again at once.
            primary.healthySince = nil
            return move(to: secondaryServes ? .onSecondary : .isolated)
        case .isolated:
            return nil
        }
    }

    @usableFromInline
    mutating func succeeded(hub: Hub, now: Nanoseconds) -> Transition<State>? {
        noteSuccess(hub, now: now)
        guard current == .isolated else { return tick(now: now) }
        return hub == .primary ? beginFailBack(keepingSecondary: false, now: now) : beginSwitch(now: now)
    }

    private mutating func noteSuccess(_ hub: Hub, now: Nanoseconds) {
        let detectAfter = policy.detectAfter
        withContact(hub) {
            if $0.healthySince == nil || now - $0.lastSuccess >= detectAfter { $0.healthySince = now }
            $0.lastSuccess = now
            $0.failures = 0
        }
    }

    private mutating func withContact(_ hub: Hub, _ change: (inout Contact) -> Void) {
        switch hub {
        case .primary: change(&primary)
        case .secondary: change(&secondary)
        }
    }

    private func isLost(_ contact: Contact, at now: Nanoseconds) -> Bool {
        contact.failures >= policy.failuresToLose || now >= contact.lastSuccess + policy.detectAfter
    }

    private mutating func beginSwitch(now: Nanoseconds) -> Transition<State> {
        secondary.failures = 0
        movingSince = now
        decisions += 1
        return move(to: .switching(until: now + policy.switchLimit))
    }

    private mutating func beginFailBack(keepingSecondary: Bool, now: Nanoseconds) -> Transition<State> {
        primary.failures = 0
        secondaryServes = keepingSecondary
        movingSince = now
        decisions += 1
        return move(to: .failingBack(until: now + policy.switchLimit))
    }

    private mutating func move(to target: State) -> Transition<State> {
        let transition = Transition(from: current, to: target)
        current = target
        return transition
    }
}
