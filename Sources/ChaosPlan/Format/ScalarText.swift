/// Reads scalars from their source text, exactly: no floating point on the way to an integer quantity.
package enum ScalarText {
    /// Throws what is wrong with `text` under `rule`.
    static func read(_ text: String, _ rule: ScalarRule) throws(ScalarFault) -> ScalarValue {
        switch rule.kind {
        case .text:
            guard !text.isEmpty else {
                throw ScalarFault(message: "nothing where a text should stand", hint: "write some words")
            }
            return .text(text)
        case .name:
            guard isName(text) else {
                throw ScalarFault(
                    message: "\(quoted(text)) is not a name",
                    hint: "names have letters, digits, `-` and `_`, as in `EdgeHub`")
            }
            return .text(text)
        case .boolean:
            if text == "true" { return .boolean(true) }
            if text == "false" { return .boolean(false) }
            throw ScalarFault(message: "\(quoted(text)) is neither `true` nor `false`", hint: "write one of the two")
        case .number:
            guard isDecimal(text), let number = Double(text), number.isFinite else { throw wrong(text, rule.kind) }
            guard abs(number) <= 1e12 else {
                throw ScalarFault(message: "\(quoted(text)) is too large", hint: "at most 1000000000000")
            }
            return .number(number)
        default:
            return .quantity(try quantity(text, rule))
        }
    }

    /// An integer quantity of `rule.kind`, within its bounds.
    static func quantity(_ text: String, _ rule: ScalarRule) throws(ScalarFault) -> Int64 {
        let value: Int64
        switch rule.kind {
        case .integer: value = try integer(text)
        case .duration: value = try scaled(text, rule.kind, units: durationUnits, finest: "a nanosecond")
        case .size: value = try scaled(text, rule.kind, units: sizeUnits, finest: "a byte")
        case .byteRate:
            guard text.hasSuffix("/s") else { throw wrong(text, rule.kind) }
            value = try scaled(String(text.dropLast(2)), rule.kind, units: sizeUnits, finest: "a byte", shown: text)
        case .share: value = try scaled(text, rule.kind, units: [("%", 10_000)], finest: "0.0001%")
        default: value = try interval(text)
        }
        guard value >= rule.low else {
            throw ScalarFault(message: "\(quoted(text)) is too small", hint: "at least \(show(rule.low, rule.kind))")
        }
        guard value <= rule.high else {
            throw ScalarFault(message: "\(quoted(text)) is too large", hint: "at most \(show(rule.high, rule.kind))")
        }
        return value
    }

    /// A quantity in the largest unit that shows it exactly.
    package static func show(_ value: Int64, _ kind: ScalarKind) -> String {
        switch kind {
        case .duration: show(value, durationUnits, zero: "0s", least: "ns")
        case .size: show(value, sizeUnits, zero: "0B", least: "B")
        case .byteRate: show(value, sizeUnits, zero: "0B", least: "B") + "/s"
        case .rate: value == 0 ? "0/s" : "one per " + show(value, durationUnits, zero: "0s", least: "ns")
        case .share: showShare(value)
        default: "\(value)"
        }
    }

    static func isName(_ text: String) -> Bool {
        guard let first = text.utf8.first, isLetterOrDigit(first), text.utf8.count <= 100 else { return false }
        return text.utf8.allSatisfy { isLetterOrDigit($0) || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_") }
    }

    // MARK: - Kinds

    private static let durationUnits: [(String, Int64)] = [
        ("us", .microsecond), ("ms", .millisecond), ("min", .minute), ("s", .second), ("h", .hour),
    ]
    private static let sizeUnits: [(String, Int64)] = [
        ("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30), ("TiB", 1 << 40), ("B", 1),
    ]

    private static func integer(_ text: String) throws(ScalarFault) -> Int64 {
        let digits = text.hasPrefix("-") ? text.dropFirst() : Substring(text)
        guard !digits.isEmpty, digits.utf8.allSatisfy(isDigit) else { throw wrong(text, .integer) }
        if digits.count > 1, digits.hasPrefix("0") {
            throw ScalarFault(
                message: "\(quoted(text)) begins with a zero", hint: "write the number without it; all are decimal")
        }
        guard let value = Int64(text) else {
            throw ScalarFault(message: "\(quoted(text)) is too large", hint: "at most 1000000000")
        }
        return value
    }

    private static func interval(_ text: String) throws(ScalarFault) -> Int64 {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2,
            let unit = [("s", Int64.second), ("min", .minute), ("h", .hour)].first(where: { $0.0 == parts[1] }),
            !parts[0].hasPrefix("-")
        else { throw wrong(text, .rate) }
        let (mantissa, power, _) = try decimal(String(parts[0]), .rate, shown: text)
        guard mantissa > 0 else { return 0 }
        let result = UInt128(unit.1) * power / mantissa
        guard result > 0 else {
            throw ScalarFault(message: "\(quoted(text)) is too large", hint: "at most 1000000000/s")
        }
        guard result <= UInt128(ScalarRule.longest) else {
            throw ScalarFault(message: "\(quoted(text)) is too small", hint: "at least once in ten years, or 0/s")
        }
        return Int64(result)
    }

    private static func scaled(
        _ text: String, _ kind: ScalarKind, units: [(String, Int64)], finest: String, shown: String? = nil
    ) throws(ScalarFault) -> Int64 {
        let shown = shown ?? text
        let number = text.prefix { $0 == "-" || $0 == "." || ($0.isASCII && $0.isNumber) }
        let unit = text.dropFirst(number.count)
        guard let factor = units.first(where: { $0.0 == unit })?.1 else {
            throw unitFault(shown, number: String(number), unit: String(unit), kind)
        }
        let (mantissa, power, negative) = try decimal(String(number), kind, shown: shown)
        let product = mantissa * UInt128(factor)
        guard product % power == 0 else {
            throw ScalarFault(message: "\(quoted(shown)) is finer than \(finest)", hint: "write fewer digits")
        }
        guard let value = Int64(exactly: product / power) else {
            throw ScalarFault(
                message: "\(quoted(shown)) is too large", hint: "at most \(show(ScalarRule(kind).high, kind))")
        }
        return negative ? -value : value
    }

    private static func unitFault(_ text: String, number: String, unit: String, _ kind: ScalarKind) -> ScalarFault {
        guard isDecimal(number) else { return wrong(text, kind) }
        if unit.isEmpty {
            let right =
                switch kind {
                case .duration: "`\(number)s`, `\(number)ms` or `\(number)min`"
                case .size: "`\(number)MiB`, `\(number)GiB` or `\(number)B`"
                case .share: "`\(number)%`"
                default: "\(kind.phrase) such as `\(kind.example)`"
                }
            return ScalarFault(message: "\(quoted(text)) has no unit", hint: "write \(right)")
        }
        if kind == .duration, unit == "m" {
            return ScalarFault(
                message: "\(quoted(text)) has an ambiguous unit", hint: "write `\(number)min` or `\(number)ms`")
        }
        if kind == .duration, unit == "d" {
            return ScalarFault(
                message: "\(quoted(text)) has no unit that is known", hint: "write days as hours, such as `168h`")
        }
        return wrong(text, kind)
    }

    /// Digits and a point as mantissa ÷ power.
    private static func decimal(
        _ text: String, _ kind: ScalarKind, shown: String
    ) throws(ScalarFault) -> (mantissa: UInt128, power: UInt128, negative: Bool) {
        guard isDecimal(text) else { throw wrong(shown, kind) }
        let negative = text.hasPrefix("-")
        let parts = text.dropFirst(negative ? 1 : 0).split(separator: ".")
        var fraction = parts.count > 1 ? parts[1] : ""
        while fraction.last == "0" { fraction.removeLast() }
        let whole = parts[0].drop { $0 == "0" }
        guard whole.count <= 19 else {
            throw ScalarFault(
                message: "\(quoted(shown)) is too large", hint: "at most \(show(ScalarRule(kind).high, kind))")
        }
        guard fraction.count <= 15 else {
            throw ScalarFault(message: "\(quoted(shown)) has too many digits", hint: "write fewer digits")
        }
        var mantissa: UInt128 = 0
        var power: UInt128 = 1
        for digit in (whole + fraction).utf8 { mantissa = mantissa * 10 + UInt128(digit - UInt8(ascii: "0")) }
        for _ in fraction { power *= 10 }
        guard mantissa < UInt128(1) << 80 else {
            throw ScalarFault(message: "\(quoted(shown)) has too many digits", hint: "write fewer digits")
        }
        return (mantissa, power, negative)
    }

    // MARK: - Words

    private static func wrong(_ text: String, _ kind: ScalarKind) -> ScalarFault {
        ScalarFault(message: "\(quoted(text)) is not \(kind.phrase)", hint: "write one such as `\(kind.example)`")
    }

    private static func quoted(_ text: String) -> String { text.isEmpty ? "nothing" : "`\(SourceNode.short(text))`" }

    private static func isDigit(_ byte: UInt8) -> Bool { byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9") }

    private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
        isDigit(byte) || (byte | 32 >= UInt8(ascii: "a") && byte | 32 <= UInt8(ascii: "z"))
    }

    /// `-`? digits, then perhaps a point and digits.
    private static func isDecimal(_ text: String) -> Bool {
        let parts = text.utf8.dropFirst(text.hasPrefix("-") ? 1 : 0)
            .split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        return (1...2).contains(parts.count) && parts.allSatisfy { !$0.isEmpty && $0.allSatisfy(isDigit) }
    }

    private static func show(_ value: Int64, _ units: [(String, Int64)], zero: String, least: String) -> String {
        guard value != 0 else { return zero }
        let fitting = units.sorted { $0.1 > $1.1 }.first { value % $0.1 == 0 }
        return fitting.map { "\(value / $0.1)\($0.0)" } ?? "\(value)\(least)"
    }

    private static func showShare(_ value: Int64) -> String {
        let whole = value / 10_000
        var rest = String(value % 10_000 + 10_000).dropFirst()
        while rest.last == "0" { rest.removeLast() }
        return rest.isEmpty ? "\(whole)%" : "\(whole).\(rest)%"
    }
}
