import ChaosPlan

extension BrokerSetup {
    /// One server's configuration, with the agents' secrets that are good.
    public func configuration(
        _ index: Int, _ secrets: Secrets, accepting good: [Secret]
    ) throws(FleetFileError) -> String {
        let server = servers[index]
        var users = ""
        for secret in good + [secrets.reader] {
            users += "      { user: \"\(secret.user)\", password: \"\(try Self.hash(secret))\" }\n"
        }
        // Below the disk's size, so that a full disk is met as one, and not the server's own limit long before.
        var text = """
            # Fleet \(fleet.name); written by gauntlet. Passwords are here as hashes only.
            server_name: "\(server.name)"
            listen: "\(server.address):\(server.port)"
            jetstream {
              store_dir: "\(server.data)"
              max_file_store: \(max(1 << 20, server.disk / 10 * 9))
              max_memory_store: \(max(1 << 20, min(256 << 20, server.disk / 4)))
            \(fleet.broker.mode == .leaf ? "  domain: \"\(server.name)\"\n" : "")}
            accounts {
              \(Self.account) {
                jetstream: enabled
                users: [
            \(users)    ]
              }
              SYSTEM { }
            }
            system_account: SYSTEM

            """
        if !links(index).isEmpty { text += "include \"\(Self.fileName(server.linkFile))\"\n" }
        text += fleet.broker.mode == .leaf ? try leaf(index, secrets) : try route(index, secrets)
        return text
    }

    /// A star: the first server listens for leaf nodes, every other is one of it.
    private func leaf(_ index: Int, _ secrets: Secrets) throws(FleetFileError) -> String {
        guard servers.count > 1 else { return "" }
        guard index > 0 else {
            return """
                leafnodes {
                  listen: "\(servers[0].address):\(servers[0].leafPort)"
                  authorization {
                    users: [
                      { user: "\(secrets.link.user)", password: "\(try Self.hash(secrets.link))", account: \(Self.account) }
                    ]
                  }
                }

                """
        }
        // An agent's message is for its own machine's stream only. Subjects of agents have two words; those by which servers copy
        // streams have more.
        return """
            leafnodes {
              reconnect: 1
              remotes: [
                { urls: $LINKS, account: \(Self.account), deny_imports: ["*.*"], deny_exports: ["*.*"] }
              ]
            }

            """
    }

    private func route(_ index: Int, _ secrets: Secrets) throws(FleetFileError) -> String {
        guard servers.count > 1 else { return "" }
        let server = servers[index]
        return """
            cluster {
              name: "\(fleet.name)"
              listen: "\(server.address):\(server.routePort)"
              authorization { user: "\(secrets.link.user)", password: "\(try Self.hash(secrets.link))", timeout: 5 }
              routes: $LINKS
            }

            """
    }

    /// `scheme`, address and port of each server that this one connects to.
    func links(_ index: Int) -> [String] {
        guard fleet.broker.mode == .leaf else {
            return servers.indices.filter { $0 != index }.map { "\(servers[$0].address):\(servers[$0].routePort)" }
        }
        return index == 0 ? [] : ["\(servers[0].address):\(servers[0].leafPort)"]
    }

    func linkText(_ index: Int, _ secret: Secret) -> String {
        let scheme = fleet.broker.mode == .leaf ? "nats-leaf" : "nats-route"
        let urls = links(index).map { "\"\(scheme)://\(secret.user):\(secret.password)@\($0)\"" }
        return "LINKS: [\(urls.joined(separator: ", "))]\n"
    }

    static func hash(_ secret: Secret) throws(FleetFileError) -> String {
        guard let hash = secret.bcrypt else {
            throw FleetFileError("this machine's crypt(3) has no bcrypt, and nats-server takes no other hash")
        }
        return hash
    }

    static func fileName(_ path: String) -> String { path.split(separator: "/").last.map(String.init) ?? path }
}
