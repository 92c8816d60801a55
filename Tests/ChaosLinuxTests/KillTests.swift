import ChaosLinux
import Foundation
import Testing

@Suite(.enabled(if: Privilege.isThere, Privilege.reason), .serialized) struct KillTests {
    /// A supervisor of one server, and the server's port.
    private func supervised() throws -> (supervisor: TestProcess, port: Int) {
        let port = try TestServer.freePort()
        let supervisor = try TestProcess(
            [python, "-c", "import subprocess, sys\nwhile True: subprocess.run(sys.argv[1:])"]
                + TestServer.command(port: port))
        try #require(eventually { TestServer.owners(of: port).count == 1 })
        return (supervisor, port)
    }

    private func end(_ supervisor: TestProcess, _ port: Int) {
        supervisor.end()
        end(port)
    }

    @Test func whoeverComesBackIsKilledAgainUntilTheRevert() throws {
        let (supervisor, port) = try supervised()
        defer { end(supervisor, port) }
        let first = TestServer.owners(of: port)
        let host = try HostProcess()
        let reply = try host.inject(
            #""id":"k1","kind":"kill","supervised":true,"processes":{"port":\#(port)}"#)
        #expect(reply.ok == true, "\(reply.error?.message ?? "")")
        #expect(reply.targets == first.map { "process \($0)" })
        #expect(reply.evidence?.contains("1 of 1 processes gone") == true)
        #expect(try host.event("noted").evidence?.contains("killed again") == true)
        #expect(try host.event("noted").evidence?.contains("killed again") == true)
        #expect(supervisor.process.isRunning)
        #expect(try host.revert("k1").clean == true)
        // One that was killed at the last moment may still show.
        var last: [Int32] = []
        #expect(
            eventually {
                last = TestServer.owners(of: port)
                usleep(200_000)
                return last.count == 1 && TestServer.owners(of: port) == last
            })
        #expect(last != first)
    }

    @Test func withoutAgainItMayComeBack() throws {
        let (supervisor, port) = try supervised()
        defer { end(supervisor, port) }
        let host = try HostProcess()
        let reply = try host.inject(
            #""id":"k1","kind":"kill","again":false,"supervised":true,"processes":{"port":\#(port)}"#)
        #expect(reply.ok == true, "\(reply.error?.message ?? "")")
        #expect(eventually { TestServer.owners(of: port).count == 1 })
        let held = try host.ask(#""op":"status""#).held
        #expect(held?.first?.effective == false)
        #expect(held?.first?.evidence.contains("back: process") == true)
    }

    /// A server that nobody supervises, and the fault that kills it and knows how to start it.
    private func unsupervised(kind: String) throws -> (server: TestProcess, port: Int, command: [String], fault: String)
    {
        let port = try TestServer.freePort()
        let command = TestServer.command(port: port)
        let server = try TestProcess(command)
        try #require(eventually { TestServer.owners(of: port) == [server.pid] })
        let list = String(decoding: try JSONEncoder().encode(command), as: UTF8.self)
        let fault =
            #""id":"k1","kind":"\#(kind)","processes":{"port":\#(port)},"start":{"command":\#(list),"directory":"/tmp"}"#
        return (server, port, command, fault)
    }

    private func end(_ port: Int) {
        for pid in TestServer.owners(of: port) { kill(pid, SIGKILL) }
    }

    @Test func whatNobodySupervisesIsStartedOnceByTheRevert() throws {
        let (server, port, command, fault) = try unsupervised(kind: "kill")
        defer { end(port) }
        let host = try HostProcess()
        #expect(try host.inject(fault).ok == true)
        #expect(eventually { !server.process.isRunning })
        usleep(150_000)
        #expect(TestServer.owners(of: port) == [])
        #expect(try host.revert("k1").clean == true)
        #expect(eventually { TestServer.owners(of: port).count == 1 })
        #expect(TestServer.copies(command).count == 1)
        // It must live on without the executor, and without its privileges.
        let pid = try #require(TestServer.owners(of: port).first)
        #expect(try String(contentsOfFile: "/proc/\(pid)/oom_score_adj", encoding: .utf8) == "0\n")
        host.closeInput()
        #expect(try host.ended() == 0)
        #expect(TestServer.owners(of: port) == [pid])
        #expect(ProcessStatus.of(pid)?.parent != host.process.processIdentifier)
    }

    @Test func whatNobodySupervisesIsStartedOnceWhenTheExecutorDies() throws {
        let (server, port, command, fault) = try unsupervised(kind: "kill")
        defer { end(port) }
        let host = try HostProcess()
        #expect(try host.inject(fault).ok == true)
        #expect(eventually { !server.process.isRunning })
        host.crash()
        #expect(eventually { TestServer.owners(of: port).count == 1 && host.records.isEmpty })
        #expect(TestServer.copies(command).count == 1)
    }

    @Test func aRestartIsOverAtOnce() throws {
        let (server, port, command, fault) = try unsupervised(kind: "restart")
        defer { end(port) }
        let host = try HostProcess()
        let reply = try host.inject(fault)
        #expect(reply.ok == true, "\(reply.error?.message ?? "")")
        #expect(reply.effective == true)
        #expect(eventually { TestServer.owners(of: port).count == 1 })
        #expect(TestServer.owners(of: port) != [server.pid])
        let pid = TestServer.owners(of: port)
        #expect(try host.revert("k1").clean == true)
        usleep(100_000)
        #expect(TestServer.owners(of: port) == pid)
        #expect(TestServer.copies(command).count == 1)
    }

    @Test func aPoliteSignalIsNotTakenForADeath() throws {
        let deaf = try TestProcess(["sh", "-c", "trap '' TERM; while :; do sleep 0.05; done"])
        usleep(100_000)
        let host = try HostProcess()
        let reply = try host.inject(
            #""id":"k1","kind":"kill","signal":"TERM","allow-irreversible":true,"processes":{"pid":\#(deaf.pid)}"#)
        #expect(reply.ok == true, "\(reply.error?.message ?? "")")
        #expect(reply.effective == false)
        #expect(deaf.process.isRunning)
    }

    @Test func severalKeysIntersect() throws {
        let one = try Counter()
        let other = try Counter()
        let host = try HostProcess()
        let reply = try host.inject(
            #""id":"k1","kind":"kill","allow-irreversible":true,"processes":{"command":"*python3 -c *","pid":\#(one.pid)}"#
        )
        #expect(reply.targets == ["process \(one.pid)"], "\(reply.error?.message ?? "")")
        #expect(eventually { !one.program.process.isRunning })
        #expect(other.isCounting)
        try expectRefusal(
            host,
            #""id":"k2","kind":"kill","allow-irreversible":true,"processes":{"command":"ruby *","pid":\#(other.pid)}"#,
            "missing", "no process matches")
    }

    @Test func whatCannotBeTakenBackMustBeAllowed() throws {
        let counter = try Counter()
        let host = try HostProcess()
        let target = #""processes":{"pid":\#(counter.pid)}"#
        try expectRefusal(host, #""id":"k1","kind":"kill",\#(target)"#, "malformed", "allow-irreversible: true")
        try expectRefusal(host, #""id":"k1","kind":"restart",\#(target)"#, "malformed", "allow-irreversible: true")
        try expectRefusal(
            host, #""id":"k1","kind":"kill",\#(target),"start":{"command":["/no/such/program"]}"#, "missing",
            "no program `/no/such/program`")
        try expectRefusal(
            host, #""id":"k1","kind":"kill",\#(target),"start":{"command":["true"],"directory":"/no/such"}"#, "missing",
            "no directory /no/such")
        #expect(counter.isCounting)
    }

    @Test func aProtectedMatchRefusesTheWholeFault() throws {
        let counter = try Counter()
        let directory = try TemporaryDirectory()
        let path = directory.path + "/pid"
        try "\(getpid())\n".write(toFile: path, atomically: true, encoding: .utf8)
        let host = try HostProcess()
        try expectRefusal(
            host, #""id":"k1","kind":"kill","allow-irreversible":true,"processes":{"pid-file":"\#(path)"}"#,
            "protected",
            "ancestor")
        try expectRefusal(
            host, #""id":"k1","kind":"kill","allow-irreversible":true,"processes":{"command":"*"}"#, "protected",
            "pid 1")
        #expect(counter.isCounting)
    }

    @Test func aStalePidFileHitsNobody() throws {
        let counter = try Counter()
        let directory = try TemporaryDirectory()
        let path = directory.path + "/pid"
        try "\(counter.pid)\n".write(toFile: path, atomically: true, encoding: .utf8)
        try Shell.must("touch", "-d", "1 hour ago", path)
        let host = try HostProcess()
        let fault = #""id":"k1","kind":"kill","allow-irreversible":true,"processes":{"pid-file":"\#(path)"}"#
        try expectRefusal(host, fault, "missing", "stale")
        #expect(counter.isCounting)
        try Shell.must("touch", path)
        #expect(try host.inject(fault).ok == true)
        #expect(eventually { !counter.program.process.isRunning })
    }
}
