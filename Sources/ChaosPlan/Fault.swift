/// What is done to a target: a closed set of kinds with their parameters. How a world does it lives in that world.
public enum FaultKind: String, CaseIterable, Hashable, Sendable {
    case kill, restart, pause, partition, latency, loss, corrupt, duplicate, reorder, bandwidth
    case diskFill = "disk-fill"
    case diskSlow = "disk-slow"
    case cpu, memory, clock
    case hostDown = "host-down"
    case credential, procedure
    case rollingRestart = "rolling-restart"
}

/// A fault's parameters, by kind. Link faults carry their own ends; all others act on the instance's targets.
public enum Fault: Hashable, Sendable {
    /// The process is gone and held down until the fault is reverted; its supervisor then applies its policy.
    case kill
    /// The process is gone and its supervisor may start it at once.
    case restart
    case pause
    case partition(reject: Bool)
    /// Added one-way delay, plus uniform jitter.
    case latency(delay: Nanoseconds, jitter: Nanoseconds)
    case loss(Share)
    case corrupt(Share)
    case duplicate(Share)
    /// This share of packets is overtaken by those sent within `by`.
    case reorder(Share, by: Nanoseconds)
    /// Bytes per second.
    case bandwidth(Int64)
    /// Fills the host's disk to this share.
    case diskFill(to: Share)
    /// What is written to the host's disk takes so much longer, and this share of it fails.
    case diskSlow(delay: Nanoseconds, errors: Share)
    /// Takes this share of the target's (or host's) processor time.
    case cpu(load: Share)
    /// `kill`: the target dies of memory; otherwise it stalls in reclaim, `stretch` times slower.
    case memory(kill: Bool, stretch: Int)
    /// Wall clock offset at once, plus drift (parts per million).
    case clock(offset: Nanoseconds, driftPPM: Int64)
    /// All of a host's processes; with `power`, what was not fsynced is lost too.
    case hostDown(power: Bool)
    case credential(rotate: Bool)
    /// A runbook step that takes `takes` (drawn ±20 %) and then does `action` to its targets.
    case procedure(action: ProcedureAction, takes: Nanoseconds, limit: Nanoseconds)
    /// A migration in ordered groups. `badVersion` is the share of requests that the new version fails.
    case rollingRestart(RollingRestart)

    public var kind: FaultKind {
        switch self {
        case .kill: .kill
        case .restart: .restart
        case .pause: .pause
        case .partition: .partition
        case .latency: .latency
        case .loss: .loss
        case .corrupt: .corrupt
        case .duplicate: .duplicate
        case .reorder: .reorder
        case .bandwidth: .bandwidth
        case .diskFill: .diskFill
        case .diskSlow: .diskSlow
        case .cpu: .cpu
        case .memory: .memory
        case .clock: .clock
        case .hostDown: .hostDown
        case .credential: .credential
        case .procedure: .procedure
        case .rollingRestart: .rollingRestart
        }
    }

    /// Over as soon as it has happened: there is nothing to hold in force and nothing to revert.
    public var isMomentary: Bool {
        switch self {
        case .restart, .credential(rotate: true): true
        default: false
        }
    }

    /// Whether nothing in the kernel or the fleet brings the former state back by itself when the fault is reverted.
    public var isIrreversible: Bool {
        switch self {
        case .restart, .procedure, .credential: true
        default: false
        }
    }
}

public enum ProcedureAction: String, CaseIterable, Hashable, Sendable {
    /// Restarts the targets one after the other.
    case restartComponent = "restart-component"
    /// Moves the targets (agents) back to their primary hub.
    case failBack = "fail-back"
    /// Switches the hubs' partition handling off.
    case partitionHandlingOff = "partition-handling-off"
    /// Takes the targets' last rollout back.
    case rollBack = "roll-back"
}

public struct RollingRestart: Hashable, Sendable {
    /// Agent indices, in order; one group after the other, within a group one agent after the other.
    public var groups: [[Int]]
    /// Healthy for so long before the next agent.
    public var gate: Nanoseconds
    /// The gate gives up after this and the rollout is rolled back.
    public var gateLimit: Nanoseconds
    public var badVersion: Share

    public init(groups: [[Int]], gate: Nanoseconds, gateLimit: Nanoseconds, badVersion: Share) {
        self.groups = groups
        self.gate = gate
        self.gateLimit = gateLimit
        self.badVersion = badVersion
    }
}

/// A process of the fleet by what it is and its index there.
public enum Member: Hashable, Sendable {
    case agent(Int)
    case hub(Int)
    case broker(Int)
    case store(Int)
}

extension Fleet {
    public func name(of member: Member) -> String {
        switch member {
        case .agent(let i): agents[i].name
        case .hub(let i): hubs[i].name
        case .broker(let i): broker.servers[i].name
        case .store(let i): stores[i].name
        }
    }

    public func host(of member: Member) -> Int {
        switch member {
        case .agent(let i): agents[i].host
        case .hub(let i): hubs[i].host
        case .broker(let i): broker.servers[i].host
        case .store(let i): stores[i].host
        }
    }

    /// All processes: agents, hubs, broker servers, stores, each in file order.
    public var members: [Member] {
        agents.indices.map { .agent($0) } + hubs.indices.map { .hub($0) }
            + broker.servers.indices.map { .broker($0) } + stores.indices.map { .store($0) }
    }
}
