import ChaosPlan
import Foundation
import Testing

/// The `live` of a fleet file: a fleet of foreign processes needs nothing else.
@Suite struct LiveFleetTests {
    private static let start = """
        gauntlet-fleet: 1
        name: foreign
        local-delay: 100us (assumed 20us..500us)
        hosts:
          - { name: A, cores: 2 (promise), memory: 2GiB (promise), disk: 64MiB (promise), disk-used: 1% (promise) }
        profiles:
          any: { time: 1ms (measured), spread: constant, workers: 4 (measured), queue: 64 (measured), startup: 1s (measured), memory: 64MiB (measured) }
        agents:
          - { group: web, host: A, profile: any, members: [ { name: site, port: 8080 } ] }
        stores:
          - { name: db, kind: server, host: A, port: 5432, profile: any, writes: true }

        """

    private static let started = """
        live:
          processes:
            site: { command: [ web, "--port", "${port:site}" ], ready-port: 8080, environment: { DB: "${address:A}:${port:db}" } }
            db: { command: [ db, -c, /fleet/conf/db.conf ], stage: 1, supervised: false }
          files:
            - { path: db.conf, mode: "0600", text: "dir ${disk:db} ${HOME} ${x:-y}" }
          clients:
            site: { http: /index, addresses: [ site, "A:8081", "10.0.0.1:80" ], expect: "200" }

        """

    private static let attached = """
        live:
          attach:
            site: { unit: nginx }
            db: { port: 5432, start: [ pg_ctl, start ], stop: [ pg_ctl, stop ] }
          clients:
            site: { tcp: true, addresses: [ site, db ] }

        """

    private func read(_ live: String) -> (Fleet?, [String]) {
        let (fleet, problems) = FleetReader.read(text: Self.start + live, file: "f.yaml")
        return (fleet, problems.map(\.description))
    }

    private func replacing(_ old: String, _ new: String, in text: String = Self.started) -> [String] {
        precondition(text.contains(old))
        return read(text.replacingOccurrences(old, new)).1
    }

