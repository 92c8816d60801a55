extension Shape {
    /// What could be written, for hints.
    var example: String {
        switch self {
        case .scalar(let rule): rule.kind.example
        case .sourced(let rule): "\(rule.kind.example) (promise)"
        case .word(let words): words.first ?? ""
        case .list(let item, _, let least): least == 0 ? "[]" : "[ \(item.example) ]"
        case .map: "{ … }"
        case .object(let object): "{ \(object.keys.first?.name ?? ""): … }"
        case .oneOf(let shapes, _): shapes.first?.example ?? ""
        case .anything: "…"
        }
    }
}
