import ChaosPlan

/// What an event means. The raw value is the `class` of the total order: at one instant, lower ones happen first.
/// Heartbeats come first so that "arrived up to t" includes t whether or not they were simulated one by one.
enum Operation {
    static let heartbeat: UInt8 = 0
    static let response: UInt8 = 1
    static let workDone: UInt8 = 2
    static let arrive: UInt8 = 3
    static let clientArrive: UInt8 = 4
    static let retry: UInt8 = 5
    static let publish: UInt8 = 6
    static let brokerReceive: UInt8 = 7
    static let brokerAcknowledge: UInt8 = 8
    static let deliver: UInt8 = 9
    static let deadline: UInt8 = 10
    static let timer: UInt8 = 11
}

/// Timers that are rare: their meaning is in the payload (kind, index, generation).
enum TimerKind: UInt8 {
    case restart, started, nameSwitch, nameReturn, agentTick, agentRegister, detectorTick, partitionTick, hubSync
    case merge, fsync, election, lostQuorum, reconnect, publishDeadline, redeliver, pump, houseKeeping, reload
    case rollout, rolloutStarted, rolloutGate, rollbackCheck, rolledBack, procedure, memoryKill
}

struct NodeState: OptionSet {
    let rawValue: UInt8
    /// Serves requests.
    static let up = NodeState(rawValue: 1)
    static let paused = NodeState(rawValue: 2)
    /// Between process start and ready.
    static let starting = NodeState(rawValue: 4)
}

/// A process: an agent, a hub, a broker server or a store. All columns that one request touches lie in one cache line or two.
struct Node {
    var state: NodeState = .up
    var epoch: UInt32 = 0
    var host: Int32
    var busy: Int32 = 0
    var workers: Int32
    var queueHead: Int32 = 0
    var queueCount: Int32 = 0
    var queueCapacity: Int32
    /// Ring of call numbers; a power of two long.
    var queue: UnsafeMutablePointer<Int32>
    var queueMask: Int32
    var firstEdge: Int32 = 0
    var edgeCount: Int32 = 0
    /// Mean service time at normal speed.
    var serviceMean: Int64
    /// Service time multiplier in 1/1024.
    var scale: Int64 = 1024
    var serviceDraws: UInt64 = 0
    var serviceStream: Stream
    var distribution: Distribution
    var startup: Int64
    var requestsServed: Int64 = 0
    var badVersion: Int64 = 0
    var badDraws: UInt64 = 0
    /// Faults that hold it down: no supervisor may start it.
    var heldDown: Int32 = 0
    /// Faults that hold this very incarnation still.
    var pauses: Int32 = 0
    /// Which credential this server demands, and until when the one before still passes.
    var credential: Int32 = 0
    var graceUntil: Int64 = 0
    /// It takes none of the versions that there are.
    var isExpired = false
    /// Whether its work writes to the host's disk.
    var writes = false
    /// What its host's slow disk adds to its work, and the share of its writes that fail, in a million.
    var diskDelay: Int64 = 0
    var diskErrors: Int64 = 0
    var diskDraws: UInt64 = 0
    var member: Member
    var shedding = false
}

/// One edge of the call graph with all that its caller remembers about it.
struct Edge {
    var caller: Int32
    /// An agent's number, or a node's, by `kind`.
    var target: Int32
    var kind: EdgeKind
    var fallback: Bool
    var share: Int64
    var draws: UInt64 = 0
    var stream: Stream
    var ring: Int32
    var backOffStream: Stream
    var backOffDraws: UInt64 = 0
    var number: Int32
    var lastJournalled: Int64 = .min / 2
}

enum EdgeKind: UInt8 { case agent, node, hub }

struct CallFlags: OptionSet {
    let rawValue: UInt16
    /// The caller has its answer, or gave up, or died.
    static let callerDone = CallFlags(rawValue: 1)
    /// The callee is finished with it, or never got it, or died.
    static let calleeDone = CallFlags(rawValue: 2)
    static let succeeded = CallFlags(rawValue: 4)
    static let probe = CallFlags(rawValue: 8)
    static let lookup = CallFlags(rawValue: 16)
    static let inUse = CallFlags(rawValue: 64)
    static let viaStandby = CallFlags(rawValue: 256)
    /// Refused by the link itself: the answer comes from the caller's side of it.
    static let rejected = CallFlags(rawValue: 512)
}

/// One request on its way: from a client (caller −1) or from a node that serves `parent`.
struct Call {
    var generation: UInt32 = 0
    var flags: CallFlags = []
    var attempt: UInt8 = 0
    var resends: UInt8 = 0
    var parent: Int32 = -1
    var caller: Int32 = -1
    var callee: Int32 = -1
    /// Client calls: the subject. Others: the edge.
    var edge: Int32 = -1
    /// Next edge of the callee to ask while it serves this.
    var stage: Int32 = 0
    var admission: UInt32 = 0
    var nextFree: Int32 = -1
    var started: Int64 = 0
}

/// One direction between two hosts.
struct LinkState {
    var exists = false
    var delay: Int64 = 0
    var jitter: Int64 = 0
    /// Nanoseconds per KiB on the wire.
    var perKiB: Int64 = 0
    // Faults in force, as counts and sums so that overlapping ones add up and revert in any order.
    var dropped: Int32 = 0
    var rejected: Int32 = 0
    var extraDelay: Int64 = 0
    var extraJitter: Int64 = 0
    var loss: Int64 = 0
    var reorder: Int64 = 0
    var reorderBy: Int64 = 0
    var duplicate: Int64 = 0
    var limit: Int64 = 0
    var free: Int64 = 0
    var draws: UInt64 = 0
    var stream: Stream

    var isCut: Bool { dropped > 0 || rejected > 0 }
    /// Nothing but its base delay decides what happens on it.
    var isPlain: Bool {
        dropped == 0 && rejected == 0 && extraDelay == 0 && extraJitter == 0 && loss == 0 && reorder == 0 && limit == 0
            && duplicate == 0
    }
}

struct HostState {
    /// Faults that hold it down.
    var downs: Int32 = 0
    var down: Bool { downs > 0 }
    var diskCapacity: Int64
    var diskBase: Int64
    /// Bytes that a disk-fill holds.
    var filled: Int64 = 0
    var clockOffset: Int64 = 0
    var clockDrift: Int64 = 0
    var clockSetAt: Int64 = 0
    /// Drifted up to `clockSetAt`.
    var clockAccrued: Int64 = 0
    var full = false
    /// Added to each write by slow-disk faults, and the share that they let fail, in a million.
    var slowDelay: Int64 = 0
    var slowErrors: Int64 = 0
    var highWater: Int64 = 0
}