    @Test("hubs, broker and policies are left out, and every part of `live` is read")
    func reads() throws {
        let (fleet, problems) = read(Self.started)
        #expect(problems == [])
        let live = try #require(fleet?.live)
        #expect(live.processes.map(\.name) == ["site", "db"])
        #expect(live.processes[0].readyPort == 8080)
        #expect(live.processes[0].environment == ["DB": "${address:A}:${port:db}"])
        #expect(live.processes.map(\.stage) == [0, 1])
        #expect(live.processes.map(\.isSupervised) == [true, false])
        #expect(live.files.map(\.mode) == [0o600])
        let client = try #require(live.clients.first)
        #expect(client.question == .http(path: "/index"))
        #expect(
            client.addresses == [.member("site"), .place(host: "A", port: 8081), .place(host: "10.0.0.1", port: 80)])
        #expect(fleet?.broker.servers.isEmpty == true)
        #expect(fleet?.policies.restart.delay == 2 * .second)
    }

    @Test("attached processes are found by one key each")
    func attached() throws {
        let (fleet, problems) = read(Self.attached)
        #expect(problems == [])
        let live = try #require(fleet?.live)
        #expect(live.isAttached)
        #expect(live.attachments.map(\.key) == [.unit("nginx"), .port(5432)])
        #expect(live.attachments[1].start == ["pg_ctl", "start"])
        #expect(live.covers("db") && !live.covers("other"))
    }

    @Test("a fleet without `live` still needs what our own agents need")
    func own() {
        #expect(
            read("").1.map { $0.components(separatedBy: ";")[0] } == [
                "f.yaml:1:1: error: no `hubs`", "f.yaml:1:1: error: no `broker`", "f.yaml:1:1: error: no `policies`",
            ])
    }

    @Test(
        "what is wrong is told with its place",
        arguments: [
            ("    db: { command", "    dbb: { command", "`live.processes` names no member: `dbb`; did you mean `db`?"),
            ("${port:db}", "${port:bd}", "a placeholder names no member: `bd`; did you mean `db`?"),
            ("${disk:db}", "${disk:X}", "a placeholder names no host or member: `X`"),
            ("path: db.conf", "path: /etc/db.conf", "`/etc/db.conf` is not below /fleet/conf"),
            ("path: db.conf", "path: a/../../db.conf", "`a/../../db.conf` is not below /fleet/conf"),
            ("\"0600\"", "\"0999\"", "`0999` is no file mode; write octal digits"),
            ("http: /index", "http: index", "`index` is no path"),
            ("http: /index", "http: /index, tcp: true", "the client of `site` asks 2 things"),
            ("\"A:8081\"", "\"A:80810\"", "`A:80810` is no address"),
            ("\"10.0.0.1:80\"", "siet", "`siet` is no address; did you mean `site`?"),
            ("    site: { http", "    db: { http", "`live.clients` names no agent: `db`"),
        ])
    func problems(old: String, new: String, expected: String) {
        let found = replacing(old, new)
        #expect(found.contains { $0.contains(expected) }, "\(found)")
        #expect(found.allSatisfy { $0.hasPrefix("f.yaml:") })
    }

    @Test(
        "an attached fleet is on this host, whole, and nothing of it is started",
        arguments: [
            ("unit: nginx }", "unit: nginx, port: 80 }", "`live.attach.site` finds its process by 2 keys"),
            ("    site: { unit: nginx }\n", "", "the client of `site` asks `site`, which is no process"),
            ("    db: { port: 5432, start: [ pg_ctl, start ], stop: [ pg_ctl, stop ] }\n", "", "`db` is not attached"),
            ("live:\n", "live:\n  processes: { db: { command: [ x ] } }\n", "started in part and attached in part"),
            ("live:\n", "live:\n  files: [ { path: x, text: y } ]\n", "`files` of an attached fleet"),
        ])
    func attachedProblems(old: String, new: String, expected: String) {
        let found = replacing(old, new, in: Self.attached)
        #expect(found.contains { $0.contains(expected) }, "\(found)")
    }

    // MARK: Hosts behind ssh

    private static let behind = """
        live:
          hosts:
            A: { ssh: chaos@db1, port: 2222, identity: ~/.ssh/chaos, known-hosts: /etc/hosts-of-db, gauntlet-host: /opt/gauntlet-host, sudo: true, address: 192.0.2.11, disk: /var/lib }
          attach:
            site: { unit: nginx }
            db: { port: 5432, start: [ pg_ctl, start ] }
          clients:
            site: { tcp: true, addresses: [ site, db ] }

        """

    @Test("a host behind ssh says how it is reached, and where nothing is said ssh's configuration decides")
    func machines() throws {
        let (fleet, problems) = read(Self.behind)
        #expect(problems == [])
        let machine = try #require(fleet?.live?.machine(of: "A"))
        #expect(machine.address == "192.0.2.11" && machine.disk == "/var/lib")
        #expect(
            machine.remote
                == LiveSettings.Remote(
                    destination: "chaos@db1", port: 2222, identity: "~/.ssh/chaos", knownHosts: "/etc/hosts-of-db",
                    program: "/opt/gauntlet-host", isRoot: true))
        let (plain, none) = read(
            Self.attached.replacingOccurrences("live:\n", "live:\n  hosts: { A: { ssh: 192.0.2.7 } }\n")
                .replacingOccurrences(", stop: [ pg_ctl, stop ]", ""))
        #expect(none == [])
        #expect(plain?.live?.address(of: "A") == "192.0.2.7")
        #expect(
            plain?.live?.machine(of: "A")?.remote
                == LiveSettings.Remote(
                    destination: "192.0.2.7", port: nil, identity: nil, knownHosts: nil, program: "gauntlet-host",
                    isRoot: false))
    }

    @Test(
        "what cannot be over ssh is told before a run",
        arguments: [
            ("    A: {", "    B: {", "`live.hosts` names no host: `B`"),
            ("chaos@db1", "-oProxyCommand=x@db1", "`-oProxyCommand=x@db1` is no machine for ssh"),
            ("chaos@db1", "\"chaos@db1:22\"", "`chaos@db1:22` is no machine for ssh"),
            ("~/.ssh/chaos", "keys/chaos", "`keys/chaos` depends on where Gauntlet is started"),
            ("/opt/gauntlet-host", "bin/gauntlet-host", "`bin/gauntlet-host` is no absolute path"),
            ("192.0.2.11", "db1", "`db1` is no IPv4 address"),
            ("disk: /var/lib", "disk: lib", "`lib` is no absolute path"),
            (", address: 192.0.2.11", "", "the client of `site` asks `A`, whose address nobody knows"),
            ("ssh: chaos@db1, ", "", "`port` without `ssh`"),
            ("start: [ pg_ctl, start ]", "start: [ x ], stop: [ y ]", "`stop` of `db`, which is behind ssh"),
        ])
    func machineProblems(old: String, new: String, expected: String) {
        let found = replacing(old, new, in: Self.behind)
        #expect(found.contains { $0.contains(expected) }, "\(found)")
    }

    @Test("a fleet that is started here has no hosts elsewhere, and one that is attached has one host here at most")
    func places() {
        let started = replacing("live:\n", "live:\n  hosts: { A: { ssh: x } }\n")
        #expect(started.contains { $0.contains("`live.hosts` of a fleet that is started here") }, "\(started)")
        let second =
            "  - { name: B, cores: 2 (promise), memory: 2GiB (promise), disk: 64MiB (promise), disk-used: 1% (promise) }\nprofiles:"
        let start = Self.start.replacingOccurrences("profiles:", second)
        #expect(read(whole: start + Self.behind) == [])
        let here = read(whole: start + Self.attached)
        #expect(here.contains { $0.contains("an attached fleet with 2 hosts that are this one: A, B") }, "\(here)")
    }

    @Test(
        "a fault that a host behind ssh cannot take is refused with the scenario",
        arguments: [
            ("kind: kill, target: { name: db }", nil), ("kind: disk-fill, target: { host: A }, fill-to: 90%", nil),
            ("kind: host-down, target: { host: A }", "`host-down` on A, which is behind ssh"),
            ("kind: clock, target: { host: A }, offset: 5s", "`clock` on A, which is behind ssh"),
            ("kind: memory, effect: stall, target: { name: db }", "`memory` on A, which is behind ssh"),
        ] as [(String, String?)])
    func remoteFaults(fault: String, expected: String?) {
        let scenario = """
            gauntlet: 1
            name: s
            summary: Something.
            fleet: f.yaml
            phases: { baseline: 1s, faults: 9s, recovery: 1s }
            workload: { requests: { rate: 2/s, timeout: 500ms } }
            faults: [ { id: f, \(fault), at: 1s, for: 2s } ]
            exercises: { nothing: "It is a test." }
            """
        let problems = PlanReader.read(scenario: scenario, file: "s.yaml") { _ in Self.start + Self.behind }.problems
            .map(\.description)
        if let expected {
            #expect(problems.contains { $0.contains(expected) }, "\(problems)")
        } else {
            #expect(problems == [])
        }
    }

    @Test("nobody may be left without a client")
    func unasked() {
        let live = Self.started.components(separatedBy: "  clients:")[0]
        let found = read(live).1
        #expect(found.contains { $0.contains("nobody asks the agent `site`") }, "\(found)")
    }

    @Test("messages need a broker")
    func messages() throws {
        let scenario = """
            gauntlet: 1
            name: s
            summary: Something.
            fleet: f.yaml
            phases: { baseline: 1s, faults: 1s, recovery: 1s }
            workload:
              requests: { rate: 2/s, timeout: 500ms }
              messages: { rate: 1/s, per: agent, stream: events }
            faults: []
            exercises: { nothing: "It is a test." }
            """
        let reading = PlanReader.read(scenario: scenario, file: "s.yaml") { _ in Self.start + Self.started }
        #expect(
            reading.problems.map(\.description) == [
                "s.yaml:8:13: error: messages in a fleet without a broker; leave `messages` out"
            ])
    }

    @Test("the examples of docs/bring-your-own.md read as they stand")
    func document() throws {
        let file = URL(filePath: #filePath).deletingLastPathComponent().appending(
            path: "../../docs/bring-your-own.md"
        ).standardized
        let parts = try String(contentsOf: file, encoding: .utf8).components(separatedBy: "```")
        let examples = parts.enumerated().filter { $0.offset % 2 == 1 && $0.element.hasPrefix("yaml\n") }.map {
            String($0.element.dropFirst(5))
        }
        try #require(examples.count == 3)
        let (fleet, problems) = FleetReader.read(text: examples[0], file: "doc.yaml")
        #expect(problems == [])
        #expect(fleet?.live?.processes.count == 2)
        // The others show a section only.
        let agents = "{ group: web, host: A, profile: any, members: [ { name: site, port: 8080 }, db ] }"
        let whole = Self.start.components(separatedBy: "agents:")[0] + "agents: [ \(agents) ]\n" + examples[1]
        #expect(read(whole: whole) == [])
        let remote = Self.start.components(separatedBy: "agents:")[0] + "agents: [ \(agents) ]\n" + examples[2]
        #expect(read(whole: remote) == [])
    }

    private func read(whole text: String) -> [String] {
        FleetReader.read(text: text, file: "f.yaml").1.map(\.description)
    }

    @Test("placeholders are filled, and other words in braces are left alone")
    func placeholders() {
        let text = Placeholder.fill("${disk:db} ${HOME} ${x:-y} ${port:db}:${port:none} ${") { placeholder in
            switch placeholder {
            case .disk("db"): "/d"
            case .port("db"): "1"
            default: nil
            }
        }
        #expect(text == "/d ${HOME} ${x:-y} 1:${port:none} ${")
    }
}
