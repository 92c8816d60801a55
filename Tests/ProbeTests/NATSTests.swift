import ChaosHTTP
import Foundation
import NIOCore
import Testing
import gauntlet_probe

@Suite("NATS as a target")
struct NATSTests {
    @Test("Messages are read whole, of every kind, or not at all")
    func lines() {
        for (text, line) in [
            ("INFO {}\r\n", NATSLine.info), ("PING\r\n", .ping), ("+OK\r\n", .other), ("-ERR 'no'\r\n", .error),
            ("MSG _I.7 1 3\r\na\r\n\r\n", .message(subject: "_I.7", text: "a\r\n", isRefused: false)),
            (
                "HMSG _I.8 1 16 16\r\nNATS/1.0 503\r\n\r\n\r\n",
                .message(subject: "_I.8", text: "", isRefused: true)
            ),
            (
                "HMSG _I.9 1 12 14\r\nNATS/1.0\r\n\r\nhi\r\n",
                .message(subject: "_I.9", text: "hi", isRefused: false)
            ), ("MSG x 1 none\r\n", .error),
        ] {
            var whole = ByteBuffer(string: text + "PING\r\n")
            #expect(NATSLine.read(&whole) == line, "\(text)")
            #expect(NATSLine.read(&whole) == .ping, "\(text)")
            for count in 0..<text.utf8.count {
                var part = ByteBuffer(bytes: text.utf8.prefix(count))
                #expect(NATSLine.read(&part) == nil, "\(text)")
            }
        }
    }

    private static let server = ["/usr/sbin/nats-server", "/usr/bin/nats-server", "/usr/local/bin/nats-server"].first {
        FileManager.default.isExecutableFile(atPath: $0)
    }

    @Test(
        "A server with a password: answers of its own API, a failure at once where nobody listens, none without a login",
        .enabled(if: server != nil, "needs nats-server"), .timeLimit(.minutes(2)))
    func realServer() async throws {
        let rig = ProbeRig()
        let port = try ProbeRig.freePort()
        let directory = FileManager.default.temporaryDirectory.appending(path: "\(UUID())").path
        let process = Process()
        process.executableURL = URL(filePath: try #require(Self.server))
        process.arguments = [
            "-a", "127.0.0.1", "-p", "\(port)", "-js", "-sd", directory, "--user", "tester", "--pass", "secret",
        ]
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        defer {
            kill(process.processIdentifier, SIGKILL)
            process.waitUntilExit()
            try? FileManager.default.removeItem(atPath: directory)
        }
        let endpoint = Endpoint(address: "127.0.0.1", port: port)
        func ask(_ subject: String, _ credential: [String], expect: String? = nil) async throws -> [Bool] {
            let request = NATSRequest(subject: subject, credential: credential, expect: expect)
            return try await rig.ask(.nats(request), [endpoint], times: 2)
        }
        let login = ["tester", "secret"]
        while try await ask("$JS.API.INFO", login) != [true, true] {}
        #expect(try await ask("$JS.API.INFO", login, expect: "account_info") == [true, true])
        #expect(try await ask("$JS.API.INFO", login, expect: "something else") == [false, false])
        #expect(try await ask("nobody.listens", login) == [false, false])
        #expect(try await ask("$JS.API.INFO", []) == [false, false])
        #expect(try await ask("$JS.API.INFO", ["tester", "wrong"]) == [false, false])
    }
}
