import ChaosNATS
import Foundation
import Testing

@Suite(.enabled(if: TestServer.isInstalled, "nats-server is not installed"), .timeLimit(.minutes(5)))
struct PublishTests {
    @Test("a message is acknowledged with its place in the stream, and reads back with payload and headers")
    func acknowledged() throws {
        let server = try TestServer.single()
        let connection = try NATSConnection(NATSOptions(servers: [server.address], name: "test"))
        defer { connection.close() }
        let jetStream = try JetStream(connection)
        try jetStream.ensureStream(StreamConfiguration(name: "events", subjects: ["events.*"]))
        let outcomes = Collected<PublishOutcome>()
        for counter in 0..<100 {
            connection.publish(Array("message \(counter)".utf8), to: "events.A", messageID: "A-\(counter)") {
                outcomes.add($0)
            }
        }
        #expect(outcomes.wait { $0.count == 100 })
        let acknowledgements = try outcomes.all.map { try $0.get() }
        #expect(acknowledgements.map(\.sequence) == Array(1...100))
        #expect(acknowledgements.allSatisfy { $0.stream == "events" && !$0.isDuplicate })
        var read: [StoredMessage] = []
        #expect(try jetStream.read("events") { read.append($0) } == 100)
        #expect(read.map(\.sequence) == Array(1...100))
        #expect(read.map { String(decoding: $0.message.payload, as: UTF8.self) } == (0..<100).map { "message \($0)" })
        #expect(read.map { $0.message.headers["Nats-Msg-Id"] } == (0..<100).map { "A-\($0)" })
        #expect(read.allSatisfy { $0.message.subject == "events.A" })
        let info = try jetStream.streamInfo("events")
        #expect(info.messages == 100 && info.lastSequence == 100 && info.subjects == ["events.*"])
        #expect(try jetStream.streams() == ["events"])
    }

    @Test("a message id is stored once, and the second acknowledgement says so")
    func deduplicated() throws {
        let server = try TestServer.single()
        let connection = try NATSConnection(NATSOptions(servers: [server.address], name: "test"))
        defer { connection.close() }
        let jetStream = try JetStream(connection)
        try jetStream.ensureStream(StreamConfiguration(name: "events", subjects: ["events.*"]))
        let outcomes = Collected<PublishOutcome>()
        for _ in 0..<2 { connection.publish([1], to: "events.A", messageID: "A-0") { outcomes.add($0) } }
        #expect(outcomes.wait { $0.count == 2 })
        let acknowledgements = try outcomes.all.map { try $0.get() }
        #expect(acknowledgements.map(\.isDuplicate) == [false, true])
        #expect(acknowledgements.map(\.sequence) == [1, 1])
        #expect(try jetStream.streamInfo("events").messages == 1)
    }

    @Test("without a stream a message is refused, at once")
    func noResponders() throws {
        let server = try TestServer.single()
        let connection = try NATSConnection(NATSOptions(servers: [server.address], name: "test"))
        defer { connection.close() }
        let outcomes = Collected<PublishOutcome>()
        connection.publish([1], to: "nowhere.A", timeout: 50_000) { outcomes.add($0) }
        #expect(outcomes.wait(seconds: 40) { $0.count == 1 })
        guard case .failure(let failure)? = outcomes.all.first else {
            Issue.record("acknowledged by nobody")
            return
        }
        #expect(failure.kind == .refused)
    }

