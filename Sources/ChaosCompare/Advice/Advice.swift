public import ChaosPlan
public import ChaosScore

/// For each missed objective, which single change of the fleet's policies would have met it, by runs with it and without.
public struct Advice: Sendable {
    /// Held on this share of the seeds, an objective counts as met: almost all of them.
    public static let enough = 0.95
    /// Largest corrected p at which an effect counts as shown.
    public static let level = 0.05

    public enum Outcome: String, CaseIterable, Hashable, Sendable {
        /// With it the objective is held on almost all seeds.
        case meets
        /// It helps, and not enough.
        case improves
        /// What it does is within what chance does.
        case unclear
    }

    /// What a change does to an objective that it was not made for.
    public struct SideEffect: Sendable {
        public var objective: Objective
        public var effect: PairedEffect
        public var heldBefore: Int
        public var heldAfter: Int
        /// It was held on almost all seeds and no longer is; of an invariant, on any seed.
        public var isBroken: Bool
    }

    /// One change, tried for one objective.
    public struct Option: Sendable {
        public var change: PolicyChange
        public var outcome: Outcome
        /// On the objective's value.
        public var effect: PairedEffect
        /// Run with it and without.
        public var seeds: Int
        public var heldBefore: Int
        public var heldAfter: Int
        /// 95 % of the share of seeds that hold it with the change (Wilson's).
        public var heldInterval: Interval
        /// Of the sign test over the seeds, and corrected by Holm's method for the changes that were judged.
        public var p: Double
        public var adjustedP: Double
        /// Sentences on what it breaks; empty if nothing.
        public var breaks: [String]
        public var others: [SideEffect]
        public var facts: [AdviceFact: PairedEffect]
    }

    public enum Influence: String, CaseIterable, Hashable, Sendable {
        /// No change that was tried moves the objective at all.
        case none
        /// Those that move it make it worse, or no better.
        case harmful
        case helpful
    }

    /// One missed objective.
    public struct Entry: Sendable {
        public var objective: Objective
        /// Without any change.
        public var held: Int
        public var seeds: Int
        /// Typical value without any change.
        public var value: Double?
        /// Whether the first seed, the recorded run's own, missed it.
        public var isMissedAtFirst: Bool
        public var influence: Influence
        /// Of those tried to the end, the one to be recommended first.
        public var options: [Option]

        public var best: Option? { options.first.flatMap { $0.outcome == .unclear ? nil : $0 } }
    }

    public var scenario: String
    public var fleet: String
    /// With which changes were judged; the recorded run's own is the first.
    public var seeds: [UInt64]
    /// Others, on which candidates were chosen: what chance did for them there does not count here.
    public var screeningSeeds: [UInt64]
    /// Settings that could be changed, those of them that change anything here, and the changes that were run.
    public var levers = 0
    public var effectiveLevers = 0
    public var changes = 0
    /// Runs of the simulator in all.
    public var runs = 0
    public var entries: [Entry] = []
    /// Ended by the operator before all was tried.
    public var isInterrupted = false
    /// Why nothing could be tried.
    public var failure: String?
}
