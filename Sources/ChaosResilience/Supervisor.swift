/// A supervisor of one process: decides whether and when it is started again.
///
///     supervisor.exited(.failure, now: t)     // a change to .waiting(until:)
///     … at `nextDeadline` …
///     supervisor.tick(now: until)             // a change to .running: start it, or to .gaveUp
///
/// Starts are limited as in systemd: a window opens with a start and admits `startBurst` of them; the first
/// start after the window has passed opens the next. It is a fixed window, not a sliding one.
public struct Supervisor: Sendable, Equatable {
    /// How a process ended.
    public enum Exit: UInt8, Sendable { case clean, failure }

    /// Where the process stands.
    public enum State: Sendable, Equatable {
        /// Started.
        case running
        /// Ended; to be started at `until`.
        case waiting(until: Nanoseconds)
        /// Ended, and by its policy not to be started again.
        case stopped
        /// Ended too often; stays down until `reset`.
        case gaveUp
    }

    /// The policy this supervisor follows.
    public let policy: RestartPolicy
    /// Where the process stands.
    public private(set) var state: State = .running
    /// Starts by this supervisor after the first.
    public private(set) var restarts = 0
    private var startedAt: Nanoseconds
    private var windowBegan: Nanoseconds
    private var startsInWindow = 1
    /// Ends since the last stable run.
    private var unstableEnds = 0

    /// A supervisor of a process started at `now`.
    public init(policy: RestartPolicy, now: Nanoseconds) {
        self.policy = policy
        startedAt = now
        windowBegan = now
    }

    /// When `tick` starts the process; `nil` if no start is due.
    public var nextDeadline: Nanoseconds? {
        if case .waiting(let until) = state { until } else { nil }
    }

    /// The process has ended. Without effect unless it was running.
    @discardableResult
    public mutating func exited(_ exit: Exit, now: Nanoseconds) -> Transition<State>? {
        guard state == .running else { return nil }
        if now - startedAt >= policy.stableAfter { unstableEnds = 0 }
        let restarts =
            switch policy.mode {
            case .always: true
            case .onFailure: exit == .failure
            case .never: false
            }
        guard restarts else { return move(to: .stopped) }
        unstableEnds += 1
        let delay = Backoff.delay(
            base: policy.delay,
            multiplier: policy.multiplier,
            cap: policy.maxDelay,
            failures: unstableEnds
        )
        return move(to: .waiting(until: now + delay))
    }

    /// Looks at the time; returns a change to `running` (start it now) or to `gaveUp`.
    @discardableResult
    public mutating func tick(now: Nanoseconds) -> Transition<State>? {
        guard case .waiting(let until) = state, now >= until else { return nil }
        guard admitsStart(at: now) else { return move(to: .gaveUp) }
        restarts += 1
        startedAt = now
        return move(to: .running)
    }

    /// A human starts the process (`systemctl reset-failed` and `start`): limit and back-off begin anew.
    @discardableResult
    public mutating func reset(now: Nanoseconds) -> Transition<State>? {
        windowBegan = now
        startsInWindow = 1
        unstableEnds = 0
        guard state != .running else { return nil }
        startedAt = now
        return move(to: .running)
    }

    private mutating func admitsStart(at now: Nanoseconds) -> Bool {
        if policy.startInterval == 0 { return true }
        if now - windowBegan > policy.startInterval {
            windowBegan = now
            startsInWindow = 1
            return true
        }
        startsInWindow += 1
        return startsInWindow <= policy.startBurst
    }

    private mutating func move(to target: State) -> Transition<State> {
        let transition = Transition(from: state, to: target)
        state = target
        return transition
    }
}
