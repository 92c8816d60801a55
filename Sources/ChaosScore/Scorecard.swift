public import ChaosPlan

/// What a run was worth: objectives with their verdicts, the score with its coverage, and the facts behind them.
public struct Scorecard: Sendable {
    public var scenario: String
    public var fleet: String
    /// One run's seed, or the seeds of a repeated run.
    public var seeds: [UInt64]
    public var planDigest: UInt64
    public var fleetDigest: UInt64
    public var world: String
    public var version: String
    public var verdict: Verdict
    /// 0...100; nil without evidence.
    public var score: Double?
    /// Share of the objectives' weight that had evidence, 0...100.
    public var coverage: Double
    public var objectives: [ObjectiveResult]
    /// Why the run as a whole is inconclusive, or capped: a fault that did not land, a mechanism that never fired.
    public var findings: [String]
    public var faults: [FaultTimes]
    public var facts: Facts
    /// Hash of the journal's events, as 16 hex digits; of a repeated run, of all of them.
    public var journalHash: String
    /// Invariants that broke, one sentence each; they are among the findings too, and cap the score at 50.
    public var brokenInvariants: [String] = []
    /// Why the run cannot be judged as a whole, one sentence each; they are among the findings too.
    public var inconclusiveReasons: [String] = []
    /// Of a repeated run: the seed with the gravest verdict and, among those, the lowest score.
    public var worstSeed: UInt64?
    /// Of a repeated run: what each seed was worth by itself, in the order given.
    public var perSeed: [SeedResult] = []

    public init(
        scenario: String, fleet: String, seeds: [UInt64], planDigest: UInt64, fleetDigest: UInt64, world: String,
        version: String, verdict: Verdict, score: Double?, coverage: Double, objectives: [ObjectiveResult],
        findings: [String], faults: [FaultTimes], facts: Facts, journalHash: String
    ) {
        self.scenario = scenario
        self.fleet = fleet
        self.seeds = seeds
        self.planDigest = planDigest
        self.fleetDigest = fleetDigest
        self.world = world
        self.version = version
        self.verdict = verdict
        self.score = score
        self.coverage = coverage
        self.objectives = objectives
        self.findings = findings
        self.faults = faults
        self.facts = facts
        self.journalHash = journalHash
    }
}

/// Of a run. Worst wins, in this order of gravity: deviated, inconclusive, held.
public enum Verdict: String, CaseIterable, Hashable, Sendable {
    case held, inconclusive, deviated
}

/// Of one objective.
public enum Judgement: String, CaseIterable, Hashable, Sendable {
    case held, missed, inconclusive
}

public struct ObjectiveResult: Sendable {
    public var objective: Objective
    public var judgement: Judgement
    /// In the metric's unit; nil without evidence.
    public var value: Double?
    /// The value is a lower bound: it was never reached within the horizon.
    public var censored: Bool
    /// 0...1.
    public var credit: Double
    /// Points of the score lost to it, 0...100.
    public var lostPoints: Double
    /// One sentence: what was measured, against what, and why points were lost.
    public var explanation: String
    /// Over the runs of a repeated scenario (95 %), where there is one.
    public var interval: Interval?
    /// Demanded of the other world only: it was not measured, and counts for nothing.
    public var isElsewhere: Bool

    /// Whether it has a part in score, coverage and verdict.
    public var counts: Bool { !objective.advisory && !isElsewhere }

    public init(
        objective: Objective, judgement: Judgement, value: Double?, censored: Bool, credit: Double, lostPoints: Double,
        explanation: String, interval: Interval?, isElsewhere: Bool = false
    ) {
        self.objective = objective
        self.judgement = judgement
        self.value = value
        self.censored = censored
        self.credit = credit
        self.lostPoints = lostPoints
        self.explanation = explanation
        self.interval = interval
        self.isElsewhere = isElsewhere
    }
}

public struct Interval: Hashable, Sendable {
    public var low: Double
    public var high: Double
    public var trials: Int
    /// `wilson`, `clopper-pearson`, `order-statistic`.
    public var method: String

