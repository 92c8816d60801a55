/// What the holder of a throw-away namespace is to bring up, as one JSON object.
public struct LaunchSpec: Codable, Hashable, Sendable {
    public struct Host: Codable, Hashable, Sendable {
        public var name: String
        /// Its address on the bridge; the prefix is `FleetLayout.prefixLength`.
        public var address: String
        /// Of its tmpfs, in bytes, and how many of them are taken at start (by a file of zeros).
        public var disk: Int64
        public var diskUsed: Int64

        public init(name: String, address: String, disk: Int64, diskUsed: Int64) {
            self.name = name
            self.address = address
            self.disk = disk
            self.diskUsed = diskUsed
        }
    }

    public struct File: Codable, Hashable, Sendable {
        public var path: String
        /// `0o400` for a credential.
        public var mode: UInt32
        public var text: String

        public init(path: String, mode: UInt32 = 0o644, text: String) {
            self.path = path
            self.mode = mode
            self.text = text
        }
    }

    public struct Process: Codable, Hashable, Sendable {
        public var name: String
        /// A host's name; nil for outside.
        public var host: String?
        /// Program (absolute, or found on the PATH) and arguments; no secret among them.
        public var command: [String]
        public var environment: [String: String]
        /// Where its standard output and error go; appended.
        public var log: String
        /// Processes of a stage start together, when those of the stage before are ready.
        public var stage: Int
        /// It is ready when it accepts connections on this port of its host's address; nil: when it runs.
        public var readyPort: Int?
        /// Started again when it ends, after the supervisor's policy.
        public var isSupervised: Bool

        public init(
            name: String, host: String?, command: [String], environment: [String: String] = [:], log: String,
            stage: Int, readyPort: Int?, isSupervised: Bool = true
        ) {
            self.name = name
            self.host = host
            self.command = command
            self.environment = environment
            self.log = log
            self.stage = stage
            self.readyPort = readyPort
            self.isSupervised = isSupervised
        }
    }

    /// Of the supervisor; nanoseconds, as in the fleet file.
    public struct Restart: Codable, Hashable, Sendable {
        public var isOn: Bool
        public var delay: Int64
        public var cap: Int64
        public var multiplier: Int
        public var limit: Int
        public var interval: Int64
        public var stableAfter: Int64

        public init(
            isOn: Bool, delay: Int64, cap: Int64, multiplier: Int, limit: Int, interval: Int64, stableAfter: Int64
        ) {
            self.isOn = isOn
            self.delay = delay
            self.cap = cap
            self.multiplier = multiplier
            self.limit = limit
            self.interval = interval
            self.stableAfter = stableAfter
        }
    }

    public var fleet: String
    public var hosts: [Host]
    /// Made before anything starts, with what lies above them.
    public var directories: [String]
    public var files: [File]
    public var processes: [Process]
    public var restart: Restart

    public init(
        fleet: String, hosts: [Host], directories: [String] = [], files: [File], processes: [Process], restart: Restart
    ) {
        self.fleet = fleet
        self.hosts = hosts
        self.directories = directories
        self.files = files
        self.processes = processes
        self.restart = restart
    }
}

/// What the holder answers to `status`.
public struct FleetStatus: Codable, Hashable, Sendable {
    public struct Process: Codable, Hashable, Sendable {
        public var name: String
        public var host: String?
        /// As the namespace numbers it, and as its outside does; nil while it does not run.
        public var pid: Int32?
        public var outerPid: Int32?
        /// `waiting`, `starting`, `running`, `held`, `ended`, `gave-up`.
        public var state: String
        public var restarts: Int
        public var isReady: Bool

        public init(
            name: String, host: String?, pid: Int32?, outerPid: Int32?, state: String, restarts: Int, isReady: Bool
        ) {
            self.name = name
            self.host = host
            self.pid = pid
            self.outerPid = outerPid
            self.state = state
            self.restarts = restarts
            self.isReady = isReady
        }
    }

    public var fleet: String
    /// Of the holder outside and of the namespace's first process, both as numbered outside.
    public var holder: Int32
    public var initial: Int32
    /// CLOCK_BOOTTIME.
    public var startedNs: Int64
    public var isReady: Bool
    public var processes: [Process]

    public init(
        fleet: String, holder: Int32, initial: Int32, startedNs: Int64, isReady: Bool, processes: [Process]
    ) {
        self.fleet = fleet
        self.holder = holder
        self.initial = initial
        self.startedNs = startedNs
        self.isReady = isReady
        self.processes = processes
    }
}
