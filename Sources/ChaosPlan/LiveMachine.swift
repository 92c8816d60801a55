extension LiveSettings {
    /// Where a host of an attached fleet is, and how it is reached.
    public struct Machine: Codable, Hashable, Sendable {
        /// Nil: this machine.
        public var remote: Remote?
        /// The host's name in the fleet.
        public var host: String
        /// IPv4, by which the other hosts and the clients reach it; nil where nobody said.
        public var address: String?
        /// On the file system with its data; nil where nobody said.
        public var disk: String?

        public init(host: String, remote: Remote?, address: String?, disk: String?) {
            self.host = host
            self.remote = remote
            self.address = address
            self.disk = disk
        }
    }

    /// A machine behind ssh. Nothing of it is secret: keys stay in their files or with an agent of ssh.
    public struct Remote: Codable, Hashable, Sendable {
        /// `user@name`, or a name that ssh's configuration knows.
        public var destination: String
        /// Nil: as ssh's configuration says.
        public var port: Int?
        /// File of the private key; nil: as ssh's configuration says.
        public var identity: String?
        /// File of host keys; nil: as ssh's configuration says.
        public var knownHosts: String?
        /// `gauntlet-host` on that machine: an absolute path, or a name on its PATH.
        public var program: String
        /// Whether it is run by sudo, which must not ask for a password.
        public var isRoot: Bool

        public init(
            destination: String, port: Int?, identity: String?, knownHosts: String?, program: String, isRoot: Bool
        ) {
            self.destination = destination
            self.port = port
            self.identity = identity
            self.knownHosts = knownHosts
            self.program = program
            self.isRoot = isRoot
        }
    }

    public func machine(of host: String) -> Machine? { machines.first { $0.host == host } }

    /// Of a host, as others reach it; nil where nobody said.
    public func address(of host: String) -> String? { machine(of: host)?.address }
}
