/// Shapes to JSON Schema. Objects become definitions, so that each stands there once.
struct SchemaWriter {
    private var definitions: [(String, JSONText)] = []

    static func write(_ root: ObjectShape, title: String) -> String {
        var writer = SchemaWriter()
        var fields: [(String, JSONText)] = [
            ("$schema", .string("https://json-schema.org/draft/2020-12/schema")), ("title", .string(title)),
        ]
        fields += writer.object(root)
        fields.append(("$defs", .object(writer.definitions.sorted { $0.0 < $1.0 })))
        return JSONText.object(fields).printed() + "\n"
    }

    private mutating func schema(_ shape: Shape) -> [(String, JSONText)] {
        switch shape {
        case .scalar(let rule): return Self.scalar(rule)
        case .sourced(let rule): return Self.sourced(rule)
        case .word(let words): return [("enum", .list(words.map { .string($0) }))]
        case .list(let item, _, let least):
            let items: [(String, JSONText)] = [("type", .string("array")), ("items", .object(schema(item)))]
            return least == 0 ? items : items + [("minItems", .integer(Int64(least)))]
        case .map(let item): return [("type", .string("object")), ("additionalProperties", .object(schema(item)))]
        case .object(let object):
            let name = Self.slug(object.name)
            if !definitions.contains(where: { $0.0 == name }) {
                // Holds its place first, should a shape ever contain itself.
                definitions.append((name, .object([])))
                let position = definitions.count - 1
                definitions[position].1 = .object(self.object(object))
            }
            return [("$ref", .string("#/$defs/\(name)"))]
        case .oneOf(let shapes, _): return [("anyOf", .list(shapes.map { .object(schema($0)) }))]
        case .anything: return []
        }
    }

    private mutating func object(_ shape: ObjectShape) -> [(String, JSONText)] {
        var fields: [(String, JSONText)] = [("type", .string("object"))]
        fields += keys(shape.keys)
        guard let tag = shape.tag else { return fields + [("additionalProperties", .boolean(false))] }
        var alternatives: [JSONText] = []
        for alternative in tag.alternatives {
            let isWord = JSONText.object([
                ("properties", .object([(tag.key, .object([("const", .string(alternative.word))]))]))
            ])
            alternatives.append(.object([("if", isWord), ("then", .object(keys(alternative.keys)))]))
        }
        return fields + [("allOf", .list(alternatives)), ("unevaluatedProperties", .boolean(false))]
    }

    private mutating func keys(_ keys: [ObjectShape.Key]) -> [(String, JSONText)] {
        var properties: [(String, JSONText)] = []
        var required: [JSONText] = []
        for key in keys {
            var summary = key.summary
            if case .byDefault(let text) = key.presence { summary += " (default: \(text))" }
            if case .required = key.presence { required.append(.string(key.name)) }
            properties.append((key.name, .object([("description", .string(summary))] + schema(key.shape))))
        }
        return [("properties", .object(properties))] + (required.isEmpty ? [] : [("required", .list(required))])
    }

    private static func scalar(_ rule: ScalarRule) -> [(String, JSONText)] {
        switch rule.kind {
        case .integer:
            [("type", .string("integer")), ("minimum", .integer(rule.low)), ("maximum", .integer(rule.high))]
        case .number: [("type", .string("number"))]
        case .boolean: [("type", .string("boolean"))]
        case .text: [("type", .string("string")), ("minLength", .integer(1))]
        default: [("type", .string("string")), ("pattern", .string("^\(rule.kind.pattern ?? ".*")$"))]
        }
    }

    private static func sourced(_ rule: ScalarRule) -> [(String, JSONText)] {
        let number = rule.kind.pattern ?? ".*"
        let sources = Parameter.Source.allCases.filter { $0 != .assumed }.map(\.rawValue).joined(separator: "|")
        let origin = "\\((\(sources)|assumed \(number) ?\\.\\. ?\(number))\\)"
        return [("type", .string("string")), ("pattern", .string("^\(number) ?\(origin)$"))]
    }

    /// `a broker server` as `broker-server`.
    private static func slug(_ name: String) -> String {
        let words = name.filter { $0 != "`" }.split(separator: " ").drop { ["a", "an", "the"].contains($0) }
        return words.joined(separator: "-")
    }
}
