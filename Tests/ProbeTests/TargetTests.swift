import ChaosHTTP
import ChaosPlan
import Foundation
import NIOCore
import Synchronization
import Testing
import gauntlet_probe

@Suite("Targets of every kind")
struct TargetTests {
    private func local(_ port: Int) -> Endpoint { Endpoint(address: "127.0.0.1", port: port) }

    @Test("HTTP: 200 unless another status or a text is expected")
    func http() async throws {
        let rig = ProbeRig()
        let server = try rig.serve { request, responder in
            responder.respond(HTTPResponse(status: request.path == "/404" ? 404 : 200, text: "all is well"))
        }
        defer { server.close() }
        for (path, expect, isOK) in [
            ("/", nil, true), ("/404", nil, false), ("/404", "404", true), ("/", "404", false), ("/", "is well", true),
            ("/", "is ill", false), ("/404", "well", false),
        ] as [(String, String?, Bool)] {
            let target = ProbeTarget.http(path: path, expect: HTTPExpectation(expect))
            #expect(try await rig.ask(target, [local(server.port)]) == [isOK], "\(path) \(expect ?? "-")")
        }
    }

    @Test("TCP: that somebody listens")
    func tcp() async throws {
        let rig = ProbeRig()
        let server = try rig.serve { _, _ in }
        let port = server.port
        #expect(try await rig.ask(.tcp, [local(port)]) == [true])
        server.close()
        // Another test may be starting a program, which shares the port until it runs.
        while try await rig.ask(.tcp, [local(port)]) != [false] {}
    }

    @Test("A command: its exit code, within its time; a program that does not end is ended")
    func command() async throws {
        let rig = ProbeRig()
        #expect(try await rig.ask(.command(["true"]), []) == [true])
        #expect(try await rig.ask(.command(["/bin/false"]), []) == [false])
        #expect(try await rig.ask(.command(["no-such-program"]), []) == [false])
        let mark = "86399.\(getpid())"
        #expect(try await rig.ask(.command(["sh", "-c", "sleep \(mark); true"]), [], timeout: 300_000_000) == [false])
        // Nor does what it started go on.
        while try running("sleep \(mark)") { try await Task.sleep(for: .milliseconds(5)) }
    }

    private func running(_ command: String) throws -> Bool {
        try FileManager.default.contentsOfDirectory(atPath: "/proc").contains { entry in
            guard Int(entry) != nil, let data = FileManager.default.contents(atPath: "/proc/\(entry)/cmdline") else {
                return false
            }
            return data.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }.joined(separator: " ")
                == command
        }
    }

    @Test("Of several addresses the next is tried after a failure, and kept while it works")
    func addresses() async throws {
        let rig = ProbeRig()
        let asked = Mutex(0)
        let server = try rig.serve { _, responder in
            asked.withLock { $0 += 1 }
            responder.respond(HTTPResponse())
        }
        defer { server.close() }
        let refusing = try ProbeRig.freePort()
        let target = ProbeTarget.http(path: "/", expect: HTTPExpectation(nil))
        let outcomes = try await rig.ask(target, [local(refusing), local(server.port)], times: 4)
        #expect(outcomes == [false, true, true, true])
        #expect(asked.withLock { $0 } == 3)
    }

    @Test("A target is read from its text, or refused with what is wrong")
    func parsing() throws {
        let redis = RedisCommand(words: ["PING"])
        let http = try ProbeTarget.parse("http://10.0.0.1:80/a?b=c", expect: nil, redis: redis)
        #expect(http.target == .http(path: "/a?b=c", expect: .status(200)))
        #expect(http.addresses == [Endpoint(address: "10.0.0.1", port: 80)])
        #expect(try ProbeTarget.parse("tcp://10.0.0.1:22", expect: nil, redis: redis).target == .tcp)
        #expect(
            try ProbeTarget.parse("redis://10.0.0.1:22", expect: "PONG", redis: redis).target
                == .redis(RedisCommand(words: ["PING"], expect: "PONG")))
        let nats = try ProbeTarget.parse("nats://10.0.0.1:4222/a.b", expect: "x", redis: redis)
        #expect(nats.target == NATSRequest(subject: "a.b", expect: "x").map { .nats($0) })
        #expect(try ProbeTarget.parse("command:a b", expect: nil, redis: redis).target == .command(["a", "b"]))
        for (text, word) in [
            ("http://name:80/", "IPv4"), ("http://10.0.0.1/", "ADDRESS:PORT"), ("htp://10.0.0.1:80", "unknown kind"),
            ("nats://10.0.0.1:4222", "no subject"), ("command:", "no program"), ("10.0.0.1:80", "no target"),
            ("http://10.0.0.1:80/a b", "no path"),
        ] {
            let error = #expect(throws: TargetError.self) {
                _ = try ProbeTarget.parse(text, expect: nil, redis: redis)
            }
            #expect(error?.message.contains(word) == true, "\(text): \(error?.message ?? "")")
        }
        #expect(Timeout.parse("500ms") == 500_000_000)
        #expect(Timeout.parse("1.5s") == 1_500_000_000)
        for text in ["", "5", "-1s", "0ms", "ms", "9999999s", "nans"] { #expect(Timeout.parse(text) == nil, "\(text)") }
    }

    @Test("A plan is read whole, or refused with the client that is wrong")
    func plans() throws {
        let good = """
            {"startNs": 5, "clients": [
            {"subject": 3, "kind": "http", "address": "10.0.0.1", "port": 80, "addresses": ["10.0.0.2:81"], "path": "/x",
             "intervalNs": 10, "phaseNs": 4, "timeoutNs": 7, "expect": "204"},
            {"subject": 4, "kind": "command", "command": ["true"], "intervalNs": 10, "timeoutNs": 7}]}
            """
        let plan = try ProbePlan.read(json: Data(good.utf8))
        #expect(plan.startNs == 5)
        #expect(plan.stopNs == nil)
        let client = try #require(plan.clients.first)
        #expect(client.target == .http(path: "/x", expect: .status(204)))
        #expect(client.addresses.map(\.text) == ["10.0.0.1:80", "10.0.0.2:81"])
        #expect((0..<3).map { client.schedule[$0] } == [4, 14, 24])
        for (bad, word) in [
            (#""kind":"http","intervalNs":1,"timeoutNs":1"#, "needs address"),
            (#""kind":"tcp","addresses":["a:1"],"intervalNs":1,"timeoutNs":1"#, "`a:1`"),
            (#""kind":"tcp","addresses":["10.0.0.1:1"],"intervalNs":0,"timeoutNs":1"#, "intervalNs"),
            (#""kind":"command","intervalNs":1,"timeoutNs":1"#, "needs a command"),
            (#""kind":"nats","natsSubject":"a.*","intervalNs":1,"timeoutNs":1"#, "natsSubject"),
            (#""kind":"smtp","intervalNs":1,"timeoutNs":1"#, "unknown kind"),
        ] {
            let text = #"{"startNs":0,"clients":[{"subject":9,\#(bad)}]}"#
            let error = #expect(throws: TargetError.self) { _ = try ProbePlan.read(json: Data(text.utf8)) }
            #expect(error?.message.hasPrefix("client 9: ") == true && error?.message.contains(word) == true, "\(bad)")
        }
        #expect(throws: TargetError.self) { _ = try ProbePlan.read(json: Data("[]".utf8)) }
        #expect(throws: TargetError.self) { _ = try ProbePlan.read("/no/such/plan") }
    }
}
