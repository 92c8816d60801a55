/// Log-linear buckets as in HdrHistogram: 32 per octave above 32 µs (3 % wide), one per microsecond below. Mergeable; integers only.
public struct LatencyHistogram: Sendable {
    /// Enough for an hour.
    public static let bucketCount = 32 * 29

    public private(set) var counts: [Int]
    public private(set) var total = 0

    public init() { counts = Array(repeating: 0, count: Self.bucketCount) }

    /// The bucket of a latency in nanoseconds; negative ones are taken as zero.
    @inlinable
    public static func bucket(of latency: Nanoseconds) -> Int {
        let microseconds = UInt64(max(0, latency)) / 1_000
        if microseconds < 32 { return Int(microseconds) }
        let shift = 58 - microseconds.leadingZeroBitCount
        return min(bucketCount - 1, (shift &+ 1) &* 32 &+ Int((microseconds >> UInt64(shift)) & 31))
    }

    /// The largest latency that falls into `bucket`, in nanoseconds.
    public static func upperBound(of bucket: Int) -> Nanoseconds {
        if bucket < 32 { return Nanoseconds(bucket + 1) * .microsecond - 1 }
        let shift = bucket / 32 - 1
        let base = Int64(32 + bucket % 32)
        return ((base + 1) << Int64(shift)) * .microsecond - 1
    }

    public mutating func record(_ latency: Nanoseconds) {
        counts[Self.bucket(of: latency)] += 1
        total += 1
    }

    public mutating func add(_ pairs: [BucketCount]) {
        for pair in pairs {
            counts[pair.bucket] += pair.count
            total += pair.count
        }
    }

    public mutating func add(_ other: LatencyHistogram) {
        for bucket in 0..<Self.bucketCount { counts[bucket] += other.counts[bucket] }
        total += other.total
    }

    /// The smallest recorded bucket's upper bound that at least `share` of the values do not exceed; nil when empty.
    public func quantile(_ share: Double) -> Nanoseconds? {
        guard total > 0 else { return nil }
        let rank = max(1, Int((share * Double(total)).rounded(.up)))
        var seen = 0
        for bucket in 0..<Self.bucketCount {
            seen += counts[bucket]
            if seen >= rank { return Self.upperBound(of: bucket) }
        }
        return Self.upperBound(of: Self.bucketCount - 1)
    }

    public var sparse: [BucketCount] {
        counts.indices.filter { counts[$0] > 0 }.map { BucketCount(bucket: $0, count: counts[$0]) }
    }
}
