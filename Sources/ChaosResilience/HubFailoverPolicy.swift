/// When an agent leaves its hub for the other one, and when it returns.
public struct HubFailoverPolicy: Sendable, Equatable {
    /// The time without a successful report after which a hub counts as lost.
    public let detectAfter: Nanoseconds
    /// The consecutive failed reports after which a hub counts as lost, however fast they failed.
    public let failuresToLose: Int
    /// How long validating the new hub and registering with it takes: the driver completes a registration no
    /// earlier than this after the decision (`registrationDue`).
    public let switchDelay: Nanoseconds
    /// The time after the decision at which a switch without a registration is given up.
    public let switchLimit: Nanoseconds
    /// How long the primary must have been healthy before an agent returns to it.
    public let failBackAfter: Nanoseconds

    /// A policy; traps on values that cannot work.
    public init(
        detectAfter: Nanoseconds,
        failuresToLose: Int,
        switchDelay: Nanoseconds,
        switchLimit: Nanoseconds,
        failBackAfter: Nanoseconds
    ) {
        requireSpan(detectAfter, "detectAfter")
        precondition(failuresToLose >= 1, "failuresToLose must be at least 1")
        requireSpan(switchDelay, atLeast: 0, "switchDelay")
        requireSpan(switchLimit, "switchLimit")
        precondition(switchLimit > switchDelay, "switchLimit must exceed switchDelay")
        requireSpan(failBackAfter, atLeast: 0, "failBackAfter")
        self.detectAfter = detectAfter
        self.failuresToLose = failuresToLose
        self.switchDelay = switchDelay
        self.switchLimit = switchLimit
        self.failBackAfter = failBackAfter
    }
}
