/// One run to be, being or done: what is written down before anything is begun for it.
public struct CalendarJob: Codable, Hashable, Sendable {
    public enum Stage: String, Codable, Hashable, Sendable {
        /// Its due time is taken: nobody takes it again. Nothing of it has begun that could harm.
        case claimed
        /// Written before the run's process is started: from here on it is never begun again.
        case started
        case ended
    }

    /// The entry of runs that an operator asked for.
    public static let byHand = "by hand"

    /// Unique for ever: entry and due time.
    public var id: String
    public var entry: String
    /// Seconds since 1970, UTC.
    public var due: Int64
    public var scenario: String
    public var world: String
    public var seed: UInt64
    /// By its file's name.
    public var fleet: String
    /// `--fleet`, where one is given.
    public var fleetFile: String?
    public var overrides: [String] = []
    /// Nil for the service's own folder.
    public var out: String?
    /// Who asked for it; nil for the calendar.
    public var actor: String?
    /// Seconds that its phases take.
    public var length: Int64
    public var stage = Stage.claimed
    public var started: Int64?
    public var ended: Int64?
    /// A verdict, or why there is none.
    public var outcome: String?
    public var score: Double?
    /// Agent-seconds; what was foretold for a run whose end nobody saw.
    public var lost: Double?
    /// What the rehearsal, or the last run of the same, lost.
    public var predicted: Double?
    /// Its run directory.
    public var directory: String?

    init(_ entry: CalendarEntry, due: Int64, facts: PlanFacts) {
        id = "\(entry.id)@\(due)"
        self.entry = entry.id
        self.due = due
        scenario = entry.scenario
        world = entry.world
        seed = entry.seed(ofDue: due)
        fleet = facts.fleet
        fleetFile = entry.fleet
        overrides = entry.overrides
        out = entry.out
        length = facts.length
    }

    init(
        byHand scenario: String, world: String, seed: UInt64, actor: String, at now: Int64, count: Int,
        facts: PlanFacts
    ) {
        id = "\(Self.byHand)@\(now).\(count).\(seed)"
        entry = Self.byHand
        due = now
        self.scenario = scenario
        self.world = world
        self.seed = seed
        fleet = facts.fleet
        self.actor = actor
        length = facts.length
    }

    /// Which lock it needs: one run at a time for each fleet and world.
    public var lock: String { "\(world)-\(fleet)" }

    /// What stands in the list of missed and refused ones, too.
    public var isEnded: Bool { stage == .ended }
}

/// What a calendar needs to know of a scenario's plan.
public struct PlanFacts: Hashable, Sendable {
    /// By its file's name.
    public var fleet: String
    /// In the fleet.
    public var agents: Int
    /// Seconds that its phases take.
    public var length: Int64
    /// In words: `1 host, 40 agents`.
    public var blastRadius: String

    public init(fleet: String, agents: Int, length: Int64, blastRadius: String) {
        self.fleet = fleet
        self.agents = agents
        self.length = length
        self.blastRadius = blastRadius
    }

    /// From counts.
    public static func words(hosts: Int, agents: Int, exposed: Int) -> String {
        if hosts == 0, agents == 0, exposed == 0 { return "nobody" }
        var parts: [String] = []
        if hosts > 0 { parts.append("\(hosts) host\(hosts == 1 ? "" : "s")") }
        if agents > 0 { parts.append("\(agents) agent\(agents == 1 ? "" : "s")") }
        if exposed > 0 { parts.append("\(exposed) exposed") }
        return parts.joined(separator: ", ")
    }
}

/// How a run's process ended, and what its scorecard says.
public struct RunResult: Hashable, Sendable {
    /// `held`, `deviated`, `inconclusive`, `interrupted`, `not reverted`, `aborted`, `failed: …`.
    public var outcome: String
    public var score: Double?
    /// Agent-seconds; nil if nobody knows.
    public var lost: Double?
    public var directory: String?
    /// What the scorecard says, whatever else went wrong; nil without one.
    public var verdict: String?
    /// 0...100.
    public var coverage: Double?
    /// One sentence each.
    public var brokenInvariants: [String] = []
    /// What was found besides, one sentence each, the gravest first.
    public var findings: [String] = []
    /// The command that repeats it.
    public var replay: String?

    public init(outcome: String, score: Double? = nil, lost: Double? = nil, directory: String? = nil) {
        self.outcome = outcome
        self.score = score
        self.lost = lost
        self.directory = directory
    }

    /// Something that a person must look at before more is broken.
    var isAlarming: Bool {
        outcome == "deviated" || outcome == "not reverted" || outcome.hasPrefix("aborted")
    }
}

/// What the simulator foretold.
public struct RehearsalResult: Hashable, Sendable {
    /// One sentence each.
    public var brokenInvariants: [String]
    /// Agent-seconds.
    public var lost: Double?
    /// The command that shows it again.
    public var replay: String
    /// Why there was no rehearsal after all.
    public var failure: String?

    public init(brokenInvariants: [String], lost: Double?, replay: String, failure: String? = nil) {
        self.brokenInvariants = brokenInvariants
        self.lost = lost
        self.replay = replay
        self.failure = failure
    }
}
