/// The bytes of the line being written. Literals come as `StaticString`, whose bytes need no conversion.
struct JournalLine {
    var bytes: [UInt8]

    mutating func raw(_ text: StaticString) {
        bytes.append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    mutating func integer(_ value: Int64) {
        if value < 0 { bytes.append(UInt8(ascii: "-")) }
        unsigned(value.magnitude)
    }

    mutating func unsigned(_ value: UInt64) {
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 20) { digits in
            var rest = value
            var at = 20
            repeat {
                at -= 1
                let (quotient, digit) = rest.quotientAndRemainder(dividingBy: 10)
                digits[at] = UInt8(ascii: "0") &+ UInt8(truncatingIfNeeded: digit)
                rest = quotient
            } while rest > 0
            bytes.append(contentsOf: UnsafeBufferPointer(rebasing: UnsafeBufferPointer(digits)[at...]))
        }
    }

    mutating func number(_ key: StaticString, _ value: Int64) {
        raw(key)
        integer(value)
    }

    /// Sixteen hexadecimal digits in quotes: digests would lose bits in readers that keep numbers as doubles.
    mutating func hexadecimal(_ key: StaticString, _ value: UInt64) {
        raw(key)
        bytes.append(UInt8(ascii: "\""))
        for shift in stride(from: 60, through: 0, by: -4) {
            nibble(UInt8(truncatingIfNeeded: value >> UInt64(shift)) & 15)
        }
        bytes.append(UInt8(ascii: "\""))
    }

    /// A word of ours: known to need no escapes.
    mutating func word(_ key: StaticString, _ value: String) {
        raw(key)
        bytes.append(UInt8(ascii: "\""))
        bytes.append(contentsOf: value.utf8)
        bytes.append(UInt8(ascii: "\""))
    }

    mutating func string(_ key: StaticString, _ value: String) {
        raw(key)
        bytes.append(UInt8(ascii: "\""))
        var plain = true
        for byte in value.utf8 where byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") {
            plain = false
            break
        }
        if plain { bytes.append(contentsOf: value.utf8) } else { escaped(value) }
        bytes.append(UInt8(ascii: "\""))
    }

    mutating func strings(_ key: StaticString, _ values: [String]) {
        raw(key)
        bytes.append(UInt8(ascii: "["))
        for (index, value) in values.enumerated() { string(index == 0 ? "" : ",", value) }
        bytes.append(UInt8(ascii: "]"))
    }

    private mutating func escaped(_ value: String) {
        for byte in value.utf8 {
            switch byte {
            case UInt8(ascii: "\""): raw("\\\"")
            case UInt8(ascii: "\\"): raw("\\\\")
            case 0x0A: raw("\\n")
            case 0x09: raw("\\t")
            case 0x0D: raw("\\r")
            case ..<0x20:
                raw("\\u00")
                nibble(byte >> 4)
                nibble(byte & 15)
            default: bytes.append(byte)
            }
        }
    }

    private mutating func nibble(_ value: UInt8) {
        bytes.append(value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10)
    }
}
