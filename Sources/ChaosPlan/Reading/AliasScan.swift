/// An upper bound of the aliases in a text, and where a key may be more than a word, found without parsing.
///
/// It may count too much (a `*word` in a quoted string), never too little; only hostile files come near the limits.
struct AliasScan {
    private(set) var aliases = 0
    /// The first line that may hold a collection or an alias as a key.
    private(set) var complexKeyLine: Int?

    init(_ text: String) {
        var line = 1
        for bytes in text.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
            scan(Array(bytes), line: line)
            line += 1
        }
    }

    private mutating func scan(_ whole: [UInt8], line: Int) {
        let bytes = Self.withoutComment(whole)
        var i = 0
        while i < bytes.count {
            let byte = bytes[i]
            let before = i == 0 ? UInt8(ascii: " ") : bytes[i - 1]
            let after = i + 1 < bytes.count ? bytes[i + 1] : UInt8(ascii: " ")
            if byte == UInt8(ascii: "*"), Self.opens(before), !Self.isBlank(after) {
                aliases += 1
                while i < bytes.count, !Self.isBlank(bytes[i]), !Self.isFlow(bytes[i]) { i += 1 }
                if Self.colonFollows(bytes, i) || bytes[i - 1] == UInt8(ascii: ":") { note(line) }
                continue
            }
            if byte == UInt8(ascii: "?"), Self.opens(before), Self.isBlank(after) { note(line) }
            if byte == UInt8(ascii: "]") || byte == UInt8(ascii: "}"), Self.colonFollows(bytes, i + 1) { note(line) }
            i += 1
        }
    }

    private mutating func note(_ line: Int) {
        if complexKeyLine == nil { complexKeyLine = line }
    }

    /// A `#` begins a comment for sure only where no quote in the line can enclose it.
    private static func withoutComment(_ bytes: [UInt8]) -> [UInt8] {
        guard !bytes.contains(UInt8(ascii: "\"")), !bytes.contains(UInt8(ascii: "'")) else { return bytes }
        for i in bytes.indices where bytes[i] == UInt8(ascii: "#") && (i == 0 || isBlank(bytes[i - 1])) {
            return Array(bytes[..<i])
        }
        return bytes
    }

    private static func colonFollows(_ bytes: [UInt8], _ start: Int) -> Bool {
        var i = start
        while i < bytes.count, isBlank(bytes[i]) { i += 1 }
        return i < bytes.count && bytes[i] == UInt8(ascii: ":")
    }

    private static func isBlank(_ byte: UInt8) -> Bool { byte == 32 || byte == 9 || byte == 13 }

    private static func isFlow(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: ",") || byte == UInt8(ascii: "[") || byte == UInt8(ascii: "]")
            || byte == UInt8(ascii: "{") || byte == UInt8(ascii: "}")
    }

    /// Whether a node may begin behind this byte. After a multi-byte character too: Unicode line breaks are not split on.
    private static func opens(_ byte: UInt8) -> Bool {
        isBlank(byte) || isFlow(byte) || byte == UInt8(ascii: ":") || byte >= 0x80
            || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'")
    }
}
