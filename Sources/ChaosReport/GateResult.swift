/// What the gate says: first the line to print first, then the reasons.
public struct GateResult: Hashable, Sendable {
    public enum Outcome: String, CaseIterable, Hashable, Sendable { case passed, failed, inconclusive }

    public var outcome: Outcome
    /// Starts with `gate=`; one line.
    public var line: String
    /// One sentence each, gravest first.
    public var details: [String]

    public init(outcome: Outcome, line: String, details: [String]) {
        self.outcome = outcome
        self.line = line
        self.details = details
    }
}
