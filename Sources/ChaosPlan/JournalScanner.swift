#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// Reads one line from left to right, strictly: each step names what must stand there.
struct JournalScanner {
    /// Where a line stopped being one of ours, and what should have stood there.
    struct Failure: Error {
        var offset: Int
        var expected: String
    }

    let base: UnsafeRawPointer
    let end: Int
    var at = 0

    /// `line` without its newline; it must outlive the scanner.
    init(line: UnsafeRawBufferPointer) {
        // An empty buffer may have no address; nothing is ever read through this one then.
        base = line.baseAddress ?? UnsafeRawPointer(bitPattern: 1).unsafelyUnwrapped
        end = line.count
    }

    @inline(__always)
    func peek() -> UInt8 {
        at < end ? base.load(fromByteOffset: at, as: UInt8.self) : 0
    }

    @inline(__always)
    mutating func skip(_ literal: StaticString) -> Bool {
        let count = literal.utf8CodeUnitCount
        guard end - at >= count, memcmp(base + at, literal.utf8Start, count) == 0 else { return false }
        at += count
        return true
    }

    @inline(__always)
    mutating func expect(_ literal: StaticString) throws(Failure) {
        if !skip(literal) { throw missing(literal) }
    }

    @inline(never)
    private func missing(_ literal: StaticString) -> Failure { Failure(offset: at, expected: literal.description) }

    func failure(_ expected: String) -> Failure { Failure(offset: at, expected: expected) }

    /// An integer as the encoder writes it: no plus, no leading zero, at most 18 digits (nanoseconds of 31 years).
    @inline(__always)
    mutating func integer() throws(Failure) -> Int64 {
        let negative = peek() == UInt8(ascii: "-")
        if negative { at += 1 }
        let start = at
        var value: Int64 = 0
        while at < end {
            let digit = base.load(fromByteOffset: at, as: UInt8.self) &- UInt8(ascii: "0")
            if digit > 9 { break }
            value = value &* 10 &+ Int64(digit)
            at += 1
        }
        let digits = at - start
        guard digits > 0, digits <= 18 else { throw badInteger(at: start) }
        if base.load(fromByteOffset: start, as: UInt8.self) == UInt8(ascii: "0"), digits > 1 || negative {
            throw badInteger(at: start)
        }
        return negative ? -value : value
    }

    @inline(never)
    private func badInteger(at offset: Int) -> Failure {
        Failure(offset: offset, expected: "an integer of at most 18 digits without leading zeros")
    }

    mutating func unsigned() throws(Failure) -> UInt64 {
        let start = at
        var value: UInt64 = 0
        while at < end {
            let digit = base.load(fromByteOffset: at, as: UInt8.self) &- UInt8(ascii: "0")
            if digit > 9 { break }
            let (times, overflow) = value.multipliedReportingOverflow(by: 10)
            let (sum, carry) = times.addingReportingOverflow(UInt64(digit))
            if overflow || carry { throw Failure(offset: start, expected: "an integer below 2^64") }
            value = sum
            at += 1
        }
        guard at > start, at - start == 1 || base.load(fromByteOffset: start, as: UInt8.self) != UInt8(ascii: "0")
        else {
            throw Failure(offset: start, expected: "an unsigned integer without leading zeros")
        }
        return value
    }

    /// An integer within `range`; `what` says what it counts.
    @inline(__always)
    mutating func integer(in range: ClosedRange<Int64>, _ what: StaticString) throws(Failure) -> Int64 {
        let start = at
        let value = try integer()
        if value < range.lowerBound || value > range.upperBound { throw outside(range, what, at: start) }
        return value
    }

    @inline(never)
    private func outside(_ range: ClosedRange<Int64>, _ what: StaticString, at offset: Int) -> Failure {
        Failure(offset: offset, expected: "\(what) from \(range.lowerBound) to \(range.upperBound)")
    }

