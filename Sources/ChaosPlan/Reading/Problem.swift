/// One thing wrong with a file: where, what, and what would be right.
public struct Problem: Hashable, Sendable, CustomStringConvertible {
    public enum Severity: String, Hashable, Sendable { case error, warning }

    public var place: Place
    public var severity: Severity
    /// What is wrong.
    public var message: String
    /// What would be right; empty where nothing useful can be said.
    public var hint: String

    /// Shorthands of `place`.
    public var file: String { place.file }
    public var line: Int { place.line }
    public var column: Int { place.column }

    public init(place: Place, severity: Severity, message: String, hint: String) {
        self.place = place
        self.severity = severity
        self.message = message
        self.hint = hint
    }

    /// `file:line:column: error: what is wrong; what would be right`.
    public var description: String {
        let tail = hint.isEmpty ? "" : "; \(hint)"
        return "\(place.file):\(place.line):\(place.column): \(severity.rawValue): \(message)\(tail)"
    }
}
