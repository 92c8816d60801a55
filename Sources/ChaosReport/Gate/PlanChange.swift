/// One difference between the plan of a baseline and that of a run.
public struct PlanChange: Hashable, Sendable {
    public enum Effect: String, CaseIterable, Hashable, Sendable {
        case weaker, stricter
        /// Neither can be said, so somebody has to look at it.
        case different
    }

    /// What a line can be searched for: `limit-loosened`.
    public var name: String
    /// The objective's or fault's id; empty for what is the whole plan's.
    public var subject: String
    /// `5 s before, 8 s now`.
    public var text: String
    public var effect: Effect

    public init(_ name: String, _ subject: String, _ text: String, _ effect: Effect) {
        self.name = name
        self.subject = subject
        self.text = text
        self.effect = effect
    }

    /// Only with `--accept-plan-change` may a gate pass.
    public var needsAcceptance: Bool { effect != .stricter }

    public var sentence: String { "\(name)\(subject.isEmpty ? "" : " \(subject)"): \(text)" }

    /// Every difference of two outlines of one scenario.
    public static func between(_ old: PlanOutline, _ new: PlanOutline) -> [PlanChange] {
        PlanComparison.changes(old, new)
    }

    /// Values put in an objective's place, or another set of objectives in place of the scenario's, by `--set`.
    ///
    /// - Parameter overrides: `path=value`, as a run's record keeps them.
    public static func overridden(_ overrides: [String]) -> [PlanChange] {
        overrides.compactMap { override in
            var path = override.prefix { $0 != "=" }.split { $0 == "." || $0 == "[" || $0 == "]" }.map(\.trimmingSpaces)
            if path.first == "scenario" { path.removeFirst() }
            guard let first = path.first, first == "objectives" || first == "use" else { return nil }
            let subject = first == "objectives" && path.count > 1 ? path[1] : ""
            return PlanChange("objective-set", subject, "the run was made with --set \(override)", .different)
        }
    }
}

extension Substring {
    fileprivate var trimmingSpaces: String {
        String(drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
    }
}