    public init(low: Double, high: Double, trials: Int, method: String) {
        self.low = low
        self.high = high
        self.trials = trials
        self.method = method
    }
}

/// One fault instance's timeline. Times are from the start of the run; nil means it did not happen (or: not seen).
public struct FaultTimes: Sendable {
    public var id: String
    public var faultID: String
    public var kind: String
    public var targets: [String]
    public var commanded: Nanoseconds?
    public var effective: Nanoseconds?
    /// First chain that went down after it became effective.
    public var firstImpact: Nanoseconds?
    public var detected: Nanoseconds?
    public var failedOver: Nanoseconds?
    public var reverted: Nanoseconds?
    /// Every chain it brought down is up again and stays up for the hold time. Nil with a first impact: never; nil
    /// without one: there was nothing to restore.
    public var restored: Nanoseconds?
    /// The same, looked for from the revert on: what came up under the fault may fall again when it is healed.
    public var recovered: Nanoseconds?
    /// Buffers and consumers have caught up.
    public var drained: Nanoseconds?
    /// Agent-seconds of downtime attributed to it.
    public var lostAgentSeconds: Double
    /// Subjects that went down, those targeted and those not.
    public var hurtTargets: [Int]
    public var hurtOthers: [Int]
    /// Effective for at least 90 % of its intended time.
    public var landed: Bool

    public init(
        id: String, faultID: String, kind: String, targets: [String], commanded: Nanoseconds?,
        effective: Nanoseconds?, firstImpact: Nanoseconds?, detected: Nanoseconds?, failedOver: Nanoseconds?,
        reverted: Nanoseconds?, restored: Nanoseconds?, drained: Nanoseconds?, lostAgentSeconds: Double,
        hurtTargets: [Int], hurtOthers: [Int], landed: Bool
    ) {
        self.id = id
        self.faultID = faultID
        self.kind = kind
        self.targets = targets
        self.commanded = commanded
        self.effective = effective
        self.firstImpact = firstImpact
        self.detected = detected
        self.failedOver = failedOver
        self.reverted = reverted
        self.restored = restored
        self.drained = drained
        self.lostAgentSeconds = lostAgentSeconds
        self.hurtTargets = hurtTargets
        self.hurtOthers = hurtOthers
        self.landed = landed
    }
}

/// Numbers of the run that stand beside the objectives, whether or not one asks for them.
public struct Facts: Sendable {
    public var duration: Nanoseconds = 0
    /// User-uptime over the whole run, 0...1.
    public var availability: Double = 1
    public var availabilityImpact: Double?
    public var availabilityBudget: Double?
    public var successRatio: Double = 1
    public var latencyP50: Nanoseconds?
    public var latencyP95: Nanoseconds?
    public var latencyP99: Nanoseconds?
    /// Windowed minimum of user-uptime: (window, worst value), windows ascending.
    public var windowedMinimum: [WindowedAvailability] = []
    /// Integral of baseline minus success ratio, agent-seconds.
    public var resilienceLoss: Double = 0
    /// Subject, downtime: everyone who was down at all, worst first.
    public var downtime: [SubjectDowntime] = []
    public var cascades: [Int] = []
    public var totals = Totals()
    public var mechanismCounts: [MechanismCount] = []

    public init() {}

    public struct WindowedAvailability: Hashable, Sendable {
        public var window: Nanoseconds
        public var availability: Double

        public init(window: Nanoseconds, availability: Double) {
            self.window = window
            self.availability = availability
        }
    }

    public struct SubjectDowntime: Hashable, Sendable {
        public var subject: Int
        public var name: String
        public var down: Nanoseconds

        public init(subject: Int, name: String, down: Nanoseconds) {
            self.subject = subject
            self.name = name
            self.down = down
        }
    }

    public struct MechanismCount: Hashable, Sendable {
        public var mechanism: Mechanism
        public var transitions: Int

        public init(mechanism: Mechanism, transitions: Int) {
            self.mechanism = mechanism
            self.transitions = transitions
        }
    }
}
