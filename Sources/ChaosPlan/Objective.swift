/// One demand on a run: a metric, its limit, and the promise it puts to the test.
public struct Objective: Hashable, Sendable {
    public enum Limit: Hashable, Sendable {
        /// The value must not be below this.
        case min(Double)
        /// The value must not be above this.
        case max(Double)
    }

    public enum Over: Hashable, Sendable {
        /// Lost agent-seconds per fault against the error budget at the stated fault rate; the default.
        case budget
        /// From the first effective fault to restored, or the horizon.
        case impact
        case run
        /// The worst window of this length (user-uptime's minimum cumulative ratio).
        case window(Nanoseconds)
    }

    /// Unique in its scenario: the metric's name, with the fault's id where it has one, unless given.
    public var id: String
    public var metric: Metric
    /// The fault whose time is measured, for the metrics that need one.
    public var of: String?
    public var over: Over
    /// In the metric's unit: fractions 0...1 for shares, nanoseconds for times, bytes, or a count.
    public var limit: Limit
    /// A group (or agent, or hub) that it is restricted to.
    public var group: String?
    public var weight: Double
    /// Value at which credit reaches zero; nil takes the design's default.
    public var floor: Double?
    /// A broken invariant caps the score at 50.
    public var invariant: Bool
    /// Reported but not counted.
    public var advisory: Bool
    /// Which instance of a repeating fault counts.
    public var statistic: Statistic
    /// Row of `promises.yaml`.
    public var promise: String?
    /// Where alone it is demanded; nil: wherever the plan runs. In the other world it is shown and counts for nothing.
    public var world: World?

    public enum World: String, CaseIterable, Hashable, Sendable { case simulated, live }

    public enum Statistic: String, CaseIterable, Hashable, Sendable { case worst, median, mean }

    public init(
        id: String, metric: Metric, of: String?, over: Over, limit: Limit, group: String?, weight: Double,
        floor: Double?, invariant: Bool, advisory: Bool, statistic: Statistic, promise: String?, world: World? = nil
    ) {
        self.id = id
        self.metric = metric
        self.of = of
        self.over = over
        self.limit = limit
        self.group = group
        self.weight = weight
        self.floor = floor
        self.invariant = invariant
        self.advisory = advisory
        self.statistic = statistic
        self.promise = promise
        self.world = world
    }

    /// Whether it is demanded of runs in the other world than a journal's (`JournalHeader.world`).
    public func isElsewhere(in world: String) -> Bool { self.world.map { $0.rawValue != world } ?? false }
}

/// What a run is measured by. `docs/score.md` has each one's exact definition.
public enum Metric: String, CaseIterable, Hashable, Sendable {
    // Shares (0...1).
    case availability
    case successRatio = "success-ratio"
    case errorRatio = "error-ratio"
    case deliveryRatio = "delivery-ratio"
    case discoveryAvailability = "discovery-availability"
    case diskHighWater = "disk-high-water"
    /// Goodput in the last third of the recovery phase as a share of the baseline's: below 1 the fleet stayed sick.
    case goodputAfterHeal = "goodput-after-heal"
    /// Calls sent per call that a request needed, minus one.
    case amplification
    /// p95 latency in the faults phase against the baseline's, minus one.
    case latencyIncrease = "latency-increase"
    case registered
    /// True alerts, of all that the fleet's monitoring raised; and faults that it raised one for, of all it had time for.
    case alertPrecision = "alert-precision"
    case alertRecall = "alert-recall"
    // Times (nanoseconds), each of one fault (`of:`).
    case detectTime = "detect-time"
    case failoverTime = "failover-time"
    case restoreTime = "restore-time"
    case recoveryTime = "recovery-time"
    case drainTime = "drain-time"
    case partitionDetectTime = "partition-detect-time"
    case agreeTime = "agree-time"
    case rollbackTime = "rollback-time"
    case procedureTime = "procedure-time"
    case timeToAlert = "time-to-alert"
    // Times of the run.
    case latencyP50 = "latency-p50"
    case latencyP95 = "latency-p95"
    case latencyP99 = "latency-p99"
    case discoveryLatency = "discovery-latency"
    case hubLag = "hub-lag"
    // Counts.
    case acknowledgedLoss = "acknowledged-loss"
    case unexpected
    case duplicated
    case outOfOrder = "out-of-order"
    case divergent
    case ownershipConflicts = "ownership-conflicts"
    /// Untargeted agents whose chain missed the availability objective.
    case cascades
    case bufferDropped = "buffer-dropped"
    /// Credentials found where none must be.
    case credentialExposures = "credential-exposures"
    /// Agent-seconds of lost success against the baseline.
    case resilienceLoss = "resilience-loss"

    public enum Unit: Sendable { case share, time, count, agentSeconds }

    public var unit: Unit {
        switch self {
        case .availability, .successRatio, .errorRatio, .deliveryRatio, .discoveryAvailability, .diskHighWater,
            .goodputAfterHeal, .amplification, .latencyIncrease, .registered, .alertPrecision, .alertRecall:
            .share
        case .detectTime, .failoverTime, .restoreTime, .recoveryTime, .drainTime, .partitionDetectTime, .agreeTime,
            .rollbackTime, .procedureTime, .timeToAlert, .latencyP50, .latencyP95, .latencyP99, .discoveryLatency,
            .hubLag:
            .time
        case .acknowledgedLoss, .unexpected, .duplicated, .outOfOrder, .divergent, .ownershipConflicts, .cascades,
            .bufferDropped, .credentialExposures:
            .count
        case .resilienceLoss: .agentSeconds
        }
    }

    /// Whether it is measured for one fault and so needs `of:`.
    public var needsFault: Bool {
        switch self {
        case .detectTime, .failoverTime, .restoreTime, .recoveryTime, .drainTime, .partitionDetectTime, .agreeTime,
            .rollbackTime, .procedureTime, .timeToAlert:
            true
        default: false
        }
    }
}
