import ChaosResilience
import Testing

@Suite struct OutboundBufferTests {
    static func buffer(
        _ overflow: OutboundBufferPolicy.Overflow = .rejectNew,
        capacity: Int = 3,
        bytes: Int = 1000,
        window: Int = 2,
        within: Nanoseconds? = nil
    ) -> OutboundBuffer {
        OutboundBuffer(
            policy: OutboundBufferPolicy(
                capacity: capacity,
                capacityBytes: bytes,
                overflow: overflow,
                replayWindow: window,
                acknowledgeWithin: within
            )
        )
    }

    /// Everything that still leaves the buffer, each message acknowledged at once.
    static func drained(_ buffer: OutboundBuffer) -> [UInt64] {
        var buffer = buffer
        var sequences: [UInt64] = []
        while let message = buffer.nextToSend(now: 0) {
            sequences.append(message.sequence)
            buffer.acknowledged(sequence: message.sequence)
        }
        return sequences
    }

    @Test func `a full buffer that rejects keeps the old messages and tells the producer`() {
        var buffer = Self.buffer(.rejectNew)
        for sequence: UInt64 in 1...3 { #expect(buffer.append(sequence: sequence, size: 1) == .accepted) }
        #expect(buffer.append(sequence: 4, size: 1) == .rejected)
        #expect(Self.drained(buffer) == [1, 2, 3])
        #expect(buffer.accepted == 3 && buffer.rejected == 1 && buffer.dropped == 0 && buffer.highWater == 3)
    }

    @Test func `a full buffer that drops the newest loses it silently`() {
        var buffer = Self.buffer(.dropNewest)
        for sequence: UInt64 in 1...3 { buffer.append(sequence: sequence, size: 1) }
        #expect(buffer.append(sequence: 4, size: 1) == .dropped)
        #expect(Self.drained(buffer) == [1, 2, 3])
        #expect(buffer.dropped == 1 && buffer.rejected == 0)
    }

    @Test func `a full buffer that drops the oldest makes room, by bytes as many as it takes`() {
        var buffer = Self.buffer(.dropOldest, capacity: 10, bytes: 100)
        for sequence: UInt64 in 1...4 { buffer.append(sequence: sequence, size: 25) }
        #expect(buffer.append(sequence: 5, size: 60) == .acceptedDroppingOldest(3))
        #expect(buffer.bytes == 85 && buffer.count == 2 && buffer.dropped == 3)
        #expect(Self.drained(buffer) == [4, 5])
        #expect(buffer.append(sequence: 6, size: 101) == .rejected)
        #expect(Self.drained(buffer) == [4, 5])
    }

    @Test func `dropping the oldest in flight makes its late confirmation meaningless`() {
        var buffer = Self.buffer(.dropOldest)
        for sequence: UInt64 in 1...3 { buffer.append(sequence: sequence, size: 1) }
        #expect(buffer.nextToSend(now: 0)?.sequence == 1)
        buffer.append(sequence: 4, size: 1)
        #expect(buffer.inFlight == 0)
        #expect(buffer.acknowledged(sequence: 1) == false)
        #expect(Self.drained(buffer) == [2, 3, 4])
    }

    @Test func `at most the replay window is in flight`() {
        var buffer = Self.buffer(window: 2)
        for sequence: UInt64 in 1...3 { buffer.append(sequence: sequence, size: 1) }
        #expect(buffer.nextToSend(now: 0)?.sequence == 1)
        #expect(buffer.nextToSend(now: 0)?.sequence == 2)
        #expect(buffer.nextToSend(now: 0) == nil)
        #expect(buffer.acknowledged(sequence: 1) == true)
        #expect(buffer.nextToSend(now: 0)?.sequence == 3)
    }

    @Test func `a failure rewinds to the failed message and skips what was confirmed meanwhile`() {
        var buffer = Self.buffer(window: 3)
        for sequence: UInt64 in 1...3 { buffer.append(sequence: sequence, size: 1) }
        for _ in 0..<3 { _ = buffer.nextToSend(now: 0) }
        #expect(buffer.failed(sequence: 1) == true)
        #expect(buffer.acknowledged(sequence: 2) == true)
        #expect(buffer.acknowledged(sequence: 2) == false)
        #expect(buffer.count == 3, "nothing leaves before the oldest is confirmed")
        #expect(buffer.nextToSend(now: 0)?.sequence == 1)
        #expect(buffer.nextToSend(now: 0)?.sequence == 3)
        #expect(buffer.acknowledged(sequence: 1) == true)
        #expect(buffer.count == 1)
    }

    @Test func `a message unconfirmed for too long is sent again`() {
        var buffer = Self.buffer(window: 1, within: 5 * s)
        buffer.append(sequence: 1, size: 1)
        #expect(buffer.nextDeadline == nil)
        _ = buffer.nextToSend(now: 1 * s)
        #expect(buffer.nextDeadline == 6 * s)
        #expect(buffer.nextToSend(now: 6 * s - 1) == nil)
        #expect(buffer.nextToSend(now: 6 * s)?.sequence == 1)
    }

    @Test func `a receiver that refuses gaps sees every message once and in order, whatever fails`() {
        for seed: UInt64 in 0..<200 {
            var random = Random(seed: seed)
            var buffer = Self.buffer(capacity: 40, bytes: 10_000, window: 1 + random.below(6), within: 50)
            var received: [UInt64] = []
            var produced: [UInt64] = []
            /// Sent and not yet decided: (sequence, whether the receiver took it).
            var wire: [(sequence: UInt64, taken: Bool)] = []
            var now: Nanoseconds = 0
            var next: UInt64 = 1
            while produced.count < 150 || !buffer.isEmpty {
                now += 1
                if produced.count < 150, random.below(2) == 0 {
                    if buffer.append(sequence: next, size: random.below(300)) == .accepted {
                        produced.append(next)
                    }
                    next += UInt64(1 + random.below(3))
                }
                if let message = buffer.nextToSend(now: now) {
                    let expected = received.count < produced.count ? produced[received.count] : .max
                    let arrives = random.below(10) < 7
                    if arrives && message.sequence == expected { received.append(expected) }
                    // A duplicate is confirmed again, a gap refused.
                    wire.append((message.sequence, arrives && message.sequence <= (received.last ?? 0)))
                }
                if !wire.isEmpty, random.below(2) == 0 {
                    let answer = wire.remove(at: random.below(wire.count))
                    // One answer in five is lost: the outcome stays unknown.
                    if random.below(5) > 0 {
                        if answer.taken {
                            buffer.acknowledged(sequence: answer.sequence)
                        } else {
                            buffer.failed(sequence: answer.sequence)
                        }
                    }
                }
                if now > 100_000 { break }
            }
            #expect(received == produced, "seed \(seed)")
            #expect(buffer.bytes == 0 && buffer.accepted == 150, "seed \(seed)")
        }
    }

    @Test func `with a window of one any receiver sees the messages in order`() {
        for seed: UInt64 in 0..<200 {
            var random = Random(seed: seed)
            var buffer = Self.buffer(capacity: 100, window: 1)
            for sequence: UInt64 in 1...100 { buffer.append(sequence: sequence, size: 1) }
            var received: [UInt64] = []
            while let message = buffer.nextToSend(now: 0) {
                if random.below(3) == 0 {
                    buffer.failed(sequence: message.sequence)
                } else {
                    received.append(message.sequence)
                    buffer.acknowledged(sequence: message.sequence)
                }
            }
            #expect(received == Array(1...100), "seed \(seed)")
        }
    }
}
