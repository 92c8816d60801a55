/// Why a journal cannot be read.
public enum JournalError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The file itself: missing, forbidden, an input error.
    case unreadable(path: String, reason: String)
    /// A line that no encoder of this version writes. Lines and columns count from 1; the header is line 1.
    case malformed(line: Int, column: Int, expected: String)

    public var description: String {
        switch self {
        case .unreadable(let path, let reason):
            "\(path): cannot be read: \(reason)"
        case .malformed(let line, let column, let expected):
            "journal line \(line), column \(column): expected \(expected)"
        }
    }
}
