/// How grave a message is, which decides who gets it.
public enum Level: Int, CaseIterable, Codable, Hashable, Comparable, Sendable {
    /// The operations channel.
    case ops = 1
    /// The critical channel and the pager.
    case critical = 2
    /// Incident response.
    case incident = 3

    public static func < (a: Level, b: Level) -> Bool { a.rawValue < b.rawValue }

    /// `critical`.
    public var word: String {
        switch self {
        case .ops: "ops"
        case .critical: "critical"
        case .incident: "incident"
        }
    }
}
