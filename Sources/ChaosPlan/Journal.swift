/// First line of a journal: what was run, on what, and the tables that later lines refer to by index.
///
/// Only the events below it are hashed, so wall clocks and host facts may stand here.
public struct JournalHeader: Hashable, Sendable {
    public static let format = 1

    public var version: String
    public var scenario: String
    public var seed: UInt64
    public var planDigest: UInt64
    public var fleetDigest: UInt64
    /// `simulated` or `live`.
    public var world: String
    public var phases: Phases
    /// Client chains, one per agent, in fleet order.
    public var subjects: [Subject]
    public var groups: [String]
    public var hosts: [String]
    /// Fault instances in schedule order.
    public var faults: [FaultEntry]
    /// Per subject.
    public var requestInterval: Nanoseconds

    public init(
        version: String, scenario: String, seed: UInt64, planDigest: UInt64, fleetDigest: UInt64, world: String,
        phases: Phases, subjects: [Subject], groups: [String], hosts: [String], faults: [FaultEntry],
        requestInterval: Nanoseconds
    ) {
        self.version = version
        self.scenario = scenario
        self.seed = seed
        self.planDigest = planDigest
        self.fleetDigest = fleetDigest
        self.world = world
        self.phases = phases
        self.subjects = subjects
        self.groups = groups
        self.hosts = hosts
        self.faults = faults
        self.requestInterval = requestInterval
    }

    public struct Subject: Hashable, Sendable {
        public var name: String
        /// Index into `groups`.
        public var group: Int
        /// Index into `hosts`.
        public var host: Int

        public init(name: String, group: Int, host: Int) {
            self.name = name
            self.group = group
            self.host = host
        }
    }

    public struct FaultEntry: Hashable, Sendable {
        public var id: String
        /// Of the planned fault that it repeats.
        public var faultID: String
        public var kind: String
        /// Nil when it is over once it has happened.
        public var duration: Nanoseconds?

        public init(id: String, faultID: String, kind: String, duration: Nanoseconds?) {
            self.id = id
            self.faultID = faultID
            self.kind = kind
            self.duration = duration
        }
    }
}

/// One line: when, and what.
public struct JournalRecord: Hashable, Sendable {
    /// From the start of the run.
    public var time: Nanoseconds
    public var event: JournalEvent

    public init(time: Nanoseconds, event: JournalEvent) {
        self.time = time
        self.event = event
    }
}

public enum JournalEvent: Hashable, Sendable {
    /// The phase that begins now.
    case phase(Phase)
    case fault(FaultEvent)
    /// A client chain changed: the exact instant of the evidence. Every chain is up until its first failure.
    case availability(subject: Int, up: Bool)
    case mechanism(MechanismEvent)
    /// Requests of one group over `[time, time + length)`.
    case window(RequestWindow)
    /// Requests of one subject over one second; written only while it deviates (a failure in it).
    case subjectWindow(subject: Int, length: Nanoseconds, requests: Int, succeeded: Int)
    /// A broken invariant, at the instant it was seen.
    case violation(invariant: String, subject: String, detail: String)
    case disk(host: Int, used: Share, level: DiskLevel)
    /// A procedure ended.
    case procedure(instance: Int, took: Nanoseconds, succeeded: Bool)
    case hub(HubEvent)
    case abort(rule: String)
    /// The operator interrupted the run; faults were reverted.
    case interrupted
    /// A credential was found where none must be.
    case exposure(Exposure)
    /// Somebody looked for credentials in so many processes or files; without such a line nothing found means nothing.
    case audited(Exposure.Place, count: Int)
    /// The fleet is watched by a monitoring whose alerts this journal has; without such a line no alert means nothing.
    case monitored(by: String)
    case alert(AlertEvent)
    /// How busy a host was since it was looked at before; live runs only.
    case load(HostLoad)
    /// Totals of the run; the last event but `end`.
    case totals(Totals)
    case end
}

public struct FaultEvent: Hashable, Sendable {
    public enum State: String, CaseIterable, Hashable, Sendable {
        case commanded, effective, reverted, clean
        /// Could not be injected, or its effect was not seen.
        case failed
        /// Not injected: its rule never came true, or the run ended first.
        case skipped
    }

