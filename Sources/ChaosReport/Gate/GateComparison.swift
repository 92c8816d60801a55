/// What comparing a run with its baseline found, or looking at how its plan was changed.
public struct GateComparison: Hashable, Sendable {
    /// The baseline's file, for the words; nil without one.
    public var baseline: String?
    public var changes: [PlanChange]
    /// The operator said that the plan is meant to be another one.
    public var acceptsChanges: Bool
    public var metrics: [MetricComparison]
    /// What could not be compared, one sentence each; decides nothing.
    public var notes: [String]

    public init(
        baseline: String? = nil, changes: [PlanChange] = [], acceptsChanges: Bool = false,
        metrics: [MetricComparison] = [], notes: [String] = []
    ) {
        self.baseline = baseline
        self.changes = changes
        self.acceptsChanges = acceptsChanges
        self.metrics = metrics
        self.notes = notes
    }

    /// Changes that fail the gate.
    public var unaccepted: [PlanChange] { acceptsChanges ? [] : changes.filter(\.needsAcceptance) }

    var worse: [MetricComparison] { metrics.filter { $0.outcome == .failed } }
    var open: [MetricComparison] { metrics.filter { $0.outcome == .inconclusive } }

    var details: [String] {
        unaccepted.map(\.sentence) + worse.map { "worse: \($0.name): \($0.text)" }
            + open.map { "undecided: \($0.name): \($0.text)" }
            + (acceptsChanges ? changes.filter(\.needsAcceptance).map { "accepted: \($0.sentence)" } : [])
            + changes.filter { !$0.needsAcceptance }.map { "stricter: \($0.sentence)" } + notes
    }

    var checks: [GateResult.Check] {
        var checks = changes.map { change in
            GateResult.Check(
                name: "plan \(change.name)\(change.subject.isEmpty ? "" : " \(change.subject)")",
                outcome: change.needsAcceptance && !acceptsChanges ? .failed : .passed,
                text: change.text + (change.needsAcceptance && acceptsChanges ? " (accepted)" : ""))
        }
        if changes.isEmpty, baseline != nil {
            checks.append(.init(name: "plan", outcome: .passed, text: "the baseline's own"))
        }
        return checks
            + metrics.map { .init(name: "no worse: \($0.name)", outcome: $0.outcome, text: $0.text) }
    }
}
