/// One alert as the receiver of a fleet's monitoring tells it: `a`, the instant its message arrived (CLOCK_BOOTTIME, ns), `firing` or
/// `resolved`, its name, its other labels, and since when by its own account. Tabs between fields.
public struct AlertLine: Hashable, Sendable {
    public var time: Int64
    public var isFiring: Bool
    public var name: String
    /// `key=value`, sorted, without the name.
    public var labels: [String]
    /// As the monitoring writes it (RFC 3339).
    public var startsAt: String

    public init(time: Int64, isFiring: Bool, name: String, labels: [String], startsAt: String) {
        self.time = time
        self.isFiring = isFiring
        self.name = name
        self.labels = labels
        self.startsAt = startsAt
    }

    /// Without its line end. A comma within a label is written `\,`, a backslash `\\`; what would end a field is a space.
    public var text: String {
        let labels = labels.map { label in
            var text = ""
            for character in Self.plain(label) {
                if character == "," || character == "\\" { text.append("\\") }
                text.append(character)
            }
            return text
        }
        let fields = [
            "a", "\(time)", isFiring ? "firing" : "resolved", Self.plain(name), labels.joined(separator: ","),
            Self.plain(startsAt),
        ]
        return fields.joined(separator: "\t")
    }

    /// Nil for a line of another kind.
    public init?(_ line: String) {
        let fields = line.split(separator: "\t" as Character, omittingEmptySubsequences: false)
        guard fields.count == 6, fields[0] == "a", let time = Int64(fields[1]),
            fields[2] == "firing" || fields[2] == "resolved", !fields[3].isEmpty
        else { return nil }
        self.init(
            time: time, isFiring: fields[2] == "firing", name: String(fields[3]), labels: Self.labels(fields[4]),
            startsAt: String(fields[5]))
    }

    private static func labels(_ text: Substring) -> [String] {
        guard !text.isEmpty else { return [] }
        var labels = [""]
        var isEscaped = false
        for character in text {
            switch character {
            case "\\" where !isEscaped: isEscaped = true
            case "," where !isEscaped: labels.append("")
            default:
                labels[labels.count - 1].append(character)
                isEscaped = false
            }
        }
        return labels
    }

    private static func plain(_ text: String) -> String {
        String(String.UnicodeScalarView(text.unicodeScalars.map { $0.value < 32 ? " " : $0 }))
    }
}
