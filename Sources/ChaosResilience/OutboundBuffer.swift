/// A bounded first-in-first-out buffer of messages on their way to a receiver that may be away.
///
/// Sending is go-back-N: messages leave in order of their sequence, a window of them unacknowledged at a time,
/// and a failure rewinds to the failed one. Whatever followed it is sent again, except what was acknowledged
/// meanwhile. A message leaves the buffer only when it and all before it are acknowledged, so delivery is *at
/// least once*, in order, up to the losses the overflow policy counts.
///
/// The buffer holds numbers and sizes; the bytes themselves are the driver's.
public struct OutboundBuffer: Sendable {
    /// A message in the buffer.
    @frozen
    public struct Message: Sendable, Equatable {
        /// Its number; grows from message to message, gaps allowed.
        public var sequence: UInt64
        /// Its size in bytes.
        public var size: Int

        /// A message.
        @inlinable
        public init(sequence: UInt64, size: Int) {
            self.sequence = sequence
            self.size = size
        }
    }

    /// What became of a new message.
    public enum Admission: Sendable, Equatable {
        /// Kept.
        case accepted
        /// Kept at the cost of the oldest messages, so many of them.
        case acceptedDroppingOldest(Int)
        /// Lost without its producer's knowledge.
        case dropped
        /// Refused; its producer knows.
        case rejected
    }

    private struct Slot: Sendable {
        var message: Message
        var sentAt: Nanoseconds = 0
        var isAcknowledged = false
    }

    /// The policy this buffer follows.
    public let policy: OutboundBufferPolicy
    // A ring whose size is a power of two and grows on demand: most buffers of a fleet stay nearly empty.
    private var ring: [Slot] = []
    private var head = 0
    /// Offset from the head of the next message to send.
    private var cursor = 0
    /// The messages in the buffer, those in flight included.
    public private(set) var count = 0
    /// The bytes in the buffer, those in flight included.
    public private(set) var bytes = 0
    /// Messages taken in so far.
    public private(set) var accepted: UInt64 = 0
    /// Messages lost to overflow so far, taken in before or not.
    public private(set) var dropped: UInt64 = 0
    /// Messages refused so far.
    public private(set) var rejected: UInt64 = 0
    /// The most messages the buffer ever held.
    public private(set) var highWater = 0

    /// An empty buffer.
    public init(policy: OutboundBufferPolicy) {
        self.policy = policy
    }

    /// Whether nothing waits and nothing is in flight.
    public var isEmpty: Bool { count == 0 }

    /// Messages sent and neither acknowledged in order nor sent back; some may be acknowledged out of order.
    public var inFlight: Int { cursor }

    /// When a message in flight has been so for too long; `nextToSend` from then on rewinds to it.
    public var nextDeadline: Nanoseconds? {
        guard let within = policy.acknowledgeWithin, cursor > 0 else { return nil }
        return ring[head].sentAt + within
    }

    /// Takes in a message; its sequence must exceed all before it.
    ///
    /// A message larger than the whole buffer is refused under any policy: nothing could make room for it.
    @discardableResult
    public mutating func append(sequence: UInt64, size: Int) -> Admission {
        precondition(size >= 0, "size must not be negative")
        precondition(count == 0 || sequence > ring[index(count - 1)].message.sequence, "sequences must grow")
        var overflowed = 0
        if !fits(size) {
            guard policy.overflow == .dropOldest, size <= policy.capacityBytes else {
                if policy.overflow == .dropNewest && size <= policy.capacityBytes {
                    dropped += 1
                    return .dropped
                }
                rejected += 1
                return .rejected
            }
            // Also when the oldest is in flight: whether it was lost, only its receiver can tell.
            while !fits(size) {
                if !ring[head].isAcknowledged { overflowed += 1 }
                removeOldest()
            }
            dropped += UInt64(overflowed)
        }
        if count == ring.count { grow() }
        ring[index(count)] = Slot(message: Message(sequence: sequence, size: size))
        count += 1
        bytes += size
        accepted += 1
        highWater = max(highWater, count)
        return overflowed > 0 ? .acceptedDroppingOldest(overflowed) : .accepted
    }

    /// The next message to send, which is in flight from now on; `nil` when all are, or the window is full.
    public mutating func nextToSend(now: Nanoseconds) -> Message? {
        if let deadline = nextDeadline, now >= deadline { cursor = 0 }
        while cursor < count && cursor < policy.replayWindow {
            let slot = index(cursor)
            cursor += 1
            guard !ring[slot].isAcknowledged else { continue }
            ring[slot].sentAt = now
            return ring[slot].message
        }
        return nil
    }

    /// The receiver has confirmed a message; false if it is not in the buffer (any more).
    ///
    /// Counts also when the message was sent back in the meantime: a late confirmation is a confirmation.
    @discardableResult
    public mutating func acknowledged(sequence: UInt64) -> Bool {
        guard let offset = offset(of: sequence), !ring[index(offset)].isAcknowledged else { return false }
        ring[index(offset)].isAcknowledged = true
        while count > 0 && ring[head].isAcknowledged { removeOldest() }
        return true
    }

    /// Sending a message failed: it is the next to be sent again. False if it is not in flight.
    @discardableResult
    public mutating func failed(sequence: UInt64) -> Bool {
        guard let offset = offset(of: sequence), offset < cursor, !ring[index(offset)].isAcknowledged else {
            return false
        }
        cursor = offset
        return true
    }

    /// The connection broke: everything in flight is to be sent again.
    public mutating func rewind() { cursor = 0 }

    private func fits(_ size: Int) -> Bool {
        count < policy.capacity && size <= policy.capacityBytes - bytes
    }

    private func index(_ offset: Int) -> Int { (head + offset) & (ring.count - 1) }

    /// Where a message lies, by bisection: sequences grow along the ring.
    private func offset(of sequence: UInt64) -> Int? {
        guard count > 0 else { return nil }
        if ring[head].message.sequence == sequence { return 0 }
        var low = 0
        var high = count
        while low < high {
            let middle = (low + high) / 2
            if ring[index(middle)].message.sequence < sequence { low = middle + 1 } else { high = middle }
        }
        return low < count && ring[index(low)].message.sequence == sequence ? low : nil
    }

    private mutating func removeOldest() {
        bytes -= ring[head].message.size
        head = (head + 1) & (ring.count - 1)
        count -= 1
        cursor = max(0, cursor - 1)
    }

    private mutating func grow() {
        var larger: [Slot] = []
        larger.reserveCapacity(max(8, ring.count * 2))
        for offset in 0..<count { larger.append(ring[index(offset)]) }
        let blank = Slot(message: Message(sequence: 0, size: 0))
        while larger.count < max(8, ring.count * 2) { larger.append(blank) }
        ring = larger
        head = 0
    }
}
