/// When a supervisor starts a process again that has ended.
public struct RestartPolicy: Sendable, Equatable {
    /// After which ends a process is started again (systemd `Restart=`).
    public enum Mode: UInt8, Sendable {
        /// After every end.
        case always
        /// After a failure, not after a clean exit.
        case onFailure
        /// After none.
        case never
    }

    /// After which ends to restart.
    public let mode: Mode
    /// The wait before the first restart.
    public let delay: Nanoseconds
    /// What the wait is multiplied with at each further restart; 1 keeps it constant.
    public let multiplier: Int
    /// The longest wait.
    public let maxDelay: Nanoseconds
    /// Starts permitted within `startInterval`, the first included (systemd `StartLimitBurst=`, default 5).
    public let startBurst: Int
    /// The length of the window in which starts are counted (`StartLimitIntervalSec=`, default 10 s); zero
    /// switches the limit off, as in systemd.
    public let startInterval: Nanoseconds
    /// A run of at least this length makes the next wait the first one again.
    public let stableAfter: Nanoseconds

    /// A policy; traps on values that cannot work.
    ///
    /// Pitfall: with `startBurst` · `delay` > `startInterval` the limit is never reached and a process that
    /// crashes at once is restarted for ever.
    public init(
        mode: Mode,
        delay: Nanoseconds,
        multiplier: Int,
        maxDelay: Nanoseconds,
        startBurst: Int,
        startInterval: Nanoseconds,
        stableAfter: Nanoseconds
    ) {
        requireSpan(delay, atLeast: 0, "delay")
        precondition(multiplier >= 1, "multiplier must be at least 1")
        requireSpan(maxDelay, atLeast: delay, "maxDelay")
        precondition(startBurst >= 1, "startBurst must be at least 1")
        requireSpan(startInterval, atLeast: 0, "startInterval")
        requireSpan(stableAfter, atLeast: 0, "stableAfter")
        self.mode = mode
        self.delay = delay
        self.multiplier = multiplier
        self.maxDelay = maxDelay
        self.startBurst = startBurst
        self.startInterval = startInterval
        self.stableAfter = stableAfter
    }
}
