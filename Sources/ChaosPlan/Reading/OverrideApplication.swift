/// Puts overrides into a source tree, along its shape, before it is read.
struct OverrideApplication {
    let log: ProblemLog

    func apply(_ override: Override, to tree: inout SourceNode, shape: Shape) {
        set(override, override.segments[...], in: &tree, shape: shape, walked: "")
    }

    private func set(
        _ override: Override, _ rest: ArraySlice<String>, in node: inout SourceNode, shape: Shape, walked: String
    ) {
        guard let segment = rest.first else {
            replace(&node, by: override, shape: shape)
            return
        }
        switch Self.container(shape, node) {
        case .object(let object):
            set(override, rest, key: segment, of: object.keys(tagged: tagWord(object, node)), in: &node, walked: walked)
        case .map(let item):
            let known = node.entries.map(\.key)
            guard known.contains(segment) else { return unknown(override, segment, known, walked) }
            set(override, rest, key: segment, shape: item, in: &node, walked: walked)
        case .list(let item, let identity, _):
            guard case .list(var items) = node.content else { return unknown(override, segment, [], walked) }
            guard let index = Self.index(of: segment, in: items, identity: identity) else {
                let known = items.enumerated().map { Validator.identity(of: $1, key: identity) ?? "\($0)" }
                return unknown(override, segment, known, walked)
            }
            set(override, rest.dropFirst(), in: &items[index], shape: item, walked: Self.join(walked, segment))
            node.content = .list(items)
        default:
            log.error(override.place, "`\(override.path)`: `\(walked)` is a single value", "end the path there")
        }
    }

    private func tagWord(_ object: ObjectShape, _ node: SourceNode) -> String? {
        object.tag.flatMap { node[$0.key]?.scalar }
    }

    private func set(
        _ override: Override, _ rest: ArraySlice<String>, key: String, of keys: [ObjectShape.Key],
        in node: inout SourceNode, walked: String
    ) {
        guard let known = keys.first(where: { $0.name == key }) else {
            return unknown(override, key, keys.map(\.name), walked)
        }
        set(override, rest, key: key, shape: known.shape, in: &node, walked: walked)
    }

    private func set(
        _ override: Override, _ rest: ArraySlice<String>, key: String, shape: Shape, in node: inout SourceNode,
        walked: String
    ) {
        guard case .object(var entries) = node.content else {
            // The shape is wrong there already; the reading will say so.
            return
        }
        let index =
            entries.firstIndex { $0.key == key }
            ?? {
                // A path may lead to what the file leaves out.
                entries.append(.init(key: key, place: override.place, node: Self.empty(shape, at: override.place)))
                return entries.count - 1
            }()
        set(override, rest.dropFirst(), in: &entries[index].node, shape: shape, walked: Self.join(walked, key))
        node.content = .object(entries)
    }

    private static func empty(_ shape: Shape, at place: Place) -> SourceNode {
        let content: SourceNode.Content =
            switch shape {
            case .object, .map: .object([])
            case .list: .list([])
            default: .scalar("")
            }
        return SourceNode(place: place, content: content)
    }

    private func replace(_ node: inout SourceNode, by override: Override, shape: Shape) {
        var value = Self.marked(override.value)
        if override.appends {
            guard case .list(let items) = node.content else { return }
            node.content = .list(items + [value])
            return
        }
        if case .sourced = shape, let new = value.scalar, let written = Provenance(splitting: new),
            written.origin == nil,
            let old = node.scalar.flatMap({ Provenance(splitting: $0) }), let origin = old.origin
        {
            value.content = .scalar("\(new) (\(origin))")
        }
        node = value
    }

    private static func marked(_ node: SourceNode) -> SourceNode {
        var node = node
        node.isOverride = true
        switch node.content {
        case .scalar: break
        case .list(let items): node.content = .list(items.map(marked))
        case .object(let entries):
            node.content = .object(entries.map { .init(key: $0.key, place: $0.place, node: marked($0.node)) })
        }
        return node
    }

    private func unknown(_ override: Override, _ segment: String, _ known: [String], _ walked: String) {
        let place = walked.isEmpty ? "" : " in `\(walked)`"
        log.error(
            override.place, "`\(SourceNode.short(override.path))`: no `\(SourceNode.short(segment))`\(place)",
            NearestWord.hint(segment, among: known))
    }

    private static func index(of segment: String, in items: [SourceNode], identity: String?) -> Int? {
        if let named = items.firstIndex(where: { Validator.identity(of: $0, key: identity) == segment }) {
            return named
        }
        guard let index = Int(segment), items.indices.contains(index) else { return nil }
        return index
    }

    /// The alternative that leads on, where a node may have one of several shapes.
    private static func container(_ shape: Shape, _ node: SourceNode) -> Shape {
        guard case .oneOf(let shapes, _) = shape else { return shape }
        let form: Shape.Form =
            switch node.content {
            case .scalar: .scalar
            case .list: .list
            case .object: .object
            }
        return shapes.first { $0.form == form } ?? shape
    }

    private static func join(_ path: String, _ segment: String) -> String {
        path.isEmpty ? segment : "\(path).\(segment)"
    }
}

extension SourceNode {
    var entries: [Entry] {
        if case .object(let entries) = content { return entries }
        return []
    }
}
