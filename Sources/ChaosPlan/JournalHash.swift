/// A 64-bit hash over the bytes of a journal's event lines (newlines included, header excluded): two runs with equal
/// hashes had the same history.
///
/// Incremental, and independent of how the bytes are cut into updates. Eight bytes at a time through a folded 64×64→128
/// multiplication (the mixing step of wyhash), because FNV-1a's byte-wise chain would be slower than the reader. Not
/// cryptographic: it finds differences, not forgers.
public struct JournalHash: Hashable, Sendable {
    private var state: UInt64 = 0x9E37_79B9_7F4A_7C15
    /// Bytes that do not yet fill a word, lowest first.
    private var pending: UInt64 = 0
    private var pendingCount = 0
    private var length: UInt64 = 0

    public init() {}

    public mutating func update(_ bytes: UnsafeRawBufferPointer) {
        length &+= UInt64(bytes.count)
        var at = 0
        let shift = UInt64(pendingCount * 8)
        while at + 8 <= bytes.count {
            let word = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: at, as: UInt64.self))
            at += 8
            if shift == 0 {
                absorb(word)
            } else {
                absorb(pending | word << shift)
                pending = word >> (64 - shift)
            }
        }
        while at < bytes.count {
            pending |= UInt64(bytes[at]) << UInt64(pendingCount * 8)
            pendingCount += 1
            at += 1
            if pendingCount == 8 {
                absorb(pending)
                pending = 0
                pendingCount = 0
            }
        }
    }

    public mutating func update(_ bytes: [UInt8]) {
        bytes.withUnsafeBytes { update($0) }
    }

    public var value: UInt64 {
        let tail = Self.fold(state ^ pending, 0xE703_7ED1_A0B4_28DB)
        return Self.fold(tail ^ length, 0x8EBC_6AF0_9C88_C6E3)
    }

    /// The value as 16 hexadecimal digits, as reports and the scorecard print it.
    public var text: String { Self.text(value) }

    /// Any 64-bit value as 16 hexadecimal digits.
    public static func text(_ value: UInt64) -> String {
        let digits = String(value, radix: 16)
        return String(repeating: "0", count: 16 - digits.utf8.count) + digits
    }

    private mutating func absorb(_ word: UInt64) {
        state = Self.fold(state ^ word, 0xA076_1D64_78BD_642F)
    }

    private static func fold(_ a: UInt64, _ b: UInt64) -> UInt64 {
        let product = a.multipliedFullWidth(by: b)
        // Adding `a` keeps a zero product (a word equal to the state) from wiping out the history.
        return (product.high ^ product.low) &+ a
    }
}
