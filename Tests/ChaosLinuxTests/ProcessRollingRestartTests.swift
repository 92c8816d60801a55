import ChaosLinux
import Foundation
import Testing

@Suite(.enabled(if: Privilege.isThere, Privilege.reason), .serialized) struct ProcessRollingRestartTests {
    private struct Server {
        var program: TestProcess
        var port: Int
        var group: String
    }

    private func server(starting: Bool = true) throws -> Server {
        let port = try TestServer.freePort()
        let command = TestServer.command(port: port)
        let program = try TestProcess(command)
        try #require(eventually { TestServer.owners(of: port) == [program.pid] })
        let list = String(decoding: try JSONEncoder().encode(starting ? command : ["true"]), as: UTF8.self)
        return Server(
            program: program, port: port,
            group: #"{"port":\#(port),"start":{"command":\#(list)},"check":{"port":\#(port)}}"#)
    }

    private func end(_ servers: [Server]) {
        for server in servers { for pid in TestServer.owners(of: server.port) { kill(pid, SIGKILL) } }
    }

    @Test func groupsAreRestartedInOrderEachWhenTheLastIsHealthy() throws {
        let servers = try [server(), server()]
        defer { end(servers) }
        let host = try HostProcess(lease: "10s")
        let reply = try host.inject(
            #""id":"r1","kind":"rolling-restart","gate":"200ms","gate-limit":"5s","groups":[\#(servers[0].group),\#(servers[1].group)]"#
        )
        #expect(reply.ok == true, "\(reply.error?.message ?? "")")
        #expect(servers[1].program.process.isRunning)
        var said: [String] = []
        for _ in 0..<4 { said.append(try host.event("noted").evidence ?? "") }
        #expect(said.map { $0.hasSuffix("is healthy") } == [false, true, false, true], "\(said)")
        #expect(said.map { $0.hasPrefix("group 1 of 2") } == [true, true, false, false], "\(said)")
        #expect(try host.event("ended").evidence == "all 2 groups restarted and healthy")
        for server in servers {
            #expect(TestServer.owners(of: server.port).count == 1)
            #expect(TestServer.owners(of: server.port) != [server.program.pid])
        }
        #expect(try host.revert("r1").clean == true)
    }

    @Test func aFailedGateEndsItBeforeTheNextGroup() throws {
        let servers = try [server(starting: false), server()]
        defer { end(servers) }
        let host = try HostProcess(lease: "10s")
        let reply = try host.inject(
            #""id":"r1","kind":"rolling-restart","gate":"100ms","gate-limit":"500ms","groups":[\#(servers[0].group),\#(servers[1].group)]"#
        )
        #expect(reply.ok == true, "\(reply.error?.message ?? "")")
        let text = try host.event("ended").evidence ?? ""
        #expect(text.contains("group 1 of 2"), "\(text)")
        #expect(text.contains("nobody listens on port \(servers[0].port)"), "\(text)")
        #expect(servers[1].program.process.isRunning)
    }

    @Test func aCommandCanBeTheCheck() throws {
        let server = try server()
        defer { end([server]) }
        let host = try HostProcess(lease: "10s")
        let group = server.group.replacingOccurrences(
            of: #""check":{"port":\#(server.port)}"#, with: #""check":{"command":["false"]}"#)
        let reply = try host.inject(
            #""id":"r1","kind":"rolling-restart","gate":"100ms","gate-limit":"400ms","groups":[\#(group)]"#)
        #expect(reply.ok == true, "\(reply.error?.message ?? "")")
        let text = try host.event("ended").evidence ?? ""
        #expect(text.contains("exit code 1"), "\(text)")
    }

    @Test func aCheckIsOneOfPortAndCommand() throws {
        let server = try server()
        defer { end([server]) }
        let host = try HostProcess()
        try expectRefusal(
            host,
            #""id":"r1","kind":"rolling-restart","check":{},"groups":[{"port":\#(server.port)}],"supervised":true"#,
            "malformed", "`check` has one of")
        try expectRefusal(
            host, #""id":"r1","kind":"rolling-restart","groups":[]"#, "malformed", "groups")
        #expect(server.program.process.isRunning)
    }
}
