import ChaosFleet
import ChaosLinux
import ChaosLive
import ChaosPlan
import Foundation
import Testing

/// An executor at the far end of an ssh session, against a real sshd on loopback.
@Suite(.serialized, .enabled(if: TestSSHD.missing == nil, TestSSHD.reason), .timeLimit(.minutes(5)))
struct SSHTests {
    private func pause(_ echo: Echo, by session: HostSession) throws {
        let fault: JSONValue = ["id": "hold", "kind": "pause", "processes": ["pid": .number(Int64(echo.pid))]]
        let reply = try session.ask(["op": "inject", "fault": fault])
        #expect(reply.effective == true && reply.evidence?.isEmpty == false, "\(reply)")
        #expect(!echo.answers(within: 0.3))
    }

    @Test("a fault is put in force over ssh, proven, and taken back")
    func fault() async throws {
        let sshd = try await TestSSHD()
        let echo = try Echo()
        let session = try sshd.executor(sshd.machine())
        #expect(session.capabilities["pause"]?.isEmpty == false)
        #expect(echo.answers(within: 30))
        try pause(echo, by: session)
        #expect(sshd.debts.count == 1)
        let reply = try session.ask(["op": "revert", "fault": "hold"])
        #expect(reply.clean == true)
        #expect(echo.heard(within: 30))
        // How busy that machine is, as the watch asks.
        let load = try #require(try session.ask(["op": "load", "path": "/"]).load)
        #expect(load.totalTicks >= load.busyTicks && load.memory > 0 && load.memoryTotal > load.memory)
        #expect((0...1_000_000).contains(load.diskPpm ?? -1))
        session.finish()
        #expect(sshd.debts == [])
    }

    @Test("when the ssh client is killed, the fault is taken back")
    func killed() async throws {
        let sshd = try await TestSSHD()
        let echo = try Echo()
        let session = try sshd.executor(sshd.machine())
        try pause(echo, by: session)
        let start = Date()
        kill(session.pid, SIGKILL)
        #expect(echo.heard(within: 60))
        print("after SIGKILL of ssh the fault was gone in \(Int(Date().timeIntervalSince(start) * 1000)) ms")
        #expect(LiveRig.eventually { sshd.debts.isEmpty })
        session.finish()
    }

    @Test("when the ssh client hangs, the fault lasts as long as its lease")
    func hung() async throws {
        let sshd = try await TestSSHD()
        let echo = try Echo()
        let session = try sshd.executor(sshd.machine())
        try pause(echo, by: session)
        let start = Date()
        kill(session.pid, SIGSTOP)
        defer { kill(session.pid, SIGKILL) }
        #expect(echo.heard(within: 60))
        let lasted = Date().timeIntervalSince(start)
        print("with ssh stopped the fault was gone in \(Int(lasted * 1000)) ms")
        // A renewal every quarter of a lease: not before three quarters of it are over.
        #expect(lasted > Double(HostSession.lease(isRemote: true)) / 1e9 / 2)
        #expect(LiveRig.eventually { sshd.debts.isEmpty })
    }

    @Test("what keeps an executor from answering is one sentence that says what would help")
    func refusals() async throws {
        let sshd = try await TestSSHD()
        let unused = try Servers.freePort()
        let cases: [(LiveSettings.Remote, String)] = [
            (sshd.machine(knownHosts: "known-wrong"), "its host key is another than \(sshd.path("known-wrong")) has"),
            (sshd.machine(knownHosts: "known-none"), "its host key is not in \(sshd.path("known-none"))"),
            (sshd.machine(identity: "other"), "its sshd does not take the key \(sshd.path("other"))"),
            (sshd.machine(program: "/nowhere/gauntlet-host"), "there is no /nowhere/gauntlet-host to run there"),
            (sshd.machine(program: "gauntlet-nowhere"), "there is no gauntlet-nowhere to run there"),
            (sshd.machine(port: unused), "no connection"),
        ]
        for (remote, expected) in cases {
            let error = #expect(throws: LiveError.self) { _ = try sshd.executor(remote) }
            let message = error?.message ?? ""
            #expect(message.contains(expected), "\(message)")
            #expect(message.hasPrefix("far (ssh \(remote.destination), port \(remote.port ?? 0)): "), "\(message)")
            #expect(!message.contains("\n"))
        }
    }
}

