/// A scalar's kind with its bounds, in the kind's integer unit.
package struct ScalarRule: Sendable {
    package var kind: ScalarKind
    package var low: Int64
    package var high: Int64

    /// Ten years: sums of a few such times cannot overflow.
    package static let longest: Nanoseconds = 87_600 * .hour
    /// One EiB.
    package static let largest: Int64 = 1 << 60

    package init(_ kind: ScalarKind, low: Int64 = 0, high: Int64? = nil) {
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
