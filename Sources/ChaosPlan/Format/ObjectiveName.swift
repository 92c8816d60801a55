/// How an objective is called that does not say: its metric, with the fault's id where it has one.
enum ObjectiveName {
    /// Marks, in a list's shape, that its items are addressed by this rule.
    static let identityKey = "id or metric"

    static func of(_ node: SourceNode) -> String? {
        if let id = node["id"]?.scalar { return id }
        guard let metric = node["metric"]?.scalar else { return nil }
        return name(metric: metric, of: node["of"]?.scalar)
    }

    static func name(metric: String, of fault: String?) -> String {
        fault.map { "\(metric)-\($0)" } ?? metric
    }
}