@Suite struct SSHCommandTests {
    private let remote = LiveSettings.Remote(
        destination: "chaos@db1", port: 2222, identity: "~/.ssh/a key", knownHosts: "/etc/known%h",
        program: "/opt/it's",
        isRoot: true)

    @Test("the host's key is always checked, nobody is asked, and words of the far end's shell are quoted")
    func words() {
        let words = SSHCommand.words(remote, state: ["--state", "/tmp/s"])
        #expect(words.first == "ssh")
        for option in [
            "StrictHostKeyChecking=yes", "BatchMode=yes", "ForwardAgent=no", "Port=2222", "IdentitiesOnly=yes",
        ] {
            #expect(words.contains(option), "\(option)")
        }
        #expect(words.contains("IdentityFile=\"~/.ssh/a key\""))
        #expect(words.contains("UserKnownHostsFile=\"/etc/known%%h\""))
        #expect(
            words.suffix(3) == [
                "--", "chaos@db1",
                "exec sudo -n -- '/opt/it'\\''s' 'serve' '--state' '/tmp/s' --ssh-connection \"$SSH_CONNECTION\"",
            ])
    }

    @Test("sudo that asks for a password is told as such")
    func sudo() {
        let error = SSHCommand.failure(host: "db1", remote, code: 1, errors: "sudo: a password is required\n")
        #expect(error.message.contains("sudo does not run /opt/it's without a password there"))
        #expect(error.isMissing)
    }

    @Test(
        "faults of links and disks of a host behind ssh go by the addresses and paths that the fleet file names",
        arguments: [
            (
                "kind: partition, between: [ Here, Far ]", 1,
                #"{"direction":"both","kind":"partition","mode":"drop","peers":["192.0.2.1"]}"#
            ),
            ("kind: disk-fill, target: { host: Far }, fill-to: 90%", 1, #""kind":"disk-fill","path":"/srv/data"}"#),
            ("kind: kill, target: { name: far-server }", 1, #""start":{"command":["serve","--far"]}}"#),
            ("kind: pause, target: { name: server }", 0, #"{"kind":"pause","processes":{"port":81}}"#),
        ])
    func translation(fault: String, host: Int, expected: String) throws {
        let fleet = """
            gauntlet-fleet: 1
            name: two
            local-delay: 100us (promise)
            hosts:
              - { name: Here, cores: 2 (promise), memory: 2GiB (promise), disk: 64MiB (promise), disk-used: 1% (promise) }
              - { name: Far, cores: 2 (promise), memory: 2GiB (promise), disk: 64MiB (promise), disk-used: 1% (promise) }
            links: [ { between: [ Here, Far ], delay: 1ms (measured), jitter: 0ms (measured), bandwidth: 0B/s (measured) } ]
            profiles:
              any: { time: 1ms (measured), spread: constant, workers: 4 (measured), queue: 64 (measured), startup: 1s (measured), memory: 64MiB (measured) }
            agents:
              - { group: near, host: Here, profile: any, members: [ server ] }
              - { group: far, host: Far, profile: any, members: [ far-server ] }
            live:
              hosts: { Here: { address: 192.0.2.1 }, Far: { ssh: x@192.0.2.2, disk: /srv/data } }
              attach:
                server: { port: 81 }
                far-server: { port: 82, start: [ serve, "--far" ] }
              clients: { server: { tcp: true }, far-server: { tcp: true } }
            """
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
        let reading = PlanReader.read(scenario: scenario, file: "s.yaml") { _ in fleet }
        let plan = try #require(reading.plan, "\(reading.problems)")
        let translation = FaultTranslation(layout: FleetLayout(plan.fleet), capabilities: [:])
        let requests = try translation.requests(for: Schedule.draw(plan, seed: 1).instances[0], leader: nil).requests
        #expect(requests.map(\.host) == [host])
        #expect(requests[0].fault.line.contains(expected), "\(requests[0].fault.line)")
        let places = ForeignPlaces(FleetLayout(plan.fleet))
        #expect(places.endpoint(.member("far-server")) == "192.0.2.2:82")
        #expect(places.endpoint(.member("server")) == "192.0.2.1:81")
    }
}
