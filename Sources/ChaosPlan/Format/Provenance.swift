/// The parenthesis behind a fleet's number: `8ms (assumed 2ms..40ms)`.
struct Provenance: Sendable {
    var number: String
    /// Without parentheses; nil where there is none.
    var origin: String?

    /// Splits `8ms (assumed 2ms..40ms)`; nil when the parentheses do not close at the end.
    init?(splitting text: String) {
        guard let open = text.firstIndex(of: "(") else {
            self.init(number: text, origin: nil)
            return
        }
        guard text.last == ")", text.index(after: open) < text.endIndex else { return nil }
        let inside = text[text.index(after: open)..<text.index(before: text.endIndex)]
        guard !inside.contains("("), !inside.contains(")") else { return nil }
        self.init(number: Self.trimmed(text[..<open]), origin: Self.trimmed(inside))
    }

    init(number: String, origin: String?) {
        self.number = number
        self.origin = origin
    }

    static func trimmed(_ text: Substring) -> String {
        var text = text.drop { $0.isWhitespace }
        while text.last?.isWhitespace == true { text.removeLast() }
        return String(text)
    }
}
