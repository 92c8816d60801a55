/// Every choice that chance makes for one seed, drawn before the run: who, what, when. Complete enough to print as a dry run.
public struct Schedule: Sendable {
    public var seed: UInt64
    public var instances: [FaultInstance]
    public var blastRadius: BlastRadius

    public init(seed: UInt64, instances: [FaultInstance], blastRadius: BlastRadius) {
        self.seed = seed
        self.instances = instances
        self.blastRadius = blastRadius
    }
}

/// One injection: a planned fault's n-th repetition with its targets drawn.
public struct FaultInstance: Sendable {
    public enum Start: Hashable, Sendable {
        /// From the start of the run.
        case at(Nanoseconds)
        /// Rules that only the run can resolve: after the revert, or the start, of the instance at this index.
        case afterRevert(Int, Nanoseconds)
        case afterStart(Int, Nanoseconds)
    }

    public enum Targets: Hashable, Sendable {
        case members([Member])
        case hosts([Int])
        case link(from: Int, to: Int, oneWay: Bool)
        /// Resolved when due, and journalled: the broker's leader.
        case leader
    }

    /// `kill-edge-hub`, or `kill-edge-hub#3` for the third repetition.
    public var id: String
    /// Of the planned fault.
    public var faultID: String
    public var fault: Fault
    public var targets: Targets
    public var start: Start
    public var duration: Nanoseconds?
    /// See `PlannedFault`.
    public var mechanism: String?

    public init(
        id: String, faultID: String, fault: Fault, targets: Targets, start: Start, duration: Nanoseconds?,
        mechanism: String? = nil
    ) {
        self.id = id
        self.faultID = faultID
        self.fault = fault
        self.targets = targets
        self.start = start
        self.duration = duration
        self.mechanism = mechanism
    }
}

/// Who is targeted at one instant and who may be hurt through the call graph, each at its own worst instant.
///
/// A hub, broker server or store counts its host as touched but no agents; a link fault touches the hosts at its ends.
public struct BlastRadius: Hashable, Sendable {
    public var hosts: [Int]
    public var agents: [Int]
    /// Predicted: not targeted, but depends on a target directly or indirectly without a fallback.
    public var exposed: [Int]

    public init(hosts: [Int], agents: [Int], exposed: [Int]) {
        self.hosts = hosts
        self.agents = agents
        self.exposed = exposed
    }
}
