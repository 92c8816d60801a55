/// What a closed breaker remembers of its calls; answers whether the newest outcome trips it.
///
/// Storage is allocated at the first outcome that needs it: most of a fleet's breakers never see one.
struct FailureWindow: Sendable, Equatable {
    let shape: CircuitBreakerPolicy.Window
    // .time: the last failure times, a ring. .count: the last outcomes, one bit each, a ring.
    private var slots: [Int64] = []
    private var cursor = 0
    private var filled = 0
    private var failures = 0
    private var rolling: RollingCounter

    init(_ shape: CircuitBreakerPolicy.Window) {
        self.shape = shape
        if case .rate(let width, let buckets, _, _) = shape {
            rolling = RollingCounter(width: width, buckets: buckets)
        } else {
            rolling = RollingCounter(width: 1, buckets: 1)
        }
    }

    /// Whether a success can change anything; false lets the breaker return without looking here.
    var remembersSuccesses: Bool {
        if case .time = shape { false } else { true }
    }

    mutating func record(failed: Bool, now: Nanoseconds) -> Bool {
        switch shape {
        case .time(let limit, let window):
            return failed && recordFailure(limit: limit, window: window, now: now)
        case .count(let size, let minimumCalls, let percent):
            recordBit(failed, size: size)
            return filled >= minimumCalls && failures * 100 >= percent * filled
        case .rate(_, _, let minimumCalls, let percent):
            rolling.add(first: 1, second: failed ? 1 : 0, now: now)
            return rolling.first >= minimumCalls && rolling.second * 100 >= percent * rolling.first
        }
    }

    mutating func clear() {
        cursor = 0
        filled = 0
        failures = 0
        for slot in slots.indices { slots[slot] = 0 }
        rolling.clear()
    }

    private mutating func recordFailure(limit: Int, window: Nanoseconds, now: Nanoseconds) -> Bool {
        if slots.isEmpty { slots = [Int64](repeating: 0, count: limit) }
        slots[cursor] = now
        cursor = cursor + 1 == limit ? 0 : cursor + 1
        if filled < limit { filled += 1 }
        // The cursor now points at the oldest of the last `limit` failures.
        return filled == limit && now - slots[cursor] <= window
    }

    private mutating func recordBit(_ failed: Bool, size: Int) {
        if slots.isEmpty { slots = [Int64](repeating: 0, count: (size + 63) / 64) }
        let mask = Int64(bitPattern: 1 << UInt64(cursor & 63))
        if slots[cursor >> 6] & mask != 0 { failures -= 1 }
        if failed {
            slots[cursor >> 6] |= mask
            failures += 1
        } else {
            slots[cursor >> 6] &= ~mask
        }
        cursor = cursor + 1 == size ? 0 : cursor + 1
        if filled < size { filled += 1 }
    }
}
