/// One value put in another's place: from `--set`, `--disable`, a variant or `fleet-set`.
struct Override {
    /// Without the leading `fleet.`.
    var segments: [String]
    /// As written, for messages.
    var path: String
    var place: Place
    var value: SourceNode
    /// Appended to the list at the path instead of replacing it.
    var appends = false

    enum Root { case scenario, fleet }
    var root: Root

    /// From a path and its value. `inFleet`: the path is relative to the fleet.
    init?(path: String, place: Place, value: SourceNode, inFleet: Bool = false, log: ProblemLog) {
        guard var segments = Self.split(path) else {
            log.error(
                place, "\(path.isEmpty ? "nothing" : "`\(SourceNode.short(path))`") is not a path",
                "write one such as `faults.kill-edge-hub.for` or `fleet.calls[3].share`")
            return nil
        }
        root = inFleet ? .fleet : .scenario
        if segments.count > 1, segments[0] == "fleet" {
            root = .fleet
            segments.removeFirst()
        } else if segments.count > 1, segments[0] == "scenario", !inFleet {
            segments.removeFirst()
        }
        self.segments = segments
        self.path = path
        self.place = place
        self.value = value
    }

    /// From `path=value`.
    static func parse(_ option: String, inFleet: Bool = false, log: ProblemLog) -> Override? {
        let file = "--set \(SourceNode.short(option))"
        let start = Place(file: file, line: 1, column: 1)
        guard let equals = option.firstIndex(of: "=") else {
            log.error(start, "no `=` in it", "write `--set path=value`")
            return nil
        }
        let text = Provenance.trimmed(option[option.index(after: equals)...])
        guard !text.isEmpty else {
            log.error(start, "no value behind the `=`", "write `--set path=value`")
            return nil
        }
        guard let value = value(text, file: file, log: log) else { return nil }
        return Override(path: String(option[..<equals]), place: start, value: value, inFleet: inFleet, log: log)
    }

    /// Lists and objects are read as YAML, all else as it stands, so that no scalar needs quotes.
    private static func value(_ text: String, file: String, log: ProblemLog) -> SourceNode? {
        if text.hasPrefix("[") || text.hasPrefix("{") { return SourceReader.read(text, file: file, log: log) }
        return SourceNode(place: Place(file: file, line: 1, column: 1), content: .scalar(text))
    }

    /// `calls[3].share` as calls, 3, share; nil if empty or malformed.
    private static func split(_ path: String) -> [String]? {
        var segments: [String] = []
        for part in path.split(separator: ".", omittingEmptySubsequences: false) {
            guard let bracket = part.firstIndex(of: "[") else {
                segments.append(Provenance.trimmed(part))
                continue
            }
            guard part.last == "]", bracket > part.startIndex else { return nil }
            segments.append(String(part[..<bracket]))
            segments.append(String(part[part.index(after: bracket)..<part.index(before: part.endIndex)]))
        }
        return segments.isEmpty || segments.contains("") || segments.count > SourceReader.maximumDepth ? nil : segments
    }
}
