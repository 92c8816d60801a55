/// How a fleet that is not made of our own programs runs in the live world, and what its clients ask.
public struct LiveSettings: Codable, Hashable, Sendable {
    /// A file that is written before the fleet starts.
    public struct File: Codable, Hashable, Sendable {
        /// Below `/fleet/conf`.
        public var path: String
        public var mode: UInt32
        /// With placeholders.
        public var text: String

        public init(path: String, mode: UInt32, text: String) {
            self.path = path
            self.mode = mode
            self.text = text
        }
    }

    /// A member that we start.
    public struct Process: Codable, Hashable, Sendable {
        /// The member's name.
        public var name: String
        /// Program and arguments, with placeholders.
        public var command: [String]
        /// With placeholders.
        public var environment: [String: String]
        /// It is ready when it accepts connections there; nil: when it runs.
        public var readyPort: Int?
        /// Those of a stage start together, when all of the stage before are ready.
        public var stage: Int
        /// Started again when it ends.
        public var isSupervised: Bool

        public init(
            name: String, command: [String], environment: [String: String], readyPort: Int?, stage: Int,
            isSupervised: Bool
        ) {
            self.name = name
            self.command = command
            self.environment = environment
            self.readyPort = readyPort
            self.stage = stage
            self.isSupervised = isSupervised
        }
    }

    /// A member that runs already, on its host, and by what it is found there.
    public struct Attachment: Codable, Hashable, Sendable {
        public enum Key: Codable, Hashable, Sendable {
            case pidFile(String)
            case unit(String)
            case cgroup(String)
            /// Who listens there.
            case port(Int)
            /// The whole command line, with `*` and `?`.
            case command(String)
        }

        /// The member's name.
        public var name: String
        public var key: Key
        /// Starts it after a kill; empty: somebody else does (its unit).
        public var start: [String]
        /// Stops it in order; empty: SIGTERM does.
        public var stop: [String]

        public init(name: String, key: Key, start: [String], stop: [String]) {
            self.name = name
            self.key = key
            self.start = start
            self.stop = stop
        }
    }

    /// What the client of an agent asks.
    public struct Client: Codable, Hashable, Sendable {
        public enum Question: Codable, Hashable, Sendable {
            case http(path: String)
            /// That a connection can be made.
            case tcp
            /// Words of a command.
            case redis([String])
            /// A request on this subject.
            case nats(subject: String)
            /// A program that ends with 0.
            case command([String])
        }

        /// Where it asks.
        public enum Address: Codable, Hashable, Sendable {
            /// Its host's address and its port.
            case member(String)
            /// A host of the fleet, or an address.
            case place(host: String, port: Int)
        }

        /// The agent's name.
        public var agent: String
        public var question: Question
        /// In turn: after a failure the next one.
        public var addresses: [Address]
        /// Which answer is a success; nil: any that is no error.
        public var expect: String?
        public var credentialFile: String?

        public init(
            agent: String, question: Question, addresses: [Address], expect: String?, credentialFile: String?
        ) {
            self.agent = agent
            self.question = question
            self.addresses = addresses
            self.expect = expect
            self.credentialFile = credentialFile
        }
    }

    public var processes: [Process]
    public var files: [File]
    public var attachments: [Attachment]
    public var clients: [Client]
    /// Of an attached fleet: hosts that are other machines, or whose address matters.
    public var machines: [Machine]

    public init(
        processes: [Process], files: [File], attachments: [Attachment], clients: [Client], machines: [Machine] = []
    ) {
        self.processes = processes
        self.files = files
        self.attachments = attachments
        self.clients = clients
        self.machines = machines
    }

    /// Whether its processes run already and Gauntlet starts none.
    public var isAttached: Bool { !attachments.isEmpty }

    public func attachment(of member: String) -> Attachment? { attachments.first { $0.name == member } }

    /// Whether any agent of a fleet is ours, and publishes messages.
    func leavesAgents(of fleet: Fleet) -> Bool { fleet.agents.contains { !covers($0.name) } }

    /// Whether it says how a member runs, or what asks it: such a one does not get our agent.
    public func covers(_ member: String) -> Bool {
        processes.contains { $0.name == member } || attachments.contains { $0.name == member }
            || clients.contains { $0.agent == member }
    }
}

extension Fleet {
    /// Whether it is a process of its own, and not only a name that clients ask.
    public func hasProcess(_ member: Member) -> Bool {
        guard let live else { return true }
        let name = name(of: member)
        return !live.covers(name) || live.processes.contains { $0.name == name }
            || live.attachments.contains { $0.name == name }
    }
}

/// `${address:HOST}`, `${port:MEMBER}` and `${disk:HOST}` in the texts of a live fleet. Whatever else stands in `${…}` is left
/// as it is: configuration files have such words of their own.
public enum Placeholder: Hashable, Sendable {
    /// Of a host, or of a member's host.
    case address(String)
    case port(String)
    /// The directory that is a host's disk, or that of a member's host.
    case disk(String)

    /// Every placeholder replaced; one for which there is no value stays.
    public static func fill(_ text: String, _ value: (Placeholder) -> String?) -> String {
        var result = ""
        var rest = Substring(text)
        while let start = rest.firstRange(of: "${") {
            result += rest[..<start.lowerBound]
            rest = rest[start.lowerBound...]
            if let end = rest.firstIndex(of: "}"), let found = Self(rest[start.upperBound..<end]),
                let filled = value(found)
            {
                result += filled
                rest = rest[rest.index(after: end)...]
            } else {
                result += "${"
                rest = rest[start.upperBound...]
            }
        }
        return result + rest
    }

    private init?(_ inner: Substring) {
        let parts = inner.split(separator: ":", maxSplits: 1)
        guard parts.count == 2 else { return nil }
        switch parts[0] {
        case "address": self = .address(String(parts[1]))
        case "port": self = .port(String(parts[1]))
        case "disk": self = .disk(String(parts[1]))
        default: return nil
        }
    }
}
