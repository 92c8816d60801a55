import ChaosHTTP
import Foundation
import NIOCore
import Testing
import gauntlet_probe

@Suite("NATS as a target")
struct NATSTests {
    @Test("What a server sends is read whole, or not at all")
    func lines() throws {
        for (text, line) in [
            ("INFO {\"a\": 1}\r\n", .info), ("PING\r\n", .ping), ("PONG\r\n", .pong), ("+OK\r\n", .ok),
            ("-ERR 'Authorization Violation'\r\n", .error("-ERR 'Authorization Violation'")),
            ("MSG a.b 1 3\r\nx\r\n\r\n", .message(subject: "a.b", payload: Array("x\r\n".utf8), hasNoResponder: false)),
            ("MSG a.b 1 reply 0\r\n\r\n", .message(subject: "a.b", payload: [], hasNoResponder: false)),
            ("HMSG a 1 16 16\r\nNATS/1.0 503\r\n\r\n\r\n", .message(subject: "a", payload: [], hasNoResponder: true)),
            ("HMSG a 1 12 13\r\nNATS/1.0\r\n\r\nx\r\n", .message(subject: "a", payload: [120], hasNoResponder: false)),
        ] as [(String, NATSLine)] {
            let bytes = Array(text.utf8)
            for count in 0..<bytes.count {
                var part = ByteBuffer(bytes: bytes.prefix(count))
                #expect(try NATSLine.read(&part) == nil, "\(text)")
                #expect(part.readableBytes == count)
            }
            var whole = ByteBuffer(bytes: bytes + Array("PING\r\n".utf8))
            #expect(try NATSLine.read(&whole) == line, "\(text)")
            #expect(try NATSLine.read(&whole) == .ping, "\(text)")
        }
        for text in ["HTTP/1.1 400\r\n", "\r\n", "MSG a 1 x\r\n", "MSG a 1 -1\r\n", "HMSG a 1 5 4\r\n"] {
            #expect(throws: NATSLine.Malformed.self, "\(text)") {
                var buffer = ByteBuffer(string: text)
                _ = try NATSLine.read(&buffer)
            }
        }
    }

    static let server = ["/usr/sbin/nats-server", "/usr/local/bin/nats-server", "/usr/bin/nats-server"].first {
        FileManager.default.isExecutableFile(atPath: $0)
    }

    @Test(
        "A server with passwords: answers after a login, failures without",
        .enabled(if: server != nil, "needs nats-server"))
    func realServer() async throws {
        let rig = ProbeRig()
        let port = try ProbeRig.freePort()
        let directory = NSTemporaryDirectory() + "probe-nats-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let configuration = """
            listen: "127.0.0.1:\(port)"
            jetstream { store_dir: "\(directory)/data", max_memory_store: 1MB, max_file_store: 1MB }
            authorization { users: [ { user: tester, password: secret } ] }
            """
        try configuration.write(toFile: "\(directory)/nats.conf", atomically: true, encoding: .utf8)
        let process = Process()
        process.executableURL = URL(filePath: try #require(Self.server))
        process.arguments = ["-c", "\(directory)/nats.conf"]
        process.standardError = FileHandle.nullDevice
        try process.run()
        defer {
            // It may have been started with other signals blocked.
            kill(process.processIdentifier, SIGKILL)
            process.waitUntilExit()
        }
        let endpoint = Endpoint(address: "127.0.0.1", port: port)
        func ask(_ subject: String, _ credential: [String], expect: String? = nil) async throws -> [Bool] {
            let request = try #require(NATSRequest(subject: subject, credential: credential, expect: expect))
            return try await rig.ask(.nats(request), [endpoint], times: 2)
        }
        let login = ["tester", "secret"]
        // The server itself answers there, once its streams are up.
        while try await ask("$JS.API.INFO", login) != [true, true] {}
        #expect(try await ask("$JS.API.INFO", login, expect: "account_info_response") == [true, true])
        #expect(try await ask("$JS.API.INFO", login, expect: "no such text") == [false, false])
        #expect(try await ask("nobody.listens", login) == [false, false])
        #expect(try await ask("$JS.API.INFO", ["tester", "wrong"]) == [false, false])
        #expect(try await ask("$JS.API.INFO", []) == [false, false])
    }
}
