import Yams

/// Text to `SourceNode`, with limits that keep hostile files from costing time or stack.
enum SourceReader {
    static let maximumBytes = 1 << 20
    static let maximumNodes = 100_000
    static let maximumAliases = 1_000
    static let maximumDepth = 32

    /// The root, or nil after exactly one problem has been logged.
    static func read(_ text: String, file: String, log: ProblemLog) -> SourceNode? {
        let start = Place(file: file, line: 1, column: 1)
        guard text.utf8.count <= maximumBytes else {
            log.error(
                start, "the file has \(text.utf8.count) bytes",
                "at most \(maximumBytes) are read; split it or shorten it")
            return nil
        }
        let scan = AliasScan(text)
        if scan.aliases > maximumAliases {
            log.error(start, "the file has \(scan.aliases) aliases", "at most \(maximumAliases) are read")
            return nil
        }
        if scan.aliases > 0, let line = scan.complexKeyLine {
            // The parser hashes keys with their aliases expanded: a bomb in a key would hang it.
            log.error(
                Place(file: file, line: line, column: 1), "a collection or an alias as a key, in a file with aliases",
                "keys are plain words")
            return nil
        }
        let root: Node?
        do {
            root = try Yams.compose(yaml: text, .basic, .default, .utf8)
        } catch let error as YamlError {
            report(error, text: text, file: file, log: log)
            return nil
        } catch {
            log.error(start, "cannot be read as YAML: \(error)")
            return nil
        }
        guard let root, !isEmpty(root) else {
            log.error(
                start, "the file is empty", "a scenario begins with `gauntlet: 1`, a fleet with `gauntlet-fleet: 1`")
            return nil
        }
        var conversion = Conversion(file: file, log: log)
        return conversion.node(root, depth: 0)
    }

    private static func isEmpty(_ node: Node) -> Bool {
        if case .scalar(let scalar) = node { return scalar.string.isEmpty }
        return false
    }

    private static func report(_ error: YamlError, text: String, file: String, log: ProblemLog) {
        func at(_ mark: Mark) -> Place { Place(file: file, line: mark.line, column: mark.column) }
        switch error {
        case .scanner(let context, let problem, let mark, _), .parser(let context, let problem, let mark, _),
            .composer(let context, let problem, let mark, _):
            let around = context.map { " (\($0.text) that begins in line \($0.mark.line))" } ?? ""
            log.error(at(mark), "not YAML: \(problem)\(around)", syntaxHint(problem))
        case .reader(let problem, let offset, let value, _):
            let place = place(ofCharacter: offset ?? 0, in: text, file: file)
            let code = value >= 0 ? " (U+\(String(value, radix: 16, uppercase: true)))" : ""
            log.error(place, "not YAML: \(problem)\(code)", "remove the character")
        case .duplicatedKeysInMapping(let duplicates, let context):
            let names = duplicates.map { "`\(SourceNode.short($0))`" }.joined(separator: ", ")
            log.error(at(context.mark), "\(names) is written twice in one object", "keep one of them")
        default:
            log.error(Place(file: file, line: 1, column: 1), "cannot be read as YAML: \(SourceNode.short("\(error)"))")
        }
    }

    private static func syntaxHint(_ problem: String) -> String {
        if problem.contains("cannot start any token") { return "put the value in quotes; tabs cannot indent" }
        if problem.contains("mapping values are not allowed") { return "put a value that contains `: ` in quotes" }
        if problem.contains("another document") { return "one document in each file" }
        if problem.contains("undefined alias") { return "put a value that begins with `*` in quotes" }
        return "check indentation, brackets and quotes"
    }

    private static func place(ofCharacter offset: Int, in text: String, file: String) -> Place {
        var line = 1
        var column = 1
        for character in text.prefix(offset) {
            if character.isNewline { (line, column) = (line + 1, 1) } else { column += 1 }
        }
        return Place(file: file, line: line, column: column)
    }

    /// One walk that expands aliases under a cap.
    private struct Conversion {
        var file: String
        var log: ProblemLog
        var count = 0

        mutating func node(_ node: Node, depth: Int) -> SourceNode? {
            let place = Place(file: file, line: node.mark?.line ?? 1, column: node.mark?.column ?? 1)
            count += 1
            guard count <= maximumNodes else {
                log.error(
                    place, "more than \(maximumNodes) values with aliases expanded",
                    "use fewer aliases, or split the file")
                return nil
            }
            guard depth <= maximumDepth else {
                log.error(place, "nested more than \(maximumDepth) deep", "nothing in the formats is nested that deep")
                return nil
            }
            switch node {
            case .scalar(let scalar):
                return SourceNode(place: place, content: .scalar(scalar.string))
            case .sequence(let sequence):
                var items: [SourceNode] = []
                for item in sequence {
                    guard let item = self.node(item, depth: depth + 1) else { return nil }
                    items.append(item)
                }
                return SourceNode(place: place, content: .list(items))
            case .mapping(let mapping):
                return object(mapping, place: place, depth: depth)
            case .alias:
                log.error(place, "an alias that cannot be resolved")
                return nil
            }
        }

        private mutating func object(_ mapping: Node.Mapping, place: Place, depth: Int) -> SourceNode? {
            var entries: [SourceNode.Entry] = []
            var seen: Set<String> = []
            for (key, value) in mapping {
                let keyPlace = Place(file: file, line: key.mark?.line ?? 1, column: key.mark?.column ?? 1)
                guard case .scalar(let scalar) = key else {
                    log.error(keyPlace, "a collection as a key", "keys are plain words")
                    return nil
                }
                guard seen.insert(scalar.string).inserted else {
                    log.error(
                        keyPlace, "`\(SourceNode.short(scalar.string))` is written twice in one object",
                        "keep one of them")
                    return nil
                }
                guard let node = self.node(value, depth: depth + 1) else { return nil }
                entries.append(.init(key: scalar.string, place: keyPlace, node: node))
            }
            return SourceNode(place: place, content: .object(entries))
        }
    }
}
