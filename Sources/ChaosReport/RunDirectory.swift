/// Where a run's files lie: `reports/<scenario>/<yyyymmdd-hhmmss>-<seed>/`. Names only; it touches no disk and no clock.
///
/// Run ids sort by time as text, so the newest run of a scenario is the last name in its directory.
public struct RunDirectory: Hashable, Sendable {
    public static let journal = "journal.jsonl"
    /// Clients' single operations; only where they were asked for.
    public static let operations = "ops.tsv"
    public static let scorecard = "scorecard.json"
    public static let page = "report.html"
    public static let junit = "junit.xml"
    public static let summary = "summary.md"
    public static let metrics = "metrics.txt"

    public let root: String
    /// The scenario's name, made safe for a path.
    public let scenario: String
    public let timestamp: String
    public let seed: UInt64

    /// Nil when `timestamp` is not UTC `yyyymmdd-hhmmss`.
    public init?(root: String = "reports", scenario: String, timestamp: String, seed: UInt64) {
        guard Self.isTimestamp(timestamp) else { return nil }
        self.root = root
        self.scenario = Self.safe(scenario)
        self.timestamp = timestamp
        self.seed = seed
    }

    /// Takes a run id apart again.
    public init?(root: String = "reports", scenario: String, runID: String) {
        let parts = runID.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 3, let seed = UInt64(parts[2]) else { return nil }
        self.init(root: root, scenario: scenario, timestamp: "\(parts[0])-\(parts[1])", seed: seed)
    }

    public var runID: String { "\(timestamp)-\(seed)" }
    public var path: String { "\(root)/\(scenario)/\(runID)" }

    /// Path of one of the run's files.
    public func path(of file: String) -> String { "\(path)/\(file)" }

    /// Variants are named `partition@2min`; anything that could leave the directory becomes `_`.
    package static func safe(_ name: String) -> String {
        let kept = name.unicodeScalars.map { scalar -> Character in
            switch scalar {
            case "a"..."z", "A"..."Z", "0"..."9", "-", "_", ".", "@", "+": Character(scalar)
            default: "_"
            }
        }
        let text = String(kept)
        return text.isEmpty || text.first == "." ? "_" + text.dropFirst() : text
    }

    private static func isTimestamp(_ text: String) -> Bool {
        let bytes = Array(text.utf8)
        guard bytes.count == 15, bytes[8] == UInt8(ascii: "-") else { return false }
        return bytes.enumerated().allSatisfy {
            $0.offset == 8 || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0.element)
        }
    }
}
