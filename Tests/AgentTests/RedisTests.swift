import ChaosHTTP
import Foundation
import Glibc
import Testing

@Suite struct RedisTests {
    static let server = ["/usr/bin/redis-server", "/usr/local/bin/redis-server"].first {
        FileManager.default.isExecutableFile(atPath: $0)
    }

    @Test(
        "An agent shows a redis server its credential, survives its restart, and fails when it is turned away",
        .enabled(if: server != nil, "needs redis-server"))
    func realServer() async throws {
        let fleet = try await LocalFleet()
        try "remember secret\n".write(
            toFile: fleet.path("/fleet/credentials/cache"), atomically: true, encoding: .utf8)
        try await fleet.start("Rememberer")
        #expect(try await fleet.get("Rememberer", "/work?for=Rememberer").status == 500)

        let redis = try Redis(port: try #require(fleet.endpoints["cache"]).port, password: "secret")
        try await fleet.until("redis answers") {
            try await fleet.get("Rememberer", "/work?for=Rememberer").status == 200
        }
        for _ in 0..<20 { #expect(try await fleet.get("Rememberer", "/work?for=Rememberer").status == 200) }

        redis.stop()
        #expect(try await fleet.get("Rememberer", "/work?for=Rememberer").status == 500)
        let changed = try Redis(port: try #require(fleet.endpoints["cache"]).port, password: "changed")
        try await Task.sleep(for: .milliseconds(500))
        #expect(try await fleet.get("Rememberer", "/work?for=Rememberer").status == 500)
        try "remember changed\n".write(
            toFile: fleet.path("/fleet/credentials/cache"), atomically: true, encoding: .utf8)
        try await fleet.until("the new credential is shown") {
            try await fleet.get("Rememberer", "/work?for=Rememberer").status == 200
        }
        changed.stop()
    }

    /// With one user, who may do anything; the default user may do nothing.
    private final class Redis {
        private let process = Process()

        init(port: Int, password: String) throws {
            process.executableURL = URL(fileURLWithPath: try #require(RedisTests.server))
            process.arguments = [
                "--bind", "127.0.0.1", "--port", "\(port)", "--save", "", "--dir", NSTemporaryDirectory(), "--user",
                "default", "off", "--user", "remember", "on", ">\(password)", "~*", "+@all",
            ]
            process.standardOutput = FileHandle.nullDevice
            try process.run()
        }

        deinit { stop() }

        func stop() {
            guard process.isRunning else { return }
            // A child of a test's thread inherits its signal mask: nothing weaker reaches it for certain.
            kill(process.processIdentifier, SIGKILL)
            process.waitUntilExit()
        }
    }
}
