/// Every policy parameter of a fleet. The same values drive the simulated and the reference agents.
public struct Policies: Codable, Sendable {
    public var callClasses: [CallClass]
    public var breaker = Breaker()
    public var retry = Retry()
    public var heartbeat = Heartbeat()
    public var agentFailover = AgentFailover()
    public var hubFailover = HubFailover()
    public var partition = Partition()
    public var buffer = Buffer()
    public var restart = Restart()
    public var logs = Logs()
    public var discovery = Discovery()
    public var rollback = Rollback()
    public var credentials = Credentials()
    /// Mechanisms switched off in this fleet.
    public var disabled: Set<Mechanism> = []

    public init(callClasses: [CallClass]) { self.callClasses = callClasses }

    public func enabled(_ mechanism: Mechanism) -> Bool { !disabled.contains(mechanism) }

    /// Calls of one class share a breaker policy and a timeout (`model`, `database`, `agent`, `external`, `hub`).
    public struct CallClass: Codable, Sendable {
        public var name: String
        public var timeout: Nanoseconds
        /// This many failures within `Breaker.window` open the breaker.
        public var failures: Int
        /// How long it stays open.
        public var reset: Nanoseconds

        public init(name: String, timeout: Nanoseconds, failures: Int, reset: Nanoseconds) {
            self.name = name
            self.timeout = timeout
            self.failures = failures
            self.reset = reset
        }
    }

    public struct Breaker: Codable, Sendable {
        public enum Window: String, CaseIterable, Codable, Sendable { case time, count, rate }
        public var kind: Window = .time
        public var window: Nanoseconds = 60 * .second
        /// For `count` and `rate`: calls in the window before the share is judged.
        public var minimumCalls = 20
        public var failureShare = Share(partsPerMillion: 500_000)
        /// Consecutive successes in half-open that close it.
        public var successes = 3
        public var halfOpenPermits = 1
        public var halfOpenMaxWait: Nanoseconds = 10 * .second

        public init() {}
    }

    public struct Retry: Codable, Sendable {
        public enum Jitter: String, CaseIterable, Codable, Sendable { case none, equal, full }
        /// Attempts in all, the first included.
        public var attempts = 3
        public var base: Nanoseconds = 50 * .millisecond
        public var cap: Nanoseconds = .second
        public var jitter: Jitter = .full
        /// Retries as a share of requests, per caller.
        public var budget = Share(partsPerMillion: 100_000)
        /// Retries allowed whatever the share.
        public var reserve = 10

        public init() {}
    }

    public struct Heartbeat: Codable, Sendable {
        public enum Detector: String, CaseIterable, Codable, Sendable { case fixed, phi }
        public var detector: Detector = .fixed
        public var period: Nanoseconds = 500 * .millisecond
        /// Silence after which a `fixed` detector suspects.
        public var timeout: Nanoseconds = 1500 * .millisecond
        /// Uniform lateness of a heartbeat on a healthy host.
        public var jitter: Nanoseconds = 20 * .millisecond
        public var phiThreshold = 8
        public var phiPause: Nanoseconds = .second
        public var phiMinSigma: Nanoseconds = 100 * .millisecond

        public init() {}
    }

    public struct AgentFailover: Codable, Sendable {
        /// From detection to the name pointing at the standby.
        public var switchTime: Nanoseconds = .second
        /// From the agent's return to its name pointing back.
        public var validateTime: Nanoseconds = .second

        public init() {}
    }

    public struct HubFailover: Codable, Sendable {
        /// Silence of its hub after which an agent switches.
        public var detectAfter: Nanoseconds = 2 * .second
        /// Registering with the other hub.
        public var switchTime: Nanoseconds = 800 * .millisecond
        /// Consecutive failed calls that count as silence.
        public var failures = 3
        /// The primary must be back this long before agents return.
        public var failBackAfter: Nanoseconds = 15 * .second

        public init() {}
    }

    public struct Partition: Codable, Sendable {
        public var detectAfter: Nanoseconds = 12 * .second
        public var confirmHealAfter: Nanoseconds = 3 * .second
        /// Between two exchanges of the hubs' registries.
        public var syncPeriod: Nanoseconds = .second
        /// To merge one entry after a partition.
        public var mergeTime: Nanoseconds = 5 * .millisecond

        public init() {}
    }

    public struct Buffer: Codable, Sendable {
        public enum Overflow: String, CaseIterable, Codable, Sendable {
            case rejectNew = "reject-new"
            case dropOldest = "drop-oldest"
            case dropNewest = "drop-newest"
        }
        public var messages = 10_000
        public var bytes: Int64 = 8 << 20
        public var overflow: Overflow = .rejectNew
        /// Unacknowledged messages in flight while replaying.
        public var replayWindow = 16

        public init() {}
    }

    public struct Restart: Codable, Sendable {
        public var delay: Nanoseconds = 2 * .second
        public var cap: Nanoseconds = 30 * .second
        /// Each further start waits this many times longer.
        public var multiplier = 2
        /// Starts within `interval` before the supervisor gives up.
        public var limit = 5
        public var interval: Nanoseconds = 60 * .second
        public var stableAfter: Nanoseconds = 60 * .second

        public init() {}
    }

    public struct Logs: Codable, Sendable {
        public var fileSize: Int64 = 100 << 20
        public var kept = 5
        /// Size of a compressed file as a share of the plain one.
        public var compression = Share(partsPerMillion: 100_000)
        public var bytesPerRequest: Int64 = 2 << 10
        public var warn = Share(partsPerMillion: 800_000)
        public var act = Share(partsPerMillion: 900_000)
        public var emergency = Share(partsPerMillion: 950_000)
        /// Between two looks at the disk.
        public var check: Nanoseconds = 5 * .second

        public init() {}
    }

    public struct Discovery: Codable, Sendable {
        public var localTTL: Nanoseconds = 60 * .second
        /// How long past its TTL an answer may be used while no hub answers.
        public var staleFor: Nanoseconds = 300 * .second
        public var timeout: Nanoseconds = 100 * .millisecond

        public init() {}
    }

    public struct Rollback: Codable, Sendable {
        /// Loss of success ratio against the baseline that triggers it.
        public var degradation = Share(partsPerMillion: 100_000)
        public var check: Nanoseconds = 5 * .second
        public var consecutive = 1
        /// From the trigger to the old version running.
        public var takes: Nanoseconds = 3 * .second

        public init() {}
    }

    public struct Credentials: Codable, Sendable {
        /// Between two looks of an agent at its credential file.
        public var reloadEvery: Nanoseconds = 5 * .second
        /// How long the old credential is still accepted after a rotation.
        public var grace: Nanoseconds = 30 * .second
        /// Valid for so long from the start of a run, unless rotated.
        public var lifetime: Nanoseconds = 720 * .hour

        public init() {}
    }
}
