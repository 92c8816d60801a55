/// A node read by its shape: the typed tree that fleets and plans are built from.
///
/// Where a node did not fit its shape, the value is unsound and reads as zero or empty, so that the checks after the
/// shapes can go on and report as much as they can; what is built from an unsound tree is thrown away.
package struct Value: Sendable {
    package enum Content: Sendable {
        case missing
        case scalar(ScalarValue, ScalarKind)
        case list([Value])
        case object([Field])
    }

    package struct Field: Sendable {
        package var key: String
        package var value: Value
        package var decides: Bool
    }

    package var place: Place
    package var content: Content
    /// Whether it and all below it fit their shapes.
    package var isSound: Bool

    package static func missing(_ place: Place) -> Value { Value(place: place, content: .missing, isSound: false) }

    package subscript(key: String) -> Value? {
        guard case .object(let fields) = content else { return nil }
        return fields.first { $0.key == key }?.value
    }

    /// A required or defaulted key's value.
    package func at(_ key: String) -> Value {
        if let value = self[key] { return value }
        assert(!isSound, "no key \(key) in the shape")
        return .missing(place)
    }

    package var items: [Value] {
        if case .list(let items) = content { return items }
        return []
    }

    package var fields: [Field] {
        if case .object(let fields) = content { return fields }
        return []
    }

    package var quantity: Int64 {
        if case .scalar(.quantity(let value), _) = content { return value }
        return 0
    }

    package var int: Int { Int(quantity) }

    package var number: Double {
        if case .scalar(.number(let value), _) = content { return value }
        return 0
    }

    package var text: String {
        if case .scalar(.text(let text), _) = content { return text }
        return ""
    }

    package var flag: Bool {
        if case .scalar(.boolean(let flag), _) = content { return flag }
        return false
    }

    package var share: Share { Share(partsPerMillion: quantity) }

    package var scalarKind: ScalarKind? {
        if case .scalar(_, let kind) = content { return kind }
        return nil
    }
}

extension Value {
    package func quantity(_ key: String) -> Int64 { at(key).quantity }
    package func int(_ key: String) -> Int { at(key).int }
    package func text(_ key: String) -> String { at(key).text }
    package func flag(_ key: String) -> Bool { at(key).flag }
    package func share(_ key: String) -> Share { at(key).share }
    /// Of an optional list too.
    package func items(_ key: String) -> [Value] { self[key]?.items ?? [] }

    /// The enumeration's case of that word; the shape admits no other.
    package func word<Word: RawRepresentable & CaseIterable>(_ key: String, as type: Word.Type = Word.self) -> Word
    where Word.RawValue == String, Word.AllCases == [Word] {
        Word(rawValue: text(key)) ?? Word.allCases[0]
    }
}