    /// An index into a table of the header with `count` rows.
    @inline(__always)
    mutating func index(below count: Int, _ what: StaticString) throws(Failure) -> Int {
        let start = at
        let value = try integer()
        if value < 0 || value >= Int64(count) { throw noRow(count, what, at: start) }
        return Int(value)
    }

    @inline(never)
    private func noRow(_ count: Int, _ what: StaticString, at offset: Int) -> Failure {
        Failure(offset: offset, expected: "\(what) below \(count), as many as the header lists")
    }

    /// The bytes up to the closing quote of a word without escapes.
    @inline(__always)
    mutating func quoted() throws(Failure) -> UnsafeRawBufferPointer {
        guard peek() == UInt8(ascii: "\"") else { throw failure("a quoted word") }
        at += 1
        let start = at
        guard let quote = memchr(base + at, 0x22, end - at) else { throw failure("a closing quote") }
        let stop = UnsafeRawPointer(quote) - base
        at = stop + 1
        return UnsafeRawBufferPointer(start: base + start, count: stop - start)
    }

    mutating func hexadecimal() throws(Failure) -> UInt64 {
        let start = at
        let digits = try quoted()
        guard digits.count == 16 else { throw Failure(offset: start, expected: "16 hexadecimal digits in quotes") }
        var value: UInt64 = 0
        for byte in digits {
            guard let nibble = Self.nibble(byte) else {
                throw Failure(offset: start, expected: "16 hexadecimal digits in quotes")
            }
            value = value << 4 | UInt64(nibble)
        }
        return value
    }

    mutating func string() throws(Failure) -> String {
        guard peek() == UInt8(ascii: "\"") else { throw failure("a string") }
        let start = at + 1
        var stop = start
        while stop < end {
            let byte = base.load(fromByteOffset: stop, as: UInt8.self)
            if byte == UInt8(ascii: "\"") {
                at = stop + 1
                return try text(UnsafeRawBufferPointer(start: base + start, count: stop - start), at: start)
            }
            if byte == UInt8(ascii: "\\") || byte < 0x20 { break }
            stop += 1
        }
        at = start
        return try escapedString()
    }

    private func text(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws(Failure) -> String {
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw Failure(offset: offset, expected: "valid UTF-8")
        }
        return text
    }

    /// The rest of a string that has escapes, from after its opening quote.
    private mutating func escapedString() throws(Failure) -> String {
        let start = at
        var bytes: [UInt8] = []
        while at < end {
            let byte = peek()
            at += 1
            switch byte {
            case UInt8(ascii: "\""):
                guard let text = String(validating: bytes, as: UTF8.self) else {
                    throw Failure(offset: start, expected: "valid UTF-8")
                }
                return text
            case UInt8(ascii: "\\"):
                let escape = peek()
                at += 1
                switch escape {
                case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes.append(escape)
                case UInt8(ascii: "n"): bytes.append(0x0A)
                case UInt8(ascii: "t"): bytes.append(0x09)
                case UInt8(ascii: "r"): bytes.append(0x0D)
                case UInt8(ascii: "u"):
                    // Only control characters are written this way.
                    guard skip("00"), let high = Self.nibble(peek()), high < 2 else {
                        throw failure("an escaped control character")
                    }
                    at += 1
                    guard let low = Self.nibble(peek()) else { throw failure("a hexadecimal digit") }
                    at += 1
                    bytes.append(high << 4 | low)
                default:
                    at -= 1
                    throw failure("an escape that the encoder writes")
                }
            case ..<0x20:
                at -= 1
                throw failure("no bare control character in a string")
            default:
                bytes.append(byte)
            }
        }
        throw failure("a closing quote")
    }

    private static func nibble(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        default: nil
        }
    }

    mutating func strings() throws(Failure) -> [String] {
        try expect("[")
        if skip("]") { return [] }
        var values: [String] = []
        repeat { values.append(try string()) } while skip(",")
        try expect("]")
        return values
    }

    /// Nothing may follow.
    @inline(__always)
    func finish() throws(Failure) {
        if at != end { throw failure("the end of the line") }
    }
}
