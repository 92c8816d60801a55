import ChaosHTTP
import ChaosPlan
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
            toFile: fleet.path("/fleet/credentials/redis-Rememberer"), atomically: true, encoding: .utf8)
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
        // Refused, or turned away: either fails.
        #expect(try await fleet.get("Rememberer", "/work?for=Rememberer").status == 500)
        try "remember changed\n".write(
            toFile: fleet.path("/fleet/credentials/redis-Rememberer"), atomically: true, encoding: .utf8)
        try await fleet.until("the new credential is shown") {
            try await fleet.get("Rememberer", "/work?for=Rememberer").status == 200
        }
        changed.stop()
    }

    @Test(
        "A new credential is read and shown; with reloading off the old one is shown until it is turned away",
        .enabled(if: server != nil, "needs redis-server"), arguments: [true, false])
    func rotation(isReloading: Bool) async throws {
        let fleet = try await LocalFleet(disabled: isReloading ? [] : [.credentialReload])
        let path = fleet.path("/fleet/credentials/redis-Rememberer")
        try "remember secret\n".write(toFile: path, atomically: true, encoding: .utf8)
        let port = try #require(fleet.endpoints["cache"]).port
        let redis = try Redis(port: port, password: "secret")
        try await fleet.start("Rememberer")
        try await fleet.until("redis answers") {
            try await fleet.get("Rememberer", "/work?for=Rememberer").status == 200
        }
        try "remember changed\n".write(toFile: path, atomically: true, encoding: .utf8)
        redis.stop()
        let changed = try Redis(port: port, password: "changed")
        defer { changed.stop() }
        if isReloading {
            try await fleet.until("the new one is shown") {
                try await fleet.get("Rememberer", "/work?for=Rememberer").status == 200
            }
        } else {
            // Twice the time after which it would have looked.
            try await Task.sleep(for: .seconds(2))
            #expect(try await fleet.get("Rememberer", "/work?for=Rememberer").status == 500)
        }
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
