/// What a YAML file is, by its first key.
enum FileKind: String {
    case scenario = "gauntlet"
    case fleet = "gauntlet-fleet"
    case objectives = "gauntlet-objectives"
    case promises = "gauntlet-promises"

    /// Nil for anything else; a file that cannot be read is nothing.
    static func of(_ path: String) -> FileKind? { (try? TextFile.read(path)).flatMap(of(text:)) }

    static func of(text: String) -> FileKind? {
        // Usually on the first line with a key; where it is not, at the start of any line will do.
        for line in text.split(whereSeparator: \.isNewline) {
            guard let colon = line.firstIndex(of: ":") else { continue }
            if let kind = FileKind(rawValue: String(line[..<colon])) { return kind }
        }
        return nil
    }
}
