/// What the gate says: first the line to print first, then the reasons.
public struct GateResult: Hashable, Sendable {
    public enum Outcome: String, CaseIterable, Hashable, Sendable { case passed, failed, inconclusive }

    /// One question that the gate asked beside the objectives themselves.
    public struct Check: Hashable, Sendable {
        /// `score`, `coverage`, `plan limit-loosened failover-time`, `no worse: availability`.
        public var name: String
        public var outcome: Outcome
        /// One sentence or less; never empty.
        public var text: String

        public init(name: String, outcome: Outcome, text: String) {
            self.name = name
            self.outcome = outcome
            self.text = text
        }
    }

    public var outcome: Outcome
    /// Starts with `gate=`; one line.
    public var line: String
    /// One sentence each, gravest first.
    public var details: [String]
    public var checks: [Check]

    public init(outcome: Outcome, line: String, details: [String], checks: [Check] = []) {
        self.outcome = outcome
        self.line = line
        self.details = details
        self.checks = checks
    }
}
