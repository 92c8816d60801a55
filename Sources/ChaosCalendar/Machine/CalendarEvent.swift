/// What happens to a calendar.
public enum CalendarEvent: Hashable, Sendable {
    /// Time has passed.
    case tick
    /// What the plan of an entry says; until then it does not run.
    case facts(entry: String, PlanFacts)
    /// The plan of an entry cannot be read.
    case noFacts(entry: String, why: String)
    /// The fleet's lock is ours.
    case locked(job: String)
    /// Somebody else has it.
    case lockBusy(job: String)
    /// Nil: the fleet is well.
    case preflight(job: String, sick: String?)
    case rehearsed(job: String, RehearsalResult)
    /// The run's directory is there.
    case directory(job: String, String)
    case ended(job: String, RunResult)
    case halt(actor: String)
    case resume(actor: String)
    /// The service ends: nothing begins any more, and what runs is healed.
    case stop
}

/// What is to be done about it, in order: each before the next.
public enum CalendarAction: Hashable, Sendable {
    /// Written and synced before what follows is begun. The entry's due times up to `considered` are dealt with.
    case record(CalendarJob, considered: Int64?)
    /// Due times are dealt with of which nothing else is to be told.
    case consider(entry: String, Int64)
    /// Written down; nil: the calendar is in force.
    case pause(String?)
    case lock(CalendarJob)
    case unlock(job: String)
    case preflight(CalendarJob, CalendarEntry.Preflight)
    case rehearse(CalendarJob)
    case start(CalendarJob)
    /// SIGINT so often: once heals and measures, twice heals at once.
    case interrupt(job: String, times: Int)
    /// Its preflight or rehearsal is no longer wanted.
    case abandon(job: String)
    case tell(CalendarNotice)
    /// Written down: the week of which people were told how much of a budget is spent; nil when they were told that it is over.
    case toldBudget(WeeklyBudget.ID, week: Int64?)
}

/// Something that people may want to hear of.
public struct CalendarNotice: Hashable, Sendable {
    public enum Kind: String, Hashable, Sendable {
        case started, held, inconclusive, deviated, interrupted, aborted, notReverted = "not-reverted", failed, refused,
            missed, lost, paused, resumed
        /// Something of it, and how much; rules say from what share on that matters.
        case budgetSpent = "budget-spent"
        /// A new week: what was told of the last one is over.
        case budgetRenewed = "budget-renewed"
    }

    /// Chaos's share of a fleet's error budget, in agent-seconds.
    public struct BudgetUse: Hashable, Sendable {
        public var budget: WeeklyBudget.ID
        public var spent: Double
        public var allowed: Double
    }

    public var kind: Kind
    public var time: Int64
    public var job: CalendarJob?
    /// Of what was told of an entry before there was a job.
    public var entry: CalendarEntry?
    /// What a run that ended has found.
    public var result: RunResult?
    /// Of `budgetSpent`.
    public var use: BudgetUse?
    /// Of `budgetRenewed`.
    public var budget: WeeklyBudget.ID?
    /// One sentence.
    public var text: String

    init(
        kind: Kind, time: Int64, job: CalendarJob? = nil, entry: CalendarEntry? = nil, result: RunResult? = nil,
        use: BudgetUse? = nil, budget: WeeklyBudget.ID? = nil, text: String
    ) {
        self.kind = kind
        self.time = time
        self.job = job
        self.entry = entry
        self.result = result
        self.use = use
        self.budget = budget
        self.text = text
    }
}
