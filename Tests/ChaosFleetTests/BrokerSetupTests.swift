import ChaosFleet
import ChaosPlan
import Testing

@Suite struct BrokerSetupTests {
    private func setup(_ name: String) throws -> BrokerSetup {
        BrokerSetup(FleetLayout(try Fixture.fleet(name))) { _ in 256 << 20 }
    }

    @Test(
        "no configuration holds a password, and only files of mode 0400 do", arguments: ["two-machine", "three-node"])
    func noPasswords(fleet: String) throws {
        let setup = try setup(fleet)
        let secrets = BrokerSetup.Secrets(random: Secret.systemRandom)
        let passwords = [secrets.agents, secrets.reader, secrets.link].map(\.password)
        let files = try setup.files(secrets)
        for file in files {
            let isSecret = passwords.contains { file.text.contains($0) }
            #expect(isSecret == (file.mode == 0o400), "\(file.path)")
        }
        for password in passwords { #expect(files.contains { $0.text.contains(password) }) }
        #expect(files.count(where: { $0.path.hasSuffix(".conf") }) == setup.servers.count)
        for agent in setup.fleet.agents {
            let file = try #require(files.first { $0.path == FleetLayout.credential(of: agent.name) })
            #expect(file.text == secrets.agents.credentialText)
        }
        #expect(setup.servers.indices.allSatisfy { !setup.command($0).joined().contains(secrets.link.password) })
    }

    @Test("leaf servers are domains of their own, the first listening for the others")
    func leaf() throws {
        let setup = try setup("two-machine")
        let secrets = BrokerSetup.Secrets(random: Secret.systemRandom)
        let first = try setup.configuration(0, secrets, accepting: [secrets.agents])
        let second = try setup.configuration(1, secrets, accepting: [secrets.agents])
        #expect(first.contains("domain: \"nats-main\"") && second.contains("domain: \"nats-pc2\""))
        #expect(first.contains("listen: \"10.77.0.1:34222\"") && !first.contains("remotes"))
        #expect(second.contains("remotes") && second.contains("include \"nats-pc2.link\""))
        #expect(!first.contains("cluster {") && !second.contains("cluster {"))
        #expect(first.contains("store_dir: \"/fleet/disk/MainPC/data/nats-main\""))
        let link = try #require(try setup.files(secrets).first { $0.path == "/fleet/servers/nats-pc2.link" })
        #expect(link.text == "LINKS: [\"nats-leaf://link:\(secrets.link.password)@10.77.0.1:34222\"]\n")
        let streams = BrokerStream.all(of: setup.fleet.broker, stream: "agent-events")
        #expect(
            streams.map(\.name) == [
                "agent-events", "agent-events", "agent-events-from-nats-pc2", "agent-events-from-nats-main",
            ])
        #expect(streams.map(\.server) == [0, 1, 0, 1])
    }

    @Test("a cluster's servers have routes to all others, and one stream is on each")
    func cluster() throws {
        let setup = try setup("three-node")
        let secrets = BrokerSetup.Secrets(random: Secret.systemRandom)
        for index in 0..<3 {
            let text = try setup.configuration(index, secrets, accepting: [secrets.agents])
            #expect(text.contains("cluster {") && text.contains("name: \"three-node\"") && !text.contains("domain"))
        }
        let streams = BrokerStream.all(of: setup.fleet.broker, stream: "agent-events")
        #expect(streams.count == 1 && streams[0].replicas == 3 && streams[0].server == nil)
    }

    @Test("the server's limits lie below the disk's size")
    func limits() throws {
        let setup = try setup("two-machine")
        let secrets = BrokerSetup.Secrets(random: Secret.systemRandom)
        let text = try setup.configuration(0, secrets, accepting: [])
        for key in ["max_file_store: ", "max_memory_store: "] {
            let rest = try #require(text.split(separator: key).last)
            let value = try #require(Int64(rest.prefix { $0.isNumber }))
            #expect(value > 0 && value < 256 << 20)
        }
    }

    @Test("during a rotation's grace both secrets are good, then the new one only")
    func rotation() throws {
        let setup = try setup("two-machine")
        let old = BrokerSetup.Secrets(random: Secret.systemRandom)
        let agents = BrokerSetup.Secrets.agents(version: 2, random: Secret.systemRandom)
        let rotation = try setup.rotation(from: old, to: agents)
        let before = try #require(old.agents.bcrypt)
        let after = try #require(agents.bcrypt)
        #expect(rotation.grace.allSatisfy { $0.text.contains(before) && $0.text.contains(after) })
        #expect(rotation.final.allSatisfy { !$0.text.contains(before) && $0.text.contains(after) })
        #expect(rotation.credentials.count == setup.fleet.agents.count)
        #expect(rotation.credentials.allSatisfy { $0.text == agents.credentialText && $0.mode == 0o400 })
        #expect(rotation.secrets.reader == old.reader && rotation.secrets.agents == agents)
        for file in rotation.grace + rotation.final {
            #expect(![old.agents, agents].contains { file.text.contains($0.password) })
        }
    }

    @Test("a store's users are in a file of hashes, the default user off")
    func store() throws {
        let layout = FleetLayout(try Fixture.fleet("two-machine"))
        let setup = StoreSetup(layout, store: 0, disk: 128 << 20)
        let secrets = StoreSetup.Secrets(random: Secret.systemRandom)
        let files = setup.files(secrets)
        let users = try #require(files.first { $0.path == "/fleet/servers/redis-main.acl" })
        #expect(users.text.contains("#\(SHA256.hex(secrets.clients.password.utf8))"))
        #expect(users.text.hasPrefix("user default off\n"))
        #expect(
            !users.text.contains(secrets.clients.password) && !setup.configuration.contains(secrets.clients.password))
        #expect(setup.configuration.contains("bind 10.77.0.1\nport 6379\n"))
        #expect(!files.contains { $0.text.contains(secrets.clients.password) })
        let credentials = StoreSetup.agentCredentials(layout.fleet, secrets.clients)
        #expect(credentials.count == layout.fleet.agents.count)
        #expect(credentials.allSatisfy { $0.text == secrets.clients.credentialText && $0.mode == 0o400 })
        #expect(credentials.first?.path == "/fleet/credentials/redis-\(layout.fleet.agents[0].name)")
    }

    @Test("what the real server cannot be told is said")
    func differences() throws {
        var fleet = try Fixture.fleet("three-node")
        #expect(BrokerSetup(FleetLayout(fleet)) { _ in 1 << 30 }.differences.isEmpty)
        fleet.broker.sync = .always
        fleet.broker.electionMin = 1 * .second
        #expect(BrokerSetup(FleetLayout(fleet)) { _ in 1 << 30 }.differences.count == 2)
    }
}