    @Test("a server that says nothing leaves the outcome open, and a killed one too; both are told by events")
    func indeterminate() throws {
        let server = try TestServer.single()
        let events = Collected<NATSEvent>()
        let connection = try NATSConnection(NATSOptions(servers: [server.address], name: "test")) { events.add($0) }
        defer { connection.close() }
        try JetStream(connection).ensureStream(StreamConfiguration(name: "events", subjects: ["events.*"]))
        server.signal(SIGSTOP)
        let outcomes = Collected<PublishOutcome>()
        connection.publish([1], to: "events.A", timeout: 300) { outcomes.add($0) }
        #expect(outcomes.wait { $0.count == 1 })
        connection.publish([2], to: "events.A", timeout: 60_000) { outcomes.add($0) }
        server.kill()
        #expect(outcomes.wait { $0.count == 2 })
        for outcome in outcomes.all {
            guard case .failure(let failure) = outcome else {
                Issue.record("acknowledged by a server that could not")
                continue
            }
            #expect(failure.kind == .indeterminate, "\(failure)")
        }
        #expect(events.wait { $0.last == .closed })
        guard events.all.count == 3, case .disconnected(server.address, _) = events.all[1] else {
            Issue.record("\(events.all)")
            return
        }
        #expect(events.all[0] == .connected(server.address))
        connection.publish([3], to: "events.A") { outcomes.add($0) }
        guard case .failure(let failure)? = outcomes.all.last else { return }
        #expect(failure.kind == .refused)
    }

    @Test("a connection that may reconnect comes back to the same server after its restart")
    func reconnects() throws {
        let server = try TestServer.single()
        let events = Collected<NATSEvent>()
        let connection = try NATSConnection(
            NATSOptions(servers: [server.address], name: "test", reconnectWait: 100)
        ) { events.add($0) }
        defer { connection.close() }
        server.kill()
        #expect(events.wait { $0.count == 2 })
        try server.start()
        #expect(events.wait { $0.last == .reconnected(server.address) })
        #expect(connection.server == server.address)
    }

    @Test("a wrong password is one clear error without the password in it, and so is an absent server")
    func wrongPassword() throws {
        let server = try TestServer.single(
            extra: "authorization { users: [ { user: agent, password: \"right-password\" } ] }")
        do throws(NATSFailure) {
            _ = try NATSConnection(
                NATSOptions(servers: [server.address], name: "test", user: "agent", password: "wrong-password"))
            Issue.record("accepted")
        } catch {
            #expect(error.kind == .unauthorized)
            #expect(error.text.contains(server.address) && error.text.contains("agent"))
            #expect(!error.text.contains("wrong-password"))
        }
        _ = try NATSConnection(
            NATSOptions(servers: [server.address], name: "test", user: "agent", password: "right-password"))
        let port = TestServer.freePort()
        do throws(NATSFailure) {
            _ = try NATSConnection(NATSOptions(servers: ["127.0.0.1:\(port)"], name: "test"))
            Issue.record("connected to nobody")
        } catch { #expect(error.kind == .unreachable) }
    }

    @Test("a request is answered by whoever answers its subject, and refused when nobody does")
    func requestReply() throws {
        let server = try TestServer.single()
        let asking = try NATSConnection(NATSOptions(servers: [server.address], name: "asking"))
        let answering = try NATSConnection(NATSOptions(servers: [server.address], name: "answering"))
        defer {
            asking.close()
            answering.close()
        }
        #expect(throws: NATSFailure.self) { try asking.request([1], to: "double", timeout: 20_000) }
        let responder = try NATSResponder(answering, subject: "double") { $0.payload + $0.payload }
        try answering.flush(timeout: 5000)
        #expect(try asking.request([1, 2], to: "double", timeout: 20_000).payload == [1, 2, 1, 2])
        responder.stop()
    }

    @Test("the answer to a publish is read as the server writes it")
    func answers() {
        func outcome(_ text: String) -> PublishOutcome { PublishAnswer.outcome(Array(text.utf8)) }
        #expect(
            outcome(#"{"stream":"s","domain":"d","seq":7,"duplicate":true}"#)
                == .success(PublishAcknowledgement(stream: "s", sequence: 7, isDuplicate: true, domain: "d")))
        #expect(
            outcome(#"{"error":{"code":503,"err_code":10077,"description":"no space"},"stream":"s","seq":0}"#)
                == .failure(NATSFailure(.refused, code: 10077, "the stream refuses it: no space")))
        for text in ["", "+OK", "{}", #"{"stream":"s","seq":0}"#] {
            guard case .failure(let failure) = outcome(text) else {
                Issue.record("\(text) taken for an acknowledgement")
                continue
            }
            #expect(failure.kind == .indeterminate)
        }
    }
}
