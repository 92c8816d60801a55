/// 64 bits of a value tree: of what it means, not of how it is written.
///
/// FNV-1a over a canonical rendering: keys sorted, quantities as integers in their
/// base unit, defaults filled in; comments, order of keys, units, names and summaries have no part in it.
struct Digest {
    private(set) var value: UInt64 = 0xcbf2_9ce4_8422_2325

    mutating func add(_ byte: UInt8) { value = (value ^ UInt64(byte)) &* 0x100_0000_01b3 }

    /// With its length, so that two texts cannot be mistaken for one.
    mutating func add(_ text: String) {
        add(UInt64(text.utf8.count))
        for byte in text.utf8 { add(byte) }
    }

    mutating func add(_ number: UInt64) {
        for shift in stride(from: 0, to: 64, by: 8) { add(UInt8(truncatingIfNeeded: number >> UInt64(shift))) }
    }

    mutating func add(_ tree: Value) {
        switch tree.content {
        case .missing: add(UInt8(ascii: "-"))
        case .scalar(.quantity(let quantity), let kind):
            add(kind.rawValue)
            add(UInt64(bitPattern: quantity))
        case .scalar(.number(let number), _):
            add(UInt8(ascii: "n"))
            add(number.bitPattern)
        case .scalar(.text(let text), _):
            add(UInt8(ascii: "t"))
            add(text)
        case .scalar(.boolean(let flag), _): add(flag ? UInt8(ascii: "1") : UInt8(ascii: "0"))
        case .list(let items):
            add(UInt8(ascii: "["))
            add(UInt64(items.count))
            for item in items { add(item) }
        case .object(let fields):
            add(UInt8(ascii: "{"))
            for field in fields.sorted(by: { $0.key < $1.key }) where field.decides {
                add(field.key)
                add(field.value)
            }
            add(UInt8(ascii: "}"))
        }
    }

    static func of(_ tree: Value, seededBy other: UInt64 = 0) -> UInt64 {
        var digest = Digest()
        digest.add(other)
        digest.add(tree)
        return digest.value
    }
}
