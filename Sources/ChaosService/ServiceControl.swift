/// What the service shows of itself and lets be asked of it; the page, the command line and the tests talk to it only through this.
public protocol ServiceControl: Sendable {
    /// Now, for whoever looks.
    func status() async -> ServiceStatus
    /// Reverts every fault of the running runs and ends them; returns when all is healed.
    func halt(by actor: String) async -> ActionResult
    /// Runs a scenario at once, unless a safety rule forbids it.
    func run(_ request: RunRequest, by actor: String) async -> ActionResult
    /// Takes back the pause that a deviated run put on the calendar.
    func resume(by actor: String) async -> ActionResult
}

public struct RunRequest: Codable, Hashable, Sendable {
    /// Name or file, with its variant.
    public var scenario: String
    public var seed: UInt64?
    /// `simulated` or `live`.
    public var world: String

    public init(scenario: String, seed: UInt64? = nil, world: String = "simulated") {
        self.scenario = scenario
        self.seed = seed
        self.world = world
    }
}

public struct ActionResult: Codable, Hashable, Sendable {
    public var isAccepted: Bool
    /// One sentence: what was done, or why not and what would be right.
    public var message: String

    public init(isAccepted: Bool, message: String) {
        self.isAccepted = isAccepted
        self.message = message
    }
}

/// Times are seconds since 1970, UTC.
public struct ServiceStatus: Codable, Hashable, Sendable {
    public var now: Int64
    public var started: Int64
    /// The calendar's file.
    public var calendar: String
    /// Why nothing starts by itself; nil while the calendar is in force.
    public var paused: String?
    public var running: [RunningRun] = []
    /// The soonest first.
    public var next: [PlannedRun] = []
    /// The latest first.
    public var recent: [EndedRun] = []
    public var budgets: [BudgetStatus] = []
    public var validations: [ValidationStatus] = []
    /// Nil where nothing is to be notified.
    public var notifications: NotificationStatus?

    public init(now: Int64, started: Int64, calendar: String) {
        self.now = now
        self.started = started
        self.calendar = calendar
    }

    public struct RunningRun: Codable, Hashable, Sendable {
        /// The calendar's entry, or `by hand`.
        public var entry: String
        public var scenario: String
        public var world: String
        public var seed: UInt64
        public var started: Int64
        /// Seconds that its phases take.
        public var length: Int64
        /// Where its journal grows; nil before it is made.
        public var directory: String?

        public init(
            entry: String, scenario: String, world: String, seed: UInt64, started: Int64, length: Int64,
            directory: String? = nil
        ) {
            self.entry = entry
            self.scenario = scenario
            self.world = world
            self.seed = seed
            self.started = started
            self.length = length
            self.directory = directory
        }
    }

    public struct PlannedRun: Codable, Hashable, Sendable {
        public var entry: String
        public var scenario: String
        public var world: String
        public var due: Int64
        /// Who can be hit, in words: `1 host, 40 agents`.
        public var blastRadius: String

        public init(entry: String, scenario: String, world: String, due: Int64, blastRadius: String) {
            self.entry = entry
            self.scenario = scenario
            self.world = world
            self.due = due
            self.blastRadius = blastRadius
        }
    }

    public struct EndedRun: Codable, Hashable, Sendable {
        public var entry: String
        public var scenario: String
        public var world: String
        public var ended: Int64
        /// A run's verdict, or why none was made: `refused: …`, `missed`, `lost`.
        public var outcome: String
        public var score: Double?
        /// Its report's folder, relative to the reports; nil where there is none.
        public var directory: String?

        public init(
            entry: String, scenario: String, world: String, ended: Int64, outcome: String, score: Double? = nil,
            directory: String? = nil
        ) {
            self.entry = entry
            self.scenario = scenario
            self.world = world
            self.ended = ended
            self.outcome = outcome
            self.score = score
            self.directory = directory
        }
    }

    /// Chaos's share of a fleet's error budget.
    public struct BudgetStatus: Codable, Hashable, Sendable {
        public var fleet: String
        /// Agent-seconds.
        public var spent: Double
        public var allowed: Double
        /// When the week ends.
        public var until: Int64

        public init(fleet: String, spent: Double, allowed: Double, until: Int64) {
            self.fleet = fleet
            self.spent = spent
            self.allowed = allowed
            self.until = until
        }
    }

    /// A long validation: evidence gathered of what was asked for.
    public struct ValidationStatus: Codable, Hashable, Sendable {
        public var name: String
        /// Seconds.
        public var gathered: Int64
        public var wanted: Int64
        public var availability: Double?
        /// 0...100, of the time that has passed.
        public var coverage: Double

        public init(name: String, gathered: Int64, wanted: Int64, availability: Double?, coverage: Double) {
            self.name = name
            self.gathered = gathered
            self.wanted = wanted
            self.availability = availability
            self.coverage = coverage
        }
    }

    /// What became of notifications since the service began, and how many wait to be delivered.
    public struct NotificationStatus: Codable, Hashable, Sendable {
        public var delivered: Int
        public var givenUp: Int
        public var waiting: Int

        public init(delivered: Int, givenUp: Int, waiting: Int) {
            self.delivered = delivered
            self.givenUp = givenUp
            self.waiting = waiting
        }
    }
}
