/// A node read by its shape: the typed tree that fleets and plans are built from.
///
/// Where a node did not fit its shape, the value is unsound and reads as zero or empty, so that the checks after the
/// shapes can go on and report as much as they can; what is built from an unsound tree is thrown away.
struct Value: Sendable {
    enum Content: Sendable {
        case missing
        case scalar(ScalarValue, ScalarKind)
        case list([Value])
        case object([Field])
    }

    struct Field: Sendable {
        var key: String
        var value: Value
        var decides: Bool
    }

    var place: Place
    var content: Content
    /// Whether it and all below it fit their shapes.
    var isSound: Bool

    static func missing(_ place: Place) -> Value { Value(place: place, content: .missing, isSound: false) }

    subscript(key: String) -> Value? {
        guard case .object(let fields) = content else { return nil }
        return fields.first { $0.key == key }?.value
    }

    /// A required or defaulted key's value.
    func at(_ key: String) -> Value {
        if let value = self[key] { return value }
        assert(!isSound, "no key \(key) in the shape")
        return .missing(place)
    }

    var items: [Value] {
        if case .list(let items) = content { return items }
        return []
    }

    var fields: [Field] {
        if case .object(let fields) = content { return fields }
        return []
    }

    var quantity: Int64 {
        if case .scalar(.quantity(let value), _) = content { return value }
        return 0
    }

    var int: Int { Int(quantity) }

    var number: Double {
        if case .scalar(.number(let value), _) = content { return value }
        return 0
    }

    var text: String {
        if case .scalar(.text(let text), _) = content { return text }
        return ""
    }

    var flag: Bool {
        if case .scalar(.boolean(let flag), _) = content { return flag }
        return false
    }

    var share: Share { Share(partsPerMillion: quantity) }

    var scalarKind: ScalarKind? {
        if case .scalar(_, let kind) = content { return kind }
        return nil
    }
}

extension Value {
    func quantity(_ key: String) -> Int64 { at(key).quantity }
    func int(_ key: String) -> Int { at(key).int }
    func text(_ key: String) -> String { at(key).text }
    func flag(_ key: String) -> Bool { at(key).flag }
    func share(_ key: String) -> Share { at(key).share }
    /// Of an optional list too.
    func items(_ key: String) -> [Value] { self[key]?.items ?? [] }

    /// The enumeration's case of that word; the shape admits no other.
    func word<Word: RawRepresentable & CaseIterable>(_ key: String, as type: Word.Type = Word.self) -> Word
    where Word.RawValue == String, Word.AllCases == [Word] {
        Word(rawValue: text(key)) ?? Word.allCases[0]
    }
}
