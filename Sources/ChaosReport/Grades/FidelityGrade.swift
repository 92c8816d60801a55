import ChaosPlan

/// How far the simulated world's numbers about one kind of fault may be trusted, as trials in both worlds have shown.
public struct FidelityGrade: Hashable, Sendable {
    public enum Level: String, CaseIterable, Hashable, Sendable {
        /// Enough live trials, and equivalence shown for all that was measured.
        case validated
        /// Live trials there are, but something is missing.
        case partial
        /// Nobody has looked.
        case unvalidated
    }

    /// Of the fault, as scenarios name it: `host-down`.
    public var kind: String
    public var level: Level
    /// Live trials in which a fault of this kind landed.
    public var trials: Int
    /// What would have to be there for `validated`, one sentence each.
    public var missing: [String]
    /// Of those compared, how many were shown equivalent.
    public var equivalent: Int
    public var compared: Int
    /// Those with trials of it, by name.
    public var scenarios: [String]
    /// What its simulated trials ran on, and what its live ones; by name.
    public var simulatedFleets: [GradedFleet]
    public var liveFleets: [GradedFleet]

    public init(
        kind: String, level: Level, trials: Int, missing: [String], equivalent: Int, compared: Int,
        scenarios: [String] = [], simulatedFleets: [GradedFleet] = [], liveFleets: [GradedFleet] = []
    ) {
        self.kind = kind
        self.level = level
        self.trials = trials
        self.missing = missing
        self.equivalent = equivalent
        self.compared = compared
        self.scenarios = scenarios
        self.simulatedFleets = simulatedFleets
        self.liveFleets = liveFleets
    }

    /// `partial (32 live trials; 10 of 16 equivalent)`.
    public var text: String {
        guard level != .unvalidated else { return "\(level.rawValue) (no live trial)" }
        return
            "\(level.rawValue) (\(trials) live \(trials == 1 ? "trial" : "trials"); \(equivalent) of \(compared) equivalent)"
    }
}

/// A fleet that trials ran on.
public struct GradedFleet: Hashable, Sendable {
    /// Its file's, which tells a measured fleet from the one it was made of; else its own.
    public var name: String
    public var digest: UInt64

    public init(name: String, digest: UInt64) {
        self.name = name
        self.digest = digest
    }

    /// `two-machine (766b9cbf19739965)`: a file may have changed since under the same name.
    public var text: String { "\(name) (\(JournalHash.text(digest)))" }
}
