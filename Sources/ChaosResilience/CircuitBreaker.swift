/// A circuit breaker of one caller for one callee: closed, open, half-open, and a manual override.
///
///     let admission = breaker.admit(now: start)
///     … send the call, or the fallback when refused …
///     breaker.record(.failure, for: admission, now: end)
///
/// Changes of state are lazy, as in Hystrix and resilience4j: an open breaker turns half-open at the first call
/// after its time, not by a timer. `admit` can therefore change the state; a driver that journals compares
/// `transitions` before and after and reads `lastTransition`.
///
/// A breaker learns of a time-out when the call ends, so its reaction lags by the call's time-out.
public struct CircuitBreaker: Sendable, Equatable {
    /// Where the breaker stands.
    public enum State: UInt8, Sendable {
        /// Calls pass and are watched.
        case closed
        /// Calls are refused until `openFor` has passed.
        case open
        /// A few probes pass; the rest is refused.
        case halfOpen
        /// Refuses by manual override.
        case forcedOpen
        /// Passes by manual override, and watches nothing.
        case forcedClosed
    }

    /// A human's decision that beats the automatic.
    public enum Override: UInt8, Sendable { case forceOpen, forceClosed }

    /// How an admitted call ended. `ignored` frees a probe's permit and counts neither way (a cancelled call, an
    /// error that is the caller's own).
    public enum Outcome: UInt8, Sendable { case success, failure, ignored }

    /// The answer to a call, to be handed back with its outcome.
    ///
    /// It carries the generation of the state that gave it. Every change of state starts a new one, so that an
    /// answer that arrives late cannot move a state that its call has nothing to do with.
    public enum Admission: Sendable, Equatable {
        /// Passed by a closed breaker.
        case allowed(generation: UInt32)
        /// Passed as a probe by a half-open breaker; holds one permit until recorded.
        case probe(generation: UInt32)
        /// Not passed; answer from a fallback.
        case refused
    }

    // What the fast path reads comes first, to share one cache line.
    @usableFromInline var current: State = .closed
    @usableFromInline let remembersSuccesses: Bool
    @usableFromInline var generation: UInt32 = 0
    private var automatic: State = .closed
    private var openedAt: Nanoseconds = 0
    private var probesUnderWay = 0
    private var probeSuccesses = 0
    private var probeMovedAt: Nanoseconds = 0
    private var window: FailureWindow

    /// The policy this breaker follows.
    public let policy: CircuitBreakerPolicy
    /// How many changes of state there have been, overrides included.
    public private(set) var transitions = 0
    /// The latest change of state.
    public private(set) var lastTransition: Transition<State>?

    /// A closed breaker that remembers nothing.
    public init(policy: CircuitBreakerPolicy) {
        self.policy = policy
        window = FailureWindow(policy.window)
        remembersSuccesses = window.remembersSuccesses
    }

    /// The state as last recorded: an open breaker reads open until a call comes, however late.
    @inlinable
    public var state: State { current }

    /// The state in which a call at `now` would find the breaker, lazy changes included.
    public func state(at now: Nanoseconds) -> State {
        switch current {
        case .open where now >= openedAt + policy.openFor: .halfOpen
        case .halfOpen where probesHang(at: now): .open
        default: current
        }
    }

    /// When an open breaker becomes ready for its first probe; `nil` in any other state.
    public var probeDue: Nanoseconds? { current == .open ? openedAt + policy.openFor : nil }

    /// Asks whether a call may be sent now.
    @inlinable
    public mutating func admit(now: Nanoseconds) -> Admission {
        if current == .closed { return .allowed(generation: generation) }
        return admitUnlessOpen(now: now)
    }

    /// Reports how an admitted call ended; returns the change of state it caused, if any.
    ///
    /// Outcomes of refused calls, of calls admitted in an earlier generation and under an override are ignored.
    @inlinable
    @discardableResult
    public mutating func record(
        _ outcome: Outcome,
        for admission: Admission,
        now: Nanoseconds
    ) -> Transition<State>? {
        if current == .closed && outcome == .success && !remembersSuccesses { return nil }
        return recordRemembered(outcome, for: admission, now: now)
    }

    /// Sets or lifts (`nil`) the manual override.
    ///
    /// The automatic state is frozen beneath and resumes where it stood; a half-open one starts its probes anew.
    @discardableResult
    public mutating func setOverride(_ override: Override?, now: Nanoseconds) -> Transition<State>? {
        let target: State =
            switch override {
            case .forceOpen: .forcedOpen
            case .forceClosed: .forcedClosed
            case nil: automatic
            }
        guard target != current else { return nil }
        return move(to: target, now: now)
    }

    @usableFromInline
    mutating func admitUnlessOpen(now: Nanoseconds) -> Admission {
        switch current {
        case .closed, .forcedClosed:
            return .allowed(generation: generation)
        case .forcedOpen:
            return .refused
        case .open:
            guard now >= openedAt + policy.openFor else { return .refused }
            move(to: .halfOpen, now: now)
        case .halfOpen:
            if probesHang(at: now) {
                move(to: .open, now: now)
                return .refused
            }
            guard probesUnderWay < policy.halfOpenPermits else { return .refused }
        }
        probesUnderWay += 1
        probeMovedAt = now
        return .probe(generation: generation)
    }

    @usableFromInline
    mutating func recordRemembered(
        _ outcome: Outcome,
        for admission: Admission,
        now: Nanoseconds
    ) -> Transition<State>? {
        switch (current, admission) {
        case (.closed, .allowed(generation)):
            guard outcome != .ignored, window.record(failed: outcome == .failure, now: now) else {
                return nil
            }
            return move(to: .open, now: now)
        case (.halfOpen, .probe(generation)):
            probesUnderWay -= 1
            probeMovedAt = now
            if outcome == .failure { return move(to: .open, now: now) }
            if outcome == .success { probeSuccesses += 1 }
            return probeSuccesses >= policy.successesToClose ? move(to: .closed, now: now) : nil
        default:
            return nil
        }
    }

    /// A free permit means that the half-open state can still make progress by itself; only when all are taken
    /// and nothing stirs is it stuck.
    private func probesHang(at now: Nanoseconds) -> Bool {
        guard let wait = policy.halfOpenMaxWait else { return false }
        return probesUnderWay >= policy.halfOpenPermits && now >= probeMovedAt + wait
    }

    @discardableResult
    private mutating func move(to target: State, now: Nanoseconds) -> Transition<State> {
        let wasForced = current == .forcedOpen || current == .forcedClosed
        switch target {
        case .forcedOpen, .forcedClosed:
            break
        case .closed where !wasForced:
            window.clear()
        case .open where !wasForced:
            openedAt = now
            window.clear()
        case .halfOpen:
            probesUnderWay = 0
            probeSuccesses = 0
            probeMovedAt = now
        case .closed, .open:
            break
        }
        let transition = Transition(from: current, to: target)
        if target != .forcedOpen && target != .forcedClosed { automatic = target }
        current = target
        generation &+= 1
        transitions += 1
        lastTransition = transition
        return transition
    }
}
