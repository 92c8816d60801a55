/// Where a service finds its things.
public struct ServiceSettings: Sendable {
    /// `calendar.yaml`; nil for a service that only runs what it is asked for.
    public var calendar: String?
    /// Runs, their history and the service's own records are here.
    public var reports: String
    /// The command that runs scenarios.
    public var gauntlet: String
    /// Of fleets: one run at a time for each, over all services of the host that share it.
    public var locks: String
    public var clock: any ServiceClock
    /// Seconds that a run may take beyond its phases before it is interrupted, and a plan or preflight in all.
    public var patience: Int64 = 900
    /// Seconds for a halted run to heal in before it is killed; what it holds is then healed by the executors' guardians.
    public var healing: Int64 = 60
    /// Given to simulated runs as `--pace`, so that people can watch them; nil lets them run as fast as they can.
    public var pace: String?
    /// Called for all that people may want to hear of; must return at once. A notice that was not `stored` when the service died is
    /// told again by the next one: at least once.
    public var tell: @Sendable (ServiceNotice) -> Void = { _ in }
    /// Returns when what was told so far is where no death of the service loses it.
    public var stored: @Sendable () async -> Void = {}

    /// - Parameters:
    ///   - gauntlet: its path; by default the one beside the running program.
    ///   - locks: by default a folder in `reports`.
    public init(
        calendar: String?, reports: String = "reports", gauntlet: String? = nil, locks: String? = nil,
        clock: any ServiceClock = WallClock()
    ) {
        self.calendar = calendar
        self.reports = reports
        self.gauntlet = gauntlet ?? SiblingProgram.path("gauntlet")
        self.locks = locks ?? "\(reports)/.locks"
        self.clock = clock
    }
}

/// What happened to the calendar or to one of its runs.
public struct ServiceNotice: Codable, Hashable, Sendable {
    /// `started`, `held`, `inconclusive`, `deviated`, `interrupted`, `aborted`, `not-reverted`, `failed`, `refused`, `missed`, `lost`,
    /// `paused`, `resumed`, `budget-spent`, `budget-renewed`.
    public var kind: String
    public var time: Int64
    public var text: String
    /// The calendar's entry, or `by hand`; nil where it is about no run.
    public var entry: String?
    public var scenario: String?
    public var world: String?
    public var fleet: String?
    public var seed: UInt64?
    /// The run's folder, where there is one.
    public var directory: String?
    /// The command that repeats it.
    public var replay: String?
    /// The scorecard's, whatever else went wrong; nil without one.
    public var verdict: String?
    /// Both 0...100.
    public var score: Double?
    public var coverage: Double?
    /// Of a run that ended, one sentence each.
    public var brokenInvariants: [String] = []
    /// What it found besides, the gravest first.
    public var findings: [String] = []
    /// Of a budget, in agent-seconds.
    public var spent: Double?
    public var allowed: Double?
}

/// What became of the runs that were under way when a service was told to end; empty where all of them healed and ended.
public struct ServiceEnding: Hashable, Sendable {
    /// Scenarios whose faults could not all be taken back.
    public var notReverted: [String] = []
    /// Those that did not end in the time for healing; their executors' guardians take back what they held.
    public var killed: [String] = []

    public init() {}
}

/// Why there is no service: what is wrong, where, and what would be right.
public struct ServiceError: Error, Hashable, Sendable, CustomStringConvertible {
    public var description: String

    package init(_ description: String) { self.description = description }
}
