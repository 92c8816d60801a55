/// A scalar's kind with its bounds, in the kind's integer unit.
struct ScalarRule: Sendable {
    var kind: ScalarKind
    var low: Int64
    var high: Int64

    /// Ten years: sums of a few such times cannot overflow.
    static let longest: Nanoseconds = 87_600 * .hour
    /// One EiB.
    static let largest: Int64 = 1 << 60

    init(_ kind: ScalarKind, low: Int64 = 0, high: Int64? = nil) {
        self.kind = kind
        self.low = low
        self.high =
            high
            ?? {
                switch kind {
                case .duration, .rate: Self.longest
                case .size, .byteRate: Self.largest
                case .share: 1_000_000
                default: 1_000_000_000
                }
            }()
    }
}
