/// How long a peer may be silent.
public struct HeartbeatDetectorPolicy: Sendable, Equatable {
    /// The silence after which the peer is suspected; several heartbeat intervals, or one lost beat suffices.
    public let timeout: Nanoseconds

    /// A policy; traps on a time-out that is not positive.
    public init(timeout: Nanoseconds) {
        requireSpan(timeout, "timeout")
        self.timeout = timeout
    }
}
