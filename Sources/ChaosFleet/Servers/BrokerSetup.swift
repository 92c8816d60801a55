public import ChaosPlan

/// What a fleet's nats-servers are configured with.
///
/// A configuration holds hashes only. What a server itself shows to another (as a leaf, or on a route) has to be in clear
/// somewhere: it is in a credential file that the configuration includes.
public struct BrokerSetup: Sendable {
    /// Where one server is.
    public struct Server: Hashable, Sendable {
        public var name: String
        public var address: String
        public var port: Int
        public var routePort: Int
        public var leafPort: Int
        /// Directory for its streams.
        public var data: String
        /// Path of its configuration, and of the file with what it shows to other servers. The latter is included, and nats-server
        /// takes such a path as relative to the configuration's directory only.
        public var configuration: String
        public var linkFile: String
        /// Bytes of the disk that `data` is on.
        public var disk: Int64

        public init(
            name: String, address: String, port: Int, routePort: Int, leafPort: Int, data: String,
            configuration: String, linkFile: String, disk: Int64
        ) {
            self.name = name
            self.address = address
            self.port = port
            self.routePort = routePort
            self.leafPort = leafPort
            self.data = data
            self.configuration = configuration
            self.linkFile = linkFile
            self.disk = disk
        }
    }

    /// Everybody who logs in.
    public struct Secrets: Hashable, Sendable {
        /// All agents'; replaced by a rotation.
        public var agents: Secret
        /// The ledger's reader and who makes the streams; no rotation touches it.
        public var reader: Secret
        /// Between servers.
        public var link: Secret

        public init(random: (Int) -> [UInt8]) {
            agents = Self.agents(version: 1, random: random)
            reader = Secret(user: BrokerSetup.reader, random: random)
            link = Secret(user: "link", random: random)
        }

        /// A new version has a user name of its own: nats-server knows one password a user, and during the grace two are good.
        public static func agents(version: Int, random: (Int) -> [UInt8]) -> Secret {
            Secret(user: "agents-\(version)", random: random)
        }
    }

    /// The process name under which the reader's credential file is.
    public static let reader = "reader"
    static let account = "FLEET"

    public let fleet: Fleet
    public let servers: [Server]

    /// - Parameter disk: bytes of a host's live disk.
    public init(_ layout: FleetLayout, disk: (Int) -> Int64) {
        let fleet = layout.fleet
        self.init(
            fleet,
            servers: fleet.broker.servers.indices.map { index in
                let name = fleet.broker.servers[index].name
                return Server(
                    name: name, address: layout.address(of: .broker(index)), port: layout.port(of: .broker(index)),
                    routePort: layout.routePort(broker: index), leafPort: layout.leafPort(broker: index),
                    data: layout.data(of: .broker(index)), configuration: "\(FleetLayout.servers)/\(name).conf",
                    linkFile: "\(FleetLayout.servers)/\(name).link", disk: disk(fleet.broker.servers[index].host))
            })
    }

    public init(_ fleet: Fleet, servers: [Server]) {
        self.fleet = fleet
        self.servers = servers
    }

    /// Program and arguments of a server.
    public func command(_ server: Int) -> [String] { ["nats-server", "-c", servers[server].configuration] }

    // MARK: Files

    /// Everything that must be there before the servers start: configurations, and the credential file of each agent and of the
    /// reader (`FleetLayout.credential(of:)`).
    public func files(_ secrets: Secrets) throws(FleetFileError) -> [LaunchSpec.File] {
        var files = try configurations(secrets, accepting: [secrets.agents])
        for index in servers.indices where !links(index).isEmpty {
            files.append(
                LaunchSpec.File(path: servers[index].linkFile, mode: 0o400, text: linkText(index, secrets.link)))
        }
        files.append(
            LaunchSpec.File(
                path: FleetLayout.credential(of: Self.reader), mode: 0o400, text: secrets.reader.credentialText))
        return files + agentCredentials(secrets.agents)
    }

    /// The credential files of all agents.
    public func agentCredentials(_ secret: Secret) -> [LaunchSpec.File] {
        fleet.agents.map { agent in
            LaunchSpec.File(
                path: FleetLayout.credential(of: agent.name), mode: 0o400, text: secret.credentialText)
        }
    }

    /// The servers' configurations as files, with the agents' secrets that are good. None: every agent is refused.
    public func configurations(
        _ secrets: Secrets, accepting good: [Secret]
    ) throws(FleetFileError) -> [LaunchSpec.File] {
        var files: [LaunchSpec.File] = []
        for index in servers.indices {
            files.append(
                LaunchSpec.File(
                    path: servers[index].configuration, mode: 0o444,
                    text: try configuration(index, secrets, accepting: good)))
        }
        return files
    }

    /// A rotation in three steps, each followed by SIGHUP to the servers where it writes configurations.
    public struct Rotation: Sendable {
        /// 1: both are good. 2: agents show the new one from their next look on. 3, when the grace is over: the new one only.
        public var grace: [LaunchSpec.File]
        public var credentials: [LaunchSpec.File]
        public var final: [LaunchSpec.File]
        /// What is good at the end.
        public var secrets: Secrets
    }

    public func rotation(from old: Secrets, to agents: Secret) throws(FleetFileError) -> Rotation {
        var new = old
        new.agents = agents
        return Rotation(
            grace: try configurations(new, accepting: [old.agents, agents]), credentials: agentCredentials(agents),
            final: try configurations(new, accepting: [agents]), secrets: new)
    }

    /// What nats-server of the fleet's version cannot be told, so that the live fleet may differ from the simulated one.
    public var differences: [String] {
        var differences: [String] = []
        if fleet.broker.sync == .always {
            differences.append("sync: nats-server 2.9 flushes every 2 minutes and cannot be told to flush always")
        } else if fleet.broker.syncInterval != 120 * .second {
            differences.append("sync-interval: nats-server 2.9 flushes every 2 minutes whatever the fleet file says")
        }
        if fleet.broker.mode == .cluster {
            let isDefault =
                fleet.broker.electionMin == 4 * .second && fleet.broker.electionMax == 9 * .second
                && fleet.broker.heartbeat == .second && fleet.broker.lostQuorum == 10 * .second
            if !isDefault { differences.append("election timing: nats-server's own cannot be changed") }
        }
        return differences
    }
}