    /// Index into the header's `faults`.
    public var instance: Int
    public var state: State
    /// Read back from outside the mechanism.
    public var evidence: String
    /// Names of the members hit (for hosts: every member on them; for a link: `A>B` or `A-B`).
    public var targets: [String]
    /// Subjects (agents) among them.
    public var subjects: [Int]

    public init(instance: Int, state: State, evidence: String, targets: [String], subjects: [Int]) {
        self.instance = instance
        self.state = state
        self.evidence = evidence
        self.targets = targets
        self.subjects = subjects
    }
}

public struct MechanismEvent: Hashable, Sendable {
    public enum Role: String, CaseIterable, Hashable, Sendable {
        /// Somebody noticed that `about` is in trouble.
        case detect
        /// The replacement of `about` served for the first time on behalf of `by`.
        case takeover
        /// `about` is back in its place for `by`.
        case restore
        /// Any other transition.
        case change
    }

    public var mechanism: Mechanism
    public var role: Role
    /// Whose mechanism it is: an agent, a hub, a broker server, an edge `A>B`.
    public var by: String
    /// The member it reacts to; empty where there is none.
    public var about: String
    public var from: String
    public var to: String

    public init(mechanism: Mechanism, role: Role, by: String, about: String, from: String, to: String) {
        self.mechanism = mechanism
        self.role = role
        self.by = by
        self.about = about
        self.from = from
        self.to = to
    }
}

public struct RequestWindow: Hashable, Sendable {
    public enum Kind: String, CaseIterable, Hashable, Sendable { case requests, discovery }

    public var kind: Kind
    /// Index into the header's `groups`; -1 for the whole fleet.
    public var group: Int
    public var length: Nanoseconds
    public var requests: Int
    public var succeeded: Int
    /// Of the successful ones, from the intended start: (bucket, count) pairs, ascending, as in `LatencyHistogram`.
    public var latency: [BucketCount]

    public init(
        kind: Kind, group: Int, length: Nanoseconds, requests: Int, succeeded: Int, latency: [BucketCount]
    ) {
        self.kind = kind
        self.group = group
        self.length = length
        self.requests = requests
        self.succeeded = succeeded
        self.latency = latency
    }
}

public struct BucketCount: Hashable, Sendable {
    public var bucket: Int
    public var count: Int

    public init(bucket: Int, count: Int) {
        self.bucket = bucket
        self.count = count
    }
}

public enum DiskLevel: String, CaseIterable, Hashable, Sendable {
    case normal, warn, act, emergency, full
}

public enum HubEvent: Hashable, Sendable {
    /// The registries differ for the first time since they agreed.
    case diverged
    /// The registries agree again; how many entries both sides had changed.
    case agreed(conflicts: Int)
    /// Largest age of an unreplicated change so far (written when it grows past a whole second more).
    case lag(Nanoseconds)
}

/// Counted over the whole run.
public struct Totals: Hashable, Sendable {
    public var requests = 0
    public var succeeded = 0
    /// Due but never sent (nobody there to send); counted as failed.
    public var unsent = 0
    /// Calls between members that requests needed, and all that were sent for them (retries included).
    public var callsNeeded = 0
    public var callsSent = 0
    public var published = 0
    public var acknowledged = 0
    /// Unanswered publishes: neither acknowledged nor refused.
    public var indeterminate = 0
    /// Distinct messages that reached a consumer.
    public var delivered = 0
    public var redelivered = 0
    /// Acknowledged and never delivered, by position in their publisher's sequence.
    public var lostPrefix = 0
    public var lostMiddle = 0
    public var lostPostfix = 0
    public var unexpected = 0
    /// Stored twice in the stream (not merely delivered twice).
    public var duplicated = 0
    public var outOfOrder = 0
    /// Sequences whose payload differs between replicas or domains at the end.
    public var divergent = 0
    public var bufferDropped = 0
    public var bufferHighWater = 0
    /// One agent owned by two hubs in one ownership epoch.
    public var ownershipConflicts = 0
    /// Agents registered with a reachable hub at the end, of all.
    public var registered = 0
    public var diskHighWater = Share.zero

    public init() {}

    public var lost: Int { lostPrefix + lostMiddle + lostPostfix }
}
