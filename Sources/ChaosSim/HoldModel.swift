import ChaosPlan

/// The classic load of an event queue: take the earliest, put one back an exponential while later. `make bench` times it;
/// it is here because the queue is no part of the module's interface.
///
/// It reads no clock: whoever measures fills it, warms it up, and times `run`.
public struct HoldModel: ~Copyable {
    private var queue: EventQueue
    private let stream: Stream
    private var draws: UInt64 = 0
    /// Mixes times and payloads in the order they came out: equal sums mean an equal order, ties included.
    public private(set) var checksum: UInt64 = 0

    private static let mean: Int64 = 1_000_000

    public init(pending: Int, seed: UInt64) {
        queue = EventQueue(capacity: pending + 1)
        stream = Stream(seed: seed, purpose: .serviceTime, entity: 0)
        for payload in 0..<pending { push(after: 0, payload: UInt64(payload)) }
    }

    public mutating func run(holds: Int) {
        for _ in 0..<holds {
            let (key, payload) = queue.pop()
            let now = Int64(truncatingIfNeeded: key >> 64)
            checksum = (checksum &* 0x9E37_79B9_7F4A_7C15) ^ UInt64(truncatingIfNeeded: now) ^ payload
            push(after: now, payload: payload)
        }
    }

    @inline(__always)
    private mutating func push(after now: Int64, payload: UInt64) {
        let time = now &+ Distribution.exponential.sample(mean: Self.mean, random: stream[draws])
        queue.push(key: UInt128(truncatingIfNeeded: time) << 64 | UInt128(draws), payload: payload)
        draws &+= 1
    }
}
