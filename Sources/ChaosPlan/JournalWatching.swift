/// A credential where none must be; never the credential itself.
public struct Exposure: Hashable, Sendable {
    public enum Place: String, CaseIterable, Hashable, Sendable {
        case processList = "process-list"
        case environment, log, configuration
    }

    public var place: Place
    /// The process' name, or the file's path within the fleet.
    public var location: String
    /// Whose credential it is, or which pattern gave it away.
    public var what: String

    public init(place: Place, location: String, what: String) {
        self.place = place
        self.location = location
        self.what = what
    }
}

/// The fleet's own monitoring raised an alert, or took it back; the instant is when its message arrived.
public struct AlertEvent: Hashable, Sendable {
    /// What alerts of one name with the same labels have in common is that they are one alert.
    public struct Identity: Hashable, Sendable {
        public var name: String
        /// `key=value`, sorted, without the name.
        public var labels: [String]

        public init(name: String, labels: [String]) {
            self.name = name
            self.labels = labels
        }

        public subscript(key: String) -> String? {
            labels.first { $0.hasPrefix(key + "=") }.map { String($0.dropFirst(key.count + 1)) }
        }
    }

    public var identity: Identity
    public var isFiring: Bool

    public init(_ identity: Identity, isFiring: Bool) {
        self.identity = identity
        self.isFiring = isFiring
    }
}

/// How busy one host was: between this look at it and the one before.
public struct HostLoad: Hashable, Sendable {
    /// Index into the header's `hosts`; nil for the machine that the harness itself runs on, with all that runs there.
    public var host: Int?
    /// Of the time of all its cores, what was worked.
    public var cpu: Share
    /// Bytes in use, and of how many.
    public var memory: Int64
    public var memoryTotal: Int64
    /// Of the file system with its data; nil where it is not known.
    public var disk: Share?

    public init(host: Int?, cpu: Share, memory: Int64, memoryTotal: Int64, disk: Share?) {
        self.host = host
        self.cpu = cpu
        self.memory = memory
        self.memoryTotal = memoryTotal
        self.disk = disk
    }
}
