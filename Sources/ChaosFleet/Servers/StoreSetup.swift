public import ChaosPlan

/// What a fleet's redis-servers are configured with. Users are in a file of their own, so that a rotation is told by `ACL LOAD`.
public struct StoreSetup: Sendable {
    public struct Server: Hashable, Sendable {
        public var name: String
        public var address: String
        public var port: Int
        public var data: String
        public var configuration: String
        public var users: String
        /// Bytes of the disk that `data` is on.
        public var disk: Int64
        /// Whether it writes to the disk: each operation to a file that is appended to.
        public var writes: Bool

        public init(
            name: String, address: String, port: Int, data: String, configuration: String, users: String, disk: Int64,
            writes: Bool
        ) {
            self.name = name
            self.address = address
            self.port = port
            self.data = data
            self.configuration = configuration
            self.users = users
            self.disk = disk
            self.writes = writes
        }
    }

    public let server: Server

    /// Of the fleet's store `index`, which must be a redis.
    public init(_ layout: FleetLayout, store index: Int, disk: Int64) {
        let store = layout.fleet.stores[index]
        precondition(store.kind == .redis, "only a redis is one")
        self.init(
            Server(
                name: store.name, address: layout.address(of: .store(index)), port: layout.port(of: .store(index)),
                data: layout.data(of: .store(index)), configuration: "\(FleetLayout.servers)/\(store.name).conf",
                users: "\(FleetLayout.servers)/\(store.name).acl", disk: disk, writes: store.writes))
    }

    public init(_ server: Server) { self.server = server }

    /// Program and arguments. The data directory must be there.
    public var command: [String] { ["redis-server", server.configuration] }

    /// What agents show, and who may tell the server to read its users again. One set for all of a fleet's stores.
    public struct Secrets: Hashable, Sendable {
        public var clients: Secret
        public var keeper: Secret

        public init(random: (Int) -> [UInt8]) {
            clients = Self.clients(version: 1, random: random)
            keeper = Secret(user: "keeper", random: random)
        }

        public static func clients(version: Int, random: (Int) -> [UInt8]) -> Secret {
            Secret(user: "clients-\(version)", random: random)
        }
    }

    /// Everything that must be there before the server starts; agents' credentials are `agentCredentials`.
    public func files(_ secrets: Secrets) -> [LaunchSpec.File] {
        [
            LaunchSpec.File(path: server.configuration, mode: 0o444, text: configuration),
            usersFile(secrets, accepting: [secrets.clients]),
            LaunchSpec.File(
                path: FleetLayout.credential(of: "keeper"), mode: 0o400, text: secrets.keeper.credentialText),
        ]
    }

    /// The file that each agent shows a redis from.
    public static func agentCredentials(_ fleet: Fleet, _ secret: Secret) -> [LaunchSpec.File] {
        fleet.agents.map { agent in
            LaunchSpec.File(
                path: FleetLayout.credential(of: "redis-\(agent.name)"), mode: 0o400, text: secret.credentialText)
        }
    }

    public var configuration: String {
        """
        # Written by gauntlet. Passwords are in the file of users, as hashes only.
        bind \(server.address)
        port \(server.port)
        dir "\(server.data)"
        aclfile "\(server.users)"
        protected-mode no
        daemonize no
        save ""
        appendonly \(server.writes ? "yes" : "no")
        maxmemory \(max(1 << 20, server.disk / 2))
        maxmemory-policy allkeys-lru

        """
    }

    /// Users with the clients' secrets that are good. During a grace there are two.
    public func usersFile(_ secrets: Secrets, accepting good: [Secret]) -> LaunchSpec.File {
        var text = "user default off\n"
        for secret in good {
            text += "user \(secret.user) on #\(secret.sha256) ~* &* +@all -@admin -@dangerous +info\n"
        }
        text += "user \(secrets.keeper.user) on #\(secrets.keeper.sha256) +acl|load +ping\n"
        return LaunchSpec.File(path: server.users, mode: 0o400, text: text)
    }
}
