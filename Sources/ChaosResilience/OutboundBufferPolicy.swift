/// How much a sender keeps for a receiver it cannot reach, and how it hands it over later.
public struct OutboundBufferPolicy: Sendable, Equatable {
    /// What happens to a message that finds the buffer full.
    public enum Overflow: UInt8, Sendable {
        /// The new message is refused and its producer knows: back pressure.
        case rejectNew
        /// The oldest messages are lost to make room: fresh data matters more (telemetry).
        case dropOldest
        /// The new message is lost and its producer goes on unaware, as with a full socket buffer.
        case dropNewest
    }

    /// The most messages kept, those in flight included.
    public let capacity: Int
    /// The most bytes kept, those in flight included.
    public let capacityBytes: Int
    /// What happens on overflow.
    public let overflow: Overflow
    /// How many messages may be sent from the oldest unacknowledged one on. One keeps order at any receiver;
    /// more need a receiver that refuses gaps (JetStream: expected last sequence).
    public let replayWindow: Int
    /// How long a message may be in flight before its outcome counts as unknown and it is sent again; `nil`
    /// waits for ever. The receiver must recognise duplicates (JetStream: message id).
    public let acknowledgeWithin: Nanoseconds?

    /// A policy; traps on values that cannot work.
    public init(
        capacity: Int,
        capacityBytes: Int,
        overflow: Overflow,
        replayWindow: Int,
        acknowledgeWithin: Nanoseconds?
    ) {
        precondition(capacity >= 1 && capacity <= 1 << 30, "capacity must lie in 1...2^30")
        precondition(capacityBytes >= 1, "capacityBytes must be at least 1")
        precondition(replayWindow >= 1, "replayWindow must be at least 1")
        if let acknowledgeWithin { requireSpan(acknowledgeWithin, "acknowledgeWithin") }
        self.capacity = capacity
        self.capacityBytes = capacityBytes
        self.overflow = overflow
        self.replayWindow = replayWindow
        self.acknowledgeWithin = acknowledgeWithin
    }
}
