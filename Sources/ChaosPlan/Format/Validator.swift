/// Reads a source tree by a shape into a value tree, logging everything that does not fit.
struct Validator {
    let log: ProblemLog
    /// Every sourced number met, in file order.
    private(set) var parameters: [Parameter] = []

    init(log: ProblemLog) { self.log = log }

    /// `path` names the node as `--set` does; `what` names it in messages (`faults.kill-edge-hub.for`).
    mutating func read(_ node: SourceNode, as shape: Shape, path: String) -> Value {
        switch shape {
        case .scalar(let rule): return scalar(node, rule, path: path)
        case .sourced(let rule): return sourced(node, rule, path: path)
        case .word(let words): return word(node, words, path: path)
        case .list(let item, let identity, let least): return list(node, item, identity, atLeast: least, path: path)
        case .map(let item): return map(node, item, path: path)
        case .object(let object): return self.object(node, object, path: path)
        case .oneOf(let shapes, let expected): return oneOf(node, shapes, expected: expected, path: path)
        case .anything: return Value(place: node.place, content: .missing, isSound: true)
        }
    }

    // MARK: - Scalars

    private func scalar(_ node: SourceNode, _ rule: ScalarRule, path: String) -> Value {
        guard let text = node.scalar else {
            log.error(
                node.place, "`\(path)` is \(node.what)", "write \(rule.kind.phrase) such as `\(rule.kind.example)`")
            return .missing(node.place)
        }
        return scalar(text, node.place, rule, path: path)
    }

    private func scalar(_ text: String, _ place: Place, _ rule: ScalarRule, path: String) -> Value {
        do {
            let value = try ScalarText.read(text, rule)
            return Value(place: place, content: .scalar(value, rule.kind), isSound: true)
        } catch {
            log.error(place, "`\(path)`: \(error.message)", error.hint)
            return .missing(place)
        }
    }

    private mutating func sourced(_ node: SourceNode, _ rule: ScalarRule, path: String) -> Value {
        let kind = rule.kind
        guard let text = node.scalar else {
            log.error(
                node.place, "`\(path)` is \(node.what)",
                "write \(kind.phrase) and its source, such as `\(kind.example) (promise)`")
            return .missing(node.place)
        }
        guard let written = Provenance(splitting: text) else {
            log.error(
                node.place, "`\(path)`: the parentheses of `\(SourceNode.short(text))` do not close at its end",
                "write it as `\(kind.example) (promise)`")
            return .missing(node.place)
        }
        let value = scalar(written.number, node.place, rule, path: path)
        guard let origin = written.origin else {
            log.error(
                node.place, "`\(path)`: `\(SourceNode.short(text))` does not say where it comes from",
                "write `\(SourceNode.short(text)) (promise)`, `(default)`, `(measured)` or `(assumed LOW..HIGH)`")
            return .missing(node.place)
        }
        guard let parameter = parameter(origin, written.number, value, node, rule, path: path) else {
            return .missing(node.place)
        }
        parameters.append(parameter)
        return value
    }

