/// JSON for files under version control: keys sorted, one line for each entry of the two outer levels, numbers as short as
/// they can be told. Equal contents are equal bytes.
indirect enum CanonicalJSON {
    case text(String)
    case number(Double)
    case integer(Int64)
    case unsigned(UInt64)
    case flag(Bool)
    case list([CanonicalJSON])
    case object([String: CanonicalJSON])

    /// What is nil stays out.
    static func object(compacting fields: [String: CanonicalJSON?]) -> CanonicalJSON {
        .object(fields.compactMapValues { $0 })
    }

    var file: String { printed(depth: 0) + "\n" }

    private func printed(depth: Int) -> String {
        switch self {
        case .text(let text): return Self.quoted(text)
        case .number(let number): return Self.shortest(number)
        case .integer(let number): return "\(number)"
        case .unsigned(let number): return "\(number)"
        case .flag(let flag): return flag ? "true" : "false"
        case .list(let items):
            // A list of plain values is one line wherever it stands.
            let isPlain = items.allSatisfy(\.isPlain)
            return Self.enclosed("[", items.map { $0.printed(depth: depth + 1) }, "]", depth: isPlain ? 2 : depth)
        case .object(let fields):
            let entries = fields.sorted { $0.key < $1.key }
                .map { "\(Self.quoted($0.key)): \($0.value.printed(depth: depth + 1))" }
            return Self.enclosed("{", entries, "}", depth: depth)
        }
    }

    private var isPlain: Bool {
        switch self {
        case .list, .object: false
        default: true
        }
    }

    private static func enclosed(_ open: String, _ entries: [String], _ close: String, depth: Int) -> String {
        guard depth < 2, !entries.isEmpty else {
            return open + entries.joined(separator: ", ") + close
        }
        let indent = String(repeating: "  ", count: depth + 1)
        return "\(open)\n" + entries.map { indent + $0 }.joined(separator: ",\n") + "\n\(indent.dropLast(2))\(close)"
    }

    private static func shortest(_ number: Double) -> String {
        precondition(number.isFinite, "no formula of ours gives a number that is none")
        if let integer = Int64(exactly: number), integer.magnitude < 1 << 53 { return "\(integer)" }
        return "\(number)"
    }

    package static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\r": result += "\\r"
            case "\t": result += "\\t"
            case "\u{0}"..."\u{1F}", "\u{7F}":
                let digits = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}
