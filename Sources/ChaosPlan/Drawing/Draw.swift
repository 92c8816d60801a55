/// One stream of chance, addressed by position: the k-th draw is a function of the key and k alone.
///
/// So events that are skipped, or faults that are removed, never shift what others draw.
public struct Draw: Hashable, Sendable {
    @usableFromInline let key: UInt64

    /// Streams with the same seed and any difference in purpose or entity are independent.
    public init(seed: UInt64, purpose: Purpose, entity: UInt64) {
        key = Self.mix(Self.mix(Self.mix(seed) ^ purpose.rawValue) ^ entity)
    }

    /// What a stream is for.
    public struct Purpose: RawRepresentable, Hashable, Sendable {
        public let rawValue: UInt64

        public init(rawValue: UInt64) { self.rawValue = rawValue }

        /// A purpose of one's own, by its name.
        public init(_ name: String) { rawValue = Draw.hash(name) }

        public static let targets = Purpose("targets")
        public static let jitter = Purpose("jitter")
        public static let host = Purpose("host")
        public static let duration = Purpose("duration")
    }

    /// The k-th 64 random bits.
    @inlinable
    public subscript(k: UInt64) -> UInt64 {
        Self.mix(key &+ (k &+ 1) &* 0x9e37_79b9_7f4a_7c15)
    }

    /// The k-th draw as an integer in 0 ..< bound; 0 for a bound of 0. The bias is below bound ÷ 2⁶⁴.
    @inlinable
    public func uniform(_ k: UInt64 = 0, below bound: UInt64) -> UInt64 {
        self[k].multipliedFullWidth(by: bound).high
    }

    /// The k-th draw as a length in 0 ..< bound; 0 for a bound that is not positive.
    @inlinable
    public func uniform(_ k: UInt64 = 0, below bound: Int64) -> Int64 {
        bound <= 0 ? 0 : Int64(uniform(k, below: UInt64(bound)))
    }

    /// splitmix64's finaliser, twice: once is too weak for keys that differ in a few bits.
    @inlinable
    public static func mix(_ value: UInt64) -> UInt64 {
        finalise(finalise(value))
    }

    @inlinable
    static func finalise(_ value: UInt64) -> UInt64 {
        var z = value
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }

    /// FNV-1a over UTF-8: the entity of a name.
    public static func hash(_ name: String) -> UInt64 {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in name.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        return hash
    }
}
