import FoundationEssentials

/// A JSON value as it is written to an executor.
package enum JSONValue: Hashable, Encodable, Sendable, ExpressibleByStringLiteral, ExpressibleByBooleanLiteral,
    ExpressibleByIntegerLiteral, ExpressibleByDictionaryLiteral, ExpressibleByArrayLiteral
{
    case text(String)
    case flag(Bool)
    case number(Int64)
    case object([String: JSONValue])
    case list([JSONValue])

    package init(stringLiteral value: String) { self = .text(value) }
    package init(booleanLiteral value: Bool) { self = .flag(value) }
    package init(integerLiteral value: Int64) { self = .number(value) }
    package init(dictionaryLiteral elements: (String, JSONValue)...) {
        self = .object(Dictionary(uniqueKeysWithValues: elements))
    }
    package init(arrayLiteral elements: JSONValue...) { self = .list(elements) }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .text(let text): try container.encode(text)
        case .flag(let flag): try container.encode(flag)
        case .number(let number): try container.encode(number)
        case .object(let fields): try container.encode(fields)
        case .list(let items): try container.encode(items)
        }
    }

    /// On one line, keys sorted.
    package var line: String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard let data = try? encoder.encode(self) else { preconditionFailure("a value that cannot be encoded") }
        return String(decoding: data, as: UTF8.self)
    }

    package func merging(_ others: [String: JSONValue]) -> JSONValue {
        guard case .object(let fields) = self else { preconditionFailure("only objects are merged") }
        return .object(fields.merging(others) { $1 })
    }
}
