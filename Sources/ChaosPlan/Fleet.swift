/// A fleet as checked: every name resolved to an index, every number in its unit.
///
/// Indices are positions in the arrays below and are stable: declaration order in the file.
public struct Fleet: Codable, Sendable {
    public var name: String
    public var summary: String
    public var hosts: [Host]
    /// One entry per ordered pair is implied; an undirected link in the file serves both directions.
    public var links: [Link]
    /// Delay between two processes of one host, and between a client and the agent it asks (clients sit beside their agent).
    public var localDelay: Nanoseconds
    public var agents: [Agent]
    public var hubs: [Hub]
    public var broker: Broker
    public var stores: [Store]
    public var calls: [CallEdge]
    public var policies: Policies
    /// Every number of the file with where it comes from, in file order.
    public var parameters: [Parameter]
    /// Of the resolved values: two files that mean the same have the same digest.
    public var digest: UInt64
    /// How it runs live, where it is not made of our own programs.
    public var live: LiveSettings?

    public init(
        name: String, summary: String, hosts: [Host], links: [Link], localDelay: Nanoseconds, agents: [Agent],
        hubs: [Hub], broker: Broker, stores: [Store], calls: [CallEdge], policies: Policies,
        parameters: [Parameter], digest: UInt64, live: LiveSettings? = nil
    ) {
        self.name = name
        self.summary = summary
        self.hosts = hosts
        self.links = links
        self.localDelay = localDelay
        self.agents = agents
        self.hubs = hubs
        self.broker = broker
        self.stores = stores
        self.calls = calls
        self.policies = policies
        self.parameters = parameters
        self.digest = digest
        self.live = live
    }

    public struct Host: Codable, Sendable {
        public var name: String
        public var cores: Int
        /// Bytes.
        public var memory: Int64
        /// Bytes.
        public var disk: Int64
        /// How full the disk is before the run.
        public var diskUsed: Share

        public init(name: String, cores: Int, memory: Int64, disk: Int64, diskUsed: Share) {
            self.name = name
            self.cores = cores
            self.memory = memory
            self.disk = disk
            self.diskUsed = diskUsed
        }
    }

    public struct Link: Codable, Sendable {
        /// Host indices.
        public var a: Int
        public var b: Int
        /// One way.
        public var delay: Nanoseconds
        /// Uniform, added on top of the delay: 0 ..< jitter.
        public var jitter: Nanoseconds
        /// Bytes per second; zero means unlimited.
        public var bandwidth: Int64

        public init(a: Int, b: Int, delay: Nanoseconds, jitter: Nanoseconds, bandwidth: Int64) {
            self.a = a
            self.b = b
            self.delay = delay
            self.jitter = jitter
            self.bandwidth = bandwidth
        }
    }

    /// How a process serves: its own work per request, and how much of it at once.
    public struct Service: Codable, Sendable {
        public enum Spread: String, CaseIterable, Codable, Sendable { case constant, exponential, lognormal }
        /// Mean time of a request's own work, calls to others not counted.
        public var time: Nanoseconds
        public var spread: Spread
        public var workers: Int
        /// Requests that may wait; beyond it the process refuses (or, without load shedding, queues without end).
        public var queue: Int
        /// From process start to ready.
        public var startup: Nanoseconds
        /// Bytes held by the process at rest.
        public var memory: Int64

        public init(
            time: Nanoseconds, spread: Spread, workers: Int, queue: Int, startup: Nanoseconds, memory: Int64
        ) {
            self.time = time
            self.spread = spread
            self.workers = workers
            self.queue = queue
            self.startup = startup
            self.memory = memory
        }
    }

    public struct Agent: Codable, Sendable {
        public var name: String
        public var host: Int
        public var group: String
        public var role: String
        public var port: Int?
        public var labels: [Label]
        public var service: Service
        /// The agent that takes over this one's name, if any.
        public var standby: Int?

        public init(
            name: String, host: Int, group: String, role: String, port: Int?, labels: [Label], service: Service,
            standby: Int?
        ) {
            self.name = name
            self.host = host
            self.group = group
            self.role = role
            self.port = port
            self.labels = labels
            self.service = service
            self.standby = standby
        }
    }

    public struct Label: Hashable, Codable, Sendable {
        public var key: String
        public var value: String

        public init(key: String, value: String) {
            self.key = key
            self.value = value
        }
    }

    public struct Hub: Codable, Sendable {
        public var name: String
        public var host: Int
        public var port: Int?
        public var service: Service

        public init(name: String, host: Int, port: Int?, service: Service) {
            self.name = name
            self.host = host
            self.port = port
            self.service = service
        }
    }

    public struct Broker: Codable, Sendable {
        /// One replicated cluster, or one JetStream domain per machine with sourced streams.
        public enum Mode: String, CaseIterable, Codable, Sendable { case cluster, leaf }
        public enum Sync: String, CaseIterable, Codable, Sendable { case interval, always }

        public struct Server: Codable, Sendable {
            public var name: String
            public var host: Int
            public var port: Int?

