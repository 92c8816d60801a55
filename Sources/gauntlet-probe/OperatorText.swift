package import ChaosPlan
import FoundationEssentials

/// A length of time as an operator writes it.
package enum Timeout {
    /// `500ms`, `2s`, `50us`; positive. Nil for anything else.
    package static func parse(_ text: String) -> Nanoseconds? {
        for (unit, scale) in [("us", Nanoseconds.microsecond), ("ms", .millisecond), ("s", .second)] {
            guard text.hasSuffix(unit), let number = Double(text.dropLast(unit.utf8.count)) else { continue }
            let value = number * Double(scale)
            return value >= 1 && value <= 3600e9 ? Nanoseconds(value) : nil
        }
        return nil
    }
}

/// A secret from a file, so that no list of processes shows it.
enum Credential {
    /// `user password`, or a password alone.
    static func read(_ path: String) throws -> [String] {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw Refusal(message: "\(path) cannot be read")
        }
        let words = String(decoding: data, as: UTF8.self).split(whereSeparator: \.isWhitespace).map(String.init)
        guard words.count == 1 || words.count == 2 else {
            throw Refusal(message: "\(path) does not hold `user password`")
        }
        return words
    }
}
