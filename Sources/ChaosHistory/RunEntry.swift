/// One recorded run: what it ran, how it ended and what it measured; enough for trends, gates and checklists without its journal.
public struct RunEntry: Codable, Hashable, Sendable {
    /// Relative to the folder that holds the history: `hub-failover/20261121-205120-1`. One entry for each.
    public var directory: String
    /// With its variant: `partition@2min`.
    public var scenario: String
    public var fleet: String
    /// `simulated` or `live`.
    public var world: String
    /// Of one run; of a repeated run its first.
    public var seed: UInt64
    public var seedCount: Int
    /// Digests and hash as 16 hex digits.
    public var planDigest: String
    public var fleetDigest: String
    public var journalHash: String
    /// The engine's.
    public var version: String
    /// Seconds since 1970, UTC.
    public var started: Int64
    /// `completed`, `interrupted`, `aborted: RULE` or `died`.
    public var ending: String
    public var exitCode: Int32
    /// `held`, `deviated` or `inconclusive`.
    public var verdict: String
    /// 0...100; nil without evidence.
    public var score: Double?
    /// 0...100.
    public var coverage: Double
    /// User-uptime over the run, 0...1.
    public var availability: Double
    public var objectives: [ObjectiveEntry]
    /// When its directory was deleted by `gauntlet prune`, in seconds since 1970; nil while it lies on disk. The numbers stay.
    public var pruned: Int64?

    public init(
        directory: String, scenario: String, fleet: String, world: String, seed: UInt64, seedCount: Int,
        planDigest: String, fleetDigest: String, journalHash: String, version: String, started: Int64, ending: String,
        exitCode: Int32, verdict: String, score: Double?, coverage: Double, availability: Double,
        objectives: [ObjectiveEntry]
    ) {
        self.directory = directory
        self.scenario = scenario
        self.fleet = fleet
        self.world = world
        self.seed = seed
        self.seedCount = seedCount
        self.planDigest = planDigest
        self.fleetDigest = fleetDigest
        self.journalHash = journalHash
        self.version = version
        self.started = started
        self.ending = ending
        self.exitCode = exitCode
        self.verdict = verdict
        self.score = score
        self.coverage = coverage
        self.availability = availability
        self.objectives = objectives
    }
}

/// One objective of a recorded run.
public struct ObjectiveEntry: Codable, Hashable, Sendable {
    /// Unique within the run.
    public var id: String
    /// As the scenario language spells it: `failover-time`.
    public var metric: String
    /// The promise it tests, where it names one.
    public var promise: String?
    /// `held`, `missed` or `inconclusive`.
    public var judgement: String
    /// In the metric's unit; nil without evidence.
    public var value: Double?
    public var isCensored: Bool
    public var limit: Double
    /// The limit is a least value, not a most.
    public var isMinimum: Bool
    public var isInvariant: Bool
    public var isAdvisory: Bool

    public init(
        id: String, metric: String, promise: String?, judgement: String, value: Double?, isCensored: Bool,
        limit: Double, isMinimum: Bool, isInvariant: Bool, isAdvisory: Bool
    ) {
        self.id = id
        self.metric = metric
        self.promise = promise
        self.judgement = judgement
        self.value = value
        self.isCensored = isCensored
        self.limit = limit
        self.isMinimum = isMinimum
        self.isInvariant = isInvariant
        self.isAdvisory = isAdvisory
    }
}