    private func parameter(
        _ origin: String, _ number: String, _ value: Value, _ node: SourceNode, _ rule: ScalarRule, path: String
    ) -> Parameter? {
        let words = origin.split(maxSplits: 1, whereSeparator: \.isWhitespace)
        let sources = Parameter.Source.allCases.map(\.rawValue)
        let first = words.first.map(String.init) ?? ""
        guard let source = Parameter.Source(rawValue: first) else {
            log.error(
                node.place, "`\(path)`: `\(SourceNode.short(first))` is not where a number comes from",
                NearestWord.hint(first, among: sources))
            return nil
        }
        guard source == .assumed else {
            guard words.count == 1 else {
                log.error(
                    node.place, "`\(path)`: `\(SourceNode.short(origin))` says more than its source",
                    "only assumed numbers have a range")
                return nil
            }
            return Parameter(path: path, text: number, source: source, low: nil, high: nil)
        }
        guard words.count == 2, let dots = Self.range(String(words[1])) else {
            log.error(
                node.place, "`\(path)`: an assumed number without a range", "write `\(number) (assumed LOW..HIGH)`")
            return nil
        }
        // Bounds of the rule hold for the range too: a run may try every value of it.
        let low = scalar(dots.low, node.place, rule, path: path)
        let high = scalar(dots.high, node.place, rule, path: path)
        guard low.isSound, high.isSound, value.isSound else { return nil }
        guard low.quantity < high.quantity else {
            log.error(
                node.place, "`\(path)`: the range \(dots.low)..\(dots.high) is empty", "write the lower end first")
            return nil
        }
        if !node.isOverride, !(low.quantity...high.quantity).contains(value.quantity) {
            log.error(
                node.place, "`\(path)`: \(number) lies outside its own range \(dots.low)..\(dots.high)",
                "widen the range or correct the number")
            return nil
        }
        return Parameter(path: path, text: number, source: source, low: dots.low, high: dots.high)
    }

    /// `2ms..40ms` in two.
    private static func range(_ text: String) -> (low: String, high: String)? {
        let bytes = Array(text.utf8)
        guard bytes.count > 3,
            let split = (1..<bytes.count - 2).first(where: { bytes[$0] == 46 && bytes[$0 + 1] == 46 })
        else { return nil }
        return (
            Provenance.trimmed(Substring(String(decoding: bytes[..<split], as: UTF8.self))),
            Provenance.trimmed(Substring(String(decoding: bytes[(split + 2)...], as: UTF8.self)))
        )
    }

    private func word(_ node: SourceNode, _ words: [String], path: String) -> Value {
        guard let text = node.scalar, words.contains(text) else {
            log.error(
                node.place, "`\(path)`: \(node.what) is not a word known here",
                NearestWord.hint(node.scalar ?? "", among: words))
            return .missing(node.place)
        }
        return Value(place: node.place, content: .scalar(.text(text), .text), isSound: true)
    }

    // MARK: - Collections

    private mutating func list(
        _ node: SourceNode, _ item: Shape, _ identity: String?, atLeast least: Int, path: String
    ) -> Value {
        guard case .list(let nodes) = node.content else {
            log.error(node.place, "`\(path)` is \(node.what)", "write a list, `[]` if it is empty")
            return .missing(node.place)
        }
        var values: [Value] = []
        for (index, node) in nodes.enumerated() {
            let segment = Self.identity(of: node, key: identity).map { ".\($0)" } ?? "[\(index)]"
            values.append(read(node, as: item, path: path + segment))
        }
        let isLongEnough = nodes.count >= least
        if !isLongEnough { log.error(node.place, "`\(path)` has \(nodes.count) items", "write at least \(least)") }
        return Value(place: node.place, content: .list(values), isSound: isLongEnough && values.allSatisfy(\.isSound))
    }

    /// How `--set` addresses an item: by its identity, where it has one that reads as a name.
    static func identity(of node: SourceNode, key: String?) -> String? {
        guard let key else { return nil }
        if key == ObjectiveName.identityKey { return ObjectiveName.of(node) }
        let text = node.scalar ?? node[key]?.scalar
        return text.flatMap { ScalarText.isName($0) ? $0 : nil }
    }

    private mutating func map(_ node: SourceNode, _ item: Shape, path: String) -> Value {
        guard case .object(let entries) = node.content else {
            log.error(node.place, "`\(path)` is \(node.what)", "write an object, `{}` if it is empty")
            return .missing(node.place)
        }
        var fields: [Value.Field] = []
        for entry in entries {
            fields.append(
                .init(key: entry.key, value: read(entry.node, as: item, path: "\(path).\(entry.key)"), decides: true))
        }
        return Value(place: node.place, content: .object(fields), isSound: fields.allSatisfy(\.value.isSound))
    }