            public init(name: String, host: Int, port: Int?) {
                self.name = name
                self.host = host
                self.port = port
            }
        }

        /// Of a fleet without a broker: no servers. Nobody asks for its times, but they must be times.
        static let absent = Broker(
            mode: .leaf, servers: [],
            service: Service(time: 0, spread: .constant, workers: 1, queue: 0, startup: 0, memory: 0), version: "",
            sync: .interval, syncInterval: 2 * .minute, syncTime: 0, electionMin: 4 * .second,
            electionMax: 9 * .second, heartbeat: .second, lostQuorum: 10 * .second, ackTimeout: 5 * .second,
            ackWait: 30 * .second, dedupeWindow: 2 * .minute, maxAckPending: 1000, reconnectWait: 2 * .second,
            messageSize: 1)

        public var mode: Mode
        public var servers: [Server]
        public var service: Service
        /// Of the modelled server, pinned because its timing and its durability differ by version.
        public var version: String
        public var sync: Sync
        /// Between two flushes of the page cache to disk, when `sync` is `interval`.
        public var syncInterval: Nanoseconds
        /// Time of one fsync, paid on each message when `sync` is `always`.
        public var syncTime: Nanoseconds
        public var electionMin: Nanoseconds
        public var electionMax: Nanoseconds
        public var heartbeat: Nanoseconds
        /// A leader without a quorum steps down after this.
        public var lostQuorum: Nanoseconds
        /// Client's wait for a publish acknowledgement.
        public var ackTimeout: Nanoseconds
        /// Redelivery of a delivered but unacknowledged message.
        public var ackWait: Nanoseconds
        public var dedupeWindow: Nanoseconds
        public var maxAckPending: Int
        /// Client's wait between two attempts to connect.
        public var reconnectWait: Nanoseconds
        /// Bytes of one message, on the wire and on disk.
        public var messageSize: Int64

        public init(
            mode: Mode, servers: [Server], service: Service, version: String, sync: Sync, syncInterval: Nanoseconds,
            syncTime: Nanoseconds, electionMin: Nanoseconds, electionMax: Nanoseconds, heartbeat: Nanoseconds,
            lostQuorum: Nanoseconds, ackTimeout: Nanoseconds, ackWait: Nanoseconds, dedupeWindow: Nanoseconds,
            maxAckPending: Int, reconnectWait: Nanoseconds, messageSize: Int64
        ) {
            self.mode = mode
            self.servers = servers
            self.service = service
            self.version = version
            self.sync = sync
            self.syncInterval = syncInterval
            self.syncTime = syncTime
            self.electionMin = electionMin
            self.electionMax = electionMax
            self.heartbeat = heartbeat
            self.lostQuorum = lostQuorum
            self.ackTimeout = ackTimeout
            self.ackWait = ackWait
            self.dedupeWindow = dedupeWindow
            self.maxAckPending = maxAckPending
            self.reconnectWait = reconnectWait
            self.messageSize = messageSize
        }
    }

    public struct Store: Codable, Sendable {
        /// `server`: any other that clients do not ask themselves.
        public enum Kind: String, CaseIterable, Codable, Sendable { case redis, postgres, sqlite, server }
        public var name: String
        public var kind: Kind
        public var host: Int
        public var port: Int?
        public var service: Service
        /// Whether an operation writes to the host's disk, and so fails on a full one.
        public var writes: Bool

        public init(name: String, kind: Kind, host: Int, port: Int?, service: Service, writes: Bool) {
            self.name = name
            self.kind = kind
            self.host = host
            self.port = port
            self.service = service
            self.writes = writes
        }
    }

    /// Who answers a call.
    public enum Callee: Hashable, Codable, Sendable {
        case agent(Int)
        case store(Int)
        /// The caller's present hub.
        case hub
    }

    /// One edge of the call graph: while serving a request, `caller` asks `callee` with probability `share`.
    public struct CallEdge: Codable, Sendable {
        public var caller: Int
        public var callee: Callee
        public var share: Share
        /// Whose breaker and timeout parameters apply: an index into `Policies.callClasses`.
        public var callClass: Int
        /// Whether the caller can answer from a cache (or a degraded answer) when this call fails.
        public var fallback: Bool

        public init(caller: Int, callee: Callee, share: Share, callClass: Int, fallback: Bool) {
            self.caller = caller
            self.callee = callee
            self.share = share
            self.callClass = callClass
            self.fallback = fallback
        }
    }
}

/// One number of a fleet file: what it is, where it comes from and, if assumed, how far it may be off.
public struct Parameter: Codable, Sendable {
    public enum Source: String, CaseIterable, Codable, Sendable {
        case promise
        case productDefault = "default"
        case measured
        case assumed
    }

    /// As `--set` takes it: `fleet.policies.heartbeat.timeout`.
    public var path: String
    /// As written, with its unit.
    public var text: String
    public var source: Source
    /// As written, with units; only for assumed ones.
    public var low: String?
    public var high: String?

    public init(path: String, text: String, source: Source, low: String?, high: String?) {
        self.path = path
        self.text = text
        self.source = source
        self.low = low
        self.high = high
    }
}
