/// A failure plan as checked against its fleet: `Plan` of the design. Only chance is still open; `Schedule` closes it.
public struct Plan: Sendable {
    public var name: String
    public var summary: String
    public var fleet: Fleet
    public var phases: Phases
    public var workload: Workload
    public var faults: [PlannedFault]
    /// Mechanisms that must fire, or the run is inconclusive.
    public var expect: [Mechanism]
    /// The mechanism whose absence must make an objective miss; nil with a reason where there is none.
    public var exercises: Mechanism?
    public var exercisesNothingBecause: String?
    /// Why the run differs from its fault-free twin only in its timing, for scenarios without faults.
    public var objectives: [Objective]
    public var safety: Safety
    /// How many faults an hour the budget assumes (`availability over: budget`); 1 unless stated.
    public var faultsPerHour: Int
    /// Of everything that decides the outcome but the seed.
    public var digest: UInt64

    public init(
        name: String, summary: String, fleet: Fleet, phases: Phases, workload: Workload, faults: [PlannedFault],
        expect: [Mechanism], exercises: Mechanism?, exercisesNothingBecause: String?, objectives: [Objective],
        safety: Safety, faultsPerHour: Int, digest: UInt64
    ) {
        self.name = name
        self.summary = summary
        self.fleet = fleet
        self.phases = phases
        self.workload = workload
        self.faults = faults
        self.expect = expect
        self.exercises = exercises
        self.exercisesNothingBecause = exercisesNothingBecause
        self.objectives = objectives
        self.safety = safety
        self.faultsPerHour = faultsPerHour
        self.digest = digest
    }
}

public enum Phase: String, CaseIterable, Hashable, Sendable {
    case baseline, faults, recovery
}

public struct Phases: Hashable, Sendable {
    public var baseline: Nanoseconds
    public var faults: Nanoseconds
    public var recovery: Nanoseconds

    public init(baseline: Nanoseconds, faults: Nanoseconds, recovery: Nanoseconds) {
        self.baseline = baseline
        self.faults = faults
        self.recovery = recovery
    }

    public var end: Nanoseconds { baseline + faults + recovery }
    public var faultsStart: Nanoseconds { baseline }
    public var faultsEnd: Nanoseconds { baseline + faults }
}

/// The load, open loop: each client sends on its own schedule whatever happens to the answers.
public struct Workload: Hashable, Sendable {
    /// Per agent.
    public var requests: Rate
    public var requestTimeout: Nanoseconds
    /// Per agent; an interval of zero means no messages.
    public var messages: Rate
    public var stream: String

    public init(requests: Rate, requestTimeout: Nanoseconds, messages: Rate, stream: String) {
        self.requests = requests
        self.requestTimeout = requestTimeout
        self.messages = messages
        self.stream = stream
    }
}

/// A fault as planned: what, to whom (a selector still to be drawn), when.
public struct PlannedFault: Sendable {
    public enum Start: Hashable, Sendable {
        /// From the start of the faults phase.
        case at(Nanoseconds)
        /// After the revert (or the completion) of another fault, plus a delay.
        case after(String, Nanoseconds)
        /// After another fault became effective, plus a delay.
        case afterStart(String, Nanoseconds)
    }

    public var id: String
    public var fault: Fault
    public var target: Target
    public var start: Start
    /// How long it stays in force; nil for faults that are over when they have happened.
    public var duration: Nanoseconds?
    /// Repeats: between two starts; nil for once.
    public var every: Nanoseconds?
    public var times: Int
    /// Uniform delay of each start, drawn from the seed: 0 ..< jitter.
    public var jitter: Nanoseconds
    public var allowIrreversible: Bool
    /// The means by which a live host is to do it; nil for the best that serves. The simulator has no use for it.
    public var mechanism: String?

    public init(
        id: String, fault: Fault, target: Target, start: Start, duration: Nanoseconds?, every: Nanoseconds?,
        times: Int, jitter: Nanoseconds, allowIrreversible: Bool, mechanism: String? = nil
    ) {
        self.id = id
        self.fault = fault
        self.target = target
        self.start = start
        self.duration = duration
        self.every = every
        self.times = times
        self.jitter = jitter
        self.allowIrreversible = allowIrreversible
        self.mechanism = mechanism
    }
}

/// Who is hit. Candidates are those that match every given word; `pick` draws among them.
public enum Target: Hashable, Sendable {
    case members(Selector)
    case hosts(HostSelector)
    /// A link fault: hosts on either side; `oneWay` hits only traffic from `from` to `to`.
    case link(from: Int, to: Int, oneWay: Bool)
    /// Named by the fault itself (rolling-restart).
    case none
}

public struct Selector: Hashable, Sendable {
    /// Already narrowed by name, role, group, host and label, in fleet order.
    public var candidates: [Member]
    public var pick: Pick
    /// All picks on one host, drawn too.
    public var sameHost: Bool

    public init(candidates: [Member], pick: Pick, sameHost: Bool) {
        self.candidates = candidates
        self.pick = pick
        self.sameHost = sameHost
    }
}

public struct HostSelector: Hashable, Sendable {
    public var candidates: [Int]
    public var pick: Pick

    public init(candidates: [Int], pick: Pick) {
        self.candidates = candidates
        self.pick = pick
    }
}

public enum Pick: Hashable, Sendable {
    case one, all, minority, majority
    case count(Int)
    case share(Share)
    /// The broker's leader when the fault is due: known only then.
    case leader
    /// The agent most others depend upon, directly or not.
    case mostDependedUpon
}

public struct Safety: Hashable, Sendable {
    /// Ceilings of the blast radius; nil means none.
    public var hosts: Int?
    public var agents: Share?
    public var abortWhen: [AbortRule]

    public init(hosts: Int?, agents: Share?, abortWhen: [AbortRule]) {
        self.hosts = hosts
        self.agents = agents
        self.abortWhen = abortWhen
    }
}

/// Ends the run early and heals.
public struct AbortRule: Hashable, Sendable {
    public enum Metric: String, CaseIterable, Hashable, Sendable {
        case availability
        case successRatio = "success-ratio"
    }

    public var metric: Metric
    public var over: Nanoseconds
    public var below: Share

    public init(metric: Metric, over: Nanoseconds, below: Share) {
        self.metric = metric
        self.over = over
        self.below = below
    }
}
