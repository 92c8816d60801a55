/// A YAML node as written, free of the parser: scalars by their source text, each with its place.
struct SourceNode: Sendable {
    struct Entry: Sendable {
        var key: String
        var place: Place
        var node: SourceNode
    }

    enum Content: Sendable {
        case scalar(String)
        case list([SourceNode])
        case object([Entry])
    }

    var place: Place
    var content: Content
    /// Set by an override: an assumed value may then lie outside its range.
    var isOverride = false

    /// `a list`, for messages.
    var what: String {
        switch content {
        case .scalar(let text): text.isEmpty ? "nothing" : "`\(Self.short(text))`"
        case .list: "a list"
        case .object: "an object"
        }
    }

    var scalar: String? {
        if case .scalar(let text) = content { return text }
        return nil
    }

    subscript(key: String) -> SourceNode? {
        guard case .object(let entries) = content else { return nil }
        return entries.first { $0.key == key }?.node
    }

    /// A long or many-lined scalar must not fill the screen.
    static func short(_ text: String) -> String {
        let oneLine = String(text.prefix(61).map { $0.isNewline ? " " : $0 })
        return oneLine.count > 60 ? oneLine.prefix(60) + "…" : oneLine
    }
}
