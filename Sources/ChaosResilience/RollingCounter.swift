/// Two event counts over a window that rolls forward bucket by bucket (the scheme of Hystrix).
///
/// The window covers the bucket in progress and the ones before it, so its true length lies between
/// `buckets - 1` and `buckets` widths. Buckets are aligned to multiples of their width, and a whole bucket is
/// forgotten at once: counts step, they do not glide.
struct RollingCounter: Sendable, Equatable {
    let width: Nanoseconds
    let buckets: Int
    // Both counts of a bucket in one word, so that forgetting a bucket is a single subtraction.
    private var slots: [UInt64] = []
    private var sum: UInt64 = 0
    private var cursor = 0
    private var bucketEnd: Nanoseconds = 0

    init(width: Nanoseconds, buckets: Int) {
        self.width = width
        self.buckets = buckets
    }

    var first: Int { Int(sum >> 32) }
    var second: Int { Int(sum & 0xFFFF_FFFF) }

    mutating func add(first: UInt32, second: UInt32, now: Nanoseconds) {
        advance(to: now)
        let both = UInt64(first) << 32 | UInt64(second)
        slots[cursor] += both
        sum += both
    }

    mutating func advance(to now: Nanoseconds) {
        if slots.isEmpty { slots = [UInt64](repeating: 0, count: buckets) }
        guard now >= bucketEnd else { return }
        let steps = (now - bucketEnd) / width + 1
        bucketEnd += steps * width
        if steps >= Int64(buckets) {
            for slot in slots.indices { slots[slot] = 0 }
            sum = 0
        } else {
            for _ in 0..<steps {
                cursor = cursor + 1 == buckets ? 0 : cursor + 1
                sum -= slots[cursor]
                slots[cursor] = 0
            }
        }
    }

    mutating func clear() {
        for slot in slots.indices { slots[slot] = 0 }
        sum = 0
    }
}
