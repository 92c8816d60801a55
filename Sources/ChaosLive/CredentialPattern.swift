import ChaosPlan
import Glibc

/// How credentials are commonly given away, whoever's they are.
enum CredentialPattern {
    /// Names of the patterns that `bytes` show with a value; a reference to a file or a variable, a hash or a mask is none.
    static func found(in bytes: [UInt8], _ place: Exposure.Place) -> [String] {
        let lower = bytes.map { $0 >= 65 && $0 <= 90 ? $0 | 32 : $0 }
        var found: [String] = []
        if ["password", "passwd"].contains(where: { assignment(of: $0, in: lower, place) }) {
            found.append("password=")
        }
        if option(in: lower) { found.append("--pass") }
        if ["requirepass", "masterauth"].contains(where: { directive($0, in: lower) }) { found.append("requirepass") }
        if userInfo(in: lower) { found.append("://user:pass@") }
        return found
    }

    /// `password=x`; in a configuration `password: x` and `"password": "x"` too.
    private static func assignment(of word: String, in text: [UInt8], _ place: Exposure.Place) -> Bool {
        occurrences(of: word, in: text) { at in
            // An option is another pattern.
            let start = at - word.utf8.count
            if start > 0, text[start - 1] == UInt8(ascii: "-") { return false }
            var at = at
            if place == .configuration {
                skip(in: text, &at) { isQuote($0) }
                skip(in: text, &at) { isBlank($0) }
                guard at < text.count, text[at] == UInt8(ascii: "=") || text[at] == UInt8(ascii: ":") else {
                    return false
                }
            } else {
                guard at < text.count, text[at] == UInt8(ascii: "=") else { return false }
            }
            at += 1
            if place == .configuration { skip(in: text, &at) { isBlank($0) } }
            return isSecret(value(in: text, at))
        }
    }

    /// `--pass x`, `--password=x`; not `--password-file x`.
    private static func option(in text: [UInt8]) -> Bool {
        occurrences(of: "--pass", in: text) { at in
            var at = at
            if text[at...].starts(with: "word".utf8) { at += 4 }
            guard at < text.count, text[at] == UInt8(ascii: "=") || text[at] == 0 || text[at] == 32 else {
                return false
            }
            return isSecret(value(in: text, at + 1))
        }
    }

    private static func directive(_ word: String, in text: [UInt8]) -> Bool {
        occurrences(of: word, in: text) { at in
            var at = at
            guard at < text.count, isBlank(text[at]) || text[at] == 0 else { return false }
            skip(in: text, &at) { isBlank($0) || $0 == 0 }
            return isSecret(value(in: text, at))
        }
    }

    private static func userInfo(in text: [UInt8]) -> Bool {
        occurrences(of: "://", in: text) { at in
            let authority = text[at...].prefix { $0 > 32 && !isQuote($0) && $0 != UInt8(ascii: "/") && $0 != 44 }
            guard let sign = authority.lastIndex(of: UInt8(ascii: "@")),
                let colon = authority[..<sign].firstIndex(of: UInt8(ascii: ":"))
            else { return false }
            return isSecret(authority[(colon + 1)..<sign])
        }
    }

    /// Whether `isOne` says so of any place right after `word`.
    private static func occurrences(of word: String, in text: [UInt8], isOne: (Int) -> Bool) -> Bool {
        let word = Array(word.utf8)
        var from = 0
        while let start = ByteSearch.first(word, in: text, from: from) {
            if isOne(start + word.count) { return true }
            from = start + word.count
        }
        return false
    }

    private static func value(in text: [UInt8], _ start: Int) -> ArraySlice<UInt8> {
        var at = min(start, text.count)
        skip(in: text, &at) { isQuote($0) }
        return text[at...].prefix {
            $0 > 32 && !isQuote($0)
                && ![UInt8(ascii: ","), UInt8(ascii: ";"), UInt8(ascii: "&"), UInt8(ascii: "}")].contains($0)
        }
    }

    private static func isSecret(_ value: ArraySlice<UInt8>) -> Bool {
        guard let first = value.first else { return false }
        // `$NAME` and `$2a$…`; `#…`, redis' mark of a hash; a path; a mask; a placeholder.
        if "$#/@*<[{%".utf8.contains(first) { return false }
        if ["null", "nil", "true", "false", "none", "hidden", "redacted", "xxxxx"].contains(
            String(decoding: value, as: UTF8.self))
        {
            return false
        }
        let isHex = value.allSatisfy { ($0 >= 48 && $0 <= 57) || ($0 >= 97 && $0 <= 102) }
        return !(isHex && [64, 128].contains(value.count))
    }

    private static func skip(in text: [UInt8], _ at: inout Int, while isOne: (UInt8) -> Bool) {
        while at < text.count, isOne(text[at]) { at += 1 }
    }

    private static func isQuote(_ byte: UInt8) -> Bool { byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") }
    private static func isBlank(_ byte: UInt8) -> Bool { byte == 32 || byte == 9 }
}

enum ByteSearch {
    /// Where `needle` begins in `bytes`, at `from` or behind it.
    static func first(_ needle: [UInt8], in bytes: [UInt8], from: Int) -> Int? {
        guard let head = needle.first, from >= 0 else { return nil }
        return bytes.withUnsafeBytes { bytes in
            guard let base = bytes.baseAddress else { return nil }
            var at = from
            while at + needle.count <= bytes.count,
                let found = memchr(base + at, Int32(head), bytes.count - needle.count + 1 - at)
            {
                if memcmp(found, needle, needle.count) == 0 { return UnsafeRawPointer(found) - base }
                at = UnsafeRawPointer(found) - base + 1
            }
            return nil
        }
    }
}
