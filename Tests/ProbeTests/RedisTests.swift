import ChaosHTTP
import Foundation
import Testing
import gauntlet_probe

@Suite("Redis as a target")
struct RedisTests {
    @Test("Replies are read whole, of every kind, or not at all")
    func replies() throws {
        for (text, reply) in [
            ("+OK\r\n", RedisReply(isError: false, text: "OK")),
            ("-ERR no\r\n", RedisReply(isError: true, text: "ERR no")),
            (":12\r\n", RedisReply(isError: false, text: "12")),
            ("$3\r\na\r\n\r\n", RedisReply(isError: false, text: "a\r\n")),
            ("$-1\r\n", RedisReply(isError: false, text: nil)), ("*-1\r\n", RedisReply(isError: false, text: nil)),
            ("*2\r\n*1\r\n:1\r\n$2\r\nab\r\n", RedisReply(isError: false, text: nil)),
        ] {
            let bytes = Array(text.utf8)
            let whole = try #require(try RedisReply.read(bytes + Array("+next\r\n".utf8)))
            #expect(whole == (reply, bytes.count), "\(text)")
            for count in 0..<bytes.count { #expect(try RedisReply.read(bytes.prefix(count)) == nil, "\(text)") }
        }
        for text in ["HTTP/1.1 400\r\n", "$x\r\n", "$-2\r\n", "+a\n", "\r\n", String(repeating: "*1\r\n", count: 40)] {
            #expect(throws: RedisReply.Malformed.self, "\(text)") { _ = try RedisReply.read(Array(text.utf8)) }
        }
    }

    static let server = ["/usr/bin/redis-server", "/usr/local/bin/redis-server"].first {
        FileManager.default.isExecutableFile(atPath: $0)
    }

    @Test(
        "A server with a password: commands after a login, failures without",
        .enabled(if: server != nil, "needs redis-server"))
    func realServer() async throws {
        let rig = ProbeRig()
        let port = try ProbeRig.freePort()
        let process = Process()
        process.executableURL = URL(filePath: try #require(Self.server))
        process.arguments = ["-", "--save", "", "--appendonly", "no"]
        let input = Pipe()
        process.standardInput = input
        process.standardOutput = FileHandle.nullDevice
        try process.run()
        defer {
            // It may have been started with other signals blocked.
            kill(process.processIdentifier, SIGKILL)
            process.waitUntilExit()
        }
        input.fileHandleForWriting.write(
            Data("port \(port)\nbind 127.0.0.1\nuser tester on >secret ~* &* +@all\nuser default off\n".utf8))
        try input.fileHandleForWriting.close()
        let endpoint = Endpoint(address: "127.0.0.1", port: port)
        while try await rig.ask(.tcp, [endpoint]) != [true] {}
        func ask(_ words: [String], _ credential: [String], expect: String? = nil) async throws -> [Bool] {
            let command = RedisCommand(words: words, credential: credential, expect: expect)
            return try await rig.ask(.redis(command), [endpoint], times: 2)
        }
        let login = ["tester", "secret"]
        #expect(try await ask(["SET", "k", "a value"], login) == [true, true])
        #expect(try await ask(["GET", "k"], login, expect: "a value") == [true, true])
        #expect(try await ask(["GET", "k"], login, expect: "another") == [false, false])
        #expect(try await ask(["NO-SUCH"], login) == [false, false])
        #expect(try await ask(["PING"], []) == [false, false])
        #expect(try await ask(["PING"], ["tester", "wrong"]) == [false, false])
        // A server that is silent: the time is over, and the next one is asked over another connection.
        #expect(
            try await rig.ask(
                .redis(RedisCommand(words: ["BLPOP", "no", "0"], credential: login)), [endpoint],
                timeout: 150_000_000, times: 2) == [false, false])
    }
}