    private mutating func object(_ node: SourceNode, _ shape: ObjectShape, path: String) -> Value {
        guard case .object(let entries) = node.content else {
            let keys = shape.keys.prefix(4).map(\.name).joined(separator: ", ")
            log.error(
                node.place, "`\(path)` is \(node.what)",
                "write \(shape.name): an object with the keys \(keys)\(shape.keys.count > 4 ? ", …" : "")")
            return .missing(node.place)
        }
        let tagWord = shape.tag.flatMap { node[$0.key]?.scalar }
        let isTagKnown = shape.tag.map { tag in tag.alternatives.contains { $0.word == tagWord } } ?? true
        let keys = shape.keys(tagged: tagWord)
        var isSound = true
        var read: [String: Value] = [:]
        for entry in entries {
            guard let key = keys.first(where: { $0.name == entry.key }) else {
                unknownKey(entry, in: shape, tagWord: tagWord, keys: keys, path: path)
                isSound = false
                continue
            }
            read[entry.key] = self.read(
                entry.node, as: key.shape, path: path.isEmpty ? entry.key : "\(path).\(entry.key)")
        }
        var fields: [Value.Field] = []
        for key in keys {
            if let value = read[key.name] ?? missing(key, in: node, shape, isTagKnown: isTagKnown, path: path, &isSound)
            {
                fields.append(.init(key: key.name, value: value, decides: key.decides))
                if !value.isSound { isSound = false }
            }
        }
        return Value(place: node.place, content: .object(fields), isSound: isSound)
    }

    private mutating func missing(
        _ key: ObjectShape.Key, in node: SourceNode, _ shape: ObjectShape, isTagKnown: Bool, path: String,
        _ isSound: inout Bool
    ) -> Value? {
        switch key.presence {
        case .optional: return nil
        case .byDefault(let text):
            return read(
                SourceNode(place: node.place, content: .scalar(text)), as: key.shape, path: "\(path).\(key.name)")
        case .required:
            isSound = false
            // With an unknown kind, nobody can say which of the kinds' keys are missing.
            guard isTagKnown || shape.keys.contains(where: { $0.name == key.name }) else { return nil }
            let place = path.isEmpty ? "" : " in `\(path)`"
            log.error(
                node.place, "no `\(key.name)`\(place)", "write `\(key.name): \(key.shape.example)` (\(key.summary))")
            return nil
        }
    }

    private func unknownKey(
        _ entry: SourceNode.Entry, in shape: ObjectShape, tagWord: String?, keys: [ObjectShape.Key], path: String
    ) {
        let place = path.isEmpty ? shape.name : "`\(path)`"
        let shown = SourceNode.short(entry.key)
        if let tag = shape.tag, let word = tagWord,
            let others = Optional(tag.alternatives.filter { $0.keys.contains { $0.name == entry.key } }.map(\.word)),
            !others.isEmpty
        {
            log.error(
                entry.place, "`\(shown)` in \(place) is no key of \(tag.key) `\(word)`",
                "it belongs to \(others.joined(separator: ", "))")
            return
        }
        log.error(
            entry.place, "unknown key `\(shown)` in \(place)", NearestWord.hint(entry.key, among: keys.map(\.name)))
    }

    // MARK: - Alternatives

    private mutating func oneOf(_ node: SourceNode, _ shapes: [Shape], expected: String, path: String) -> Value {
        let form: Shape.Form =
            switch node.content {
            case .scalar: .scalar
            case .list: .list
            case .object: .object
            }
        let fitting = shapes.filter { $0.form == form }
        if fitting.count == 1 { return read(node, as: fitting[0], path: path) }
        for shape in fitting {
            var attempt = Validator(log: ProblemLog())
            let value = attempt.read(node, as: shape, path: path)
            if value.isSound { return value }
        }
        let words = fitting.flatMap { shape in
            if case .word(let words) = shape { return words }
            return []
        }
        let nearest = NearestWord.find(node.scalar ?? "", among: words)
        log.error(
            node.place, "`\(path)` is \(node.what)", nearest.map { "did you mean `\($0)`?" } ?? "write \(expected)")
        return .missing(node.place)
    }
}
