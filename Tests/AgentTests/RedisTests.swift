import ChaosHTTP
import ChaosPlan
import Foundation
import Glibc
import NIOCore
import NIOPosix
import Synchronization
import Testing
import gauntlet_agent

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

    @Test(
        "A call that waited in vain ends alone: the others have their own time, and the next goes another way",
        .timeLimit(.minutes(5)), arguments: [true, false])
    func silence(hasCredential: Bool) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "redis-\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let credential = folder.appending(path: "credential").path
        if hasCredential { try "remember secret\n".write(toFile: credential, atomically: true, encoding: .utf8) }
        let connections = Mutex(0)
        let server = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                let isFirst = connections.withLock { count in
                    count += 1
                    return count == 1
                }
                return channel.eventLoop.makeCompletedFuture {
                    if !isFirst { try channel.pipeline.syncOperations.addHandler(Answering()) }
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        let redis = RedisConnection(
            endpoint: Endpoint(address: "127.0.0.1", port: try #require(server.localAddress?.port)),
            credential: credential, reloadEvery: nil, clock: LoopClock(loop))
        let ended = Mutex<[String: Bool]>([:])
        @Sendable func ask(_ name: String, within timeout: Nanoseconds) {
            loop.execute {
                redis.command(key: name, timeout: timeout) { succeeded in ended.withLock { $0[name] = succeeded } }
            }
        }
        func until(_ state: [String: Bool]) async throws {
            while ended.withLock({ $0 }).count < state.count { try await Task.sleep(for: .milliseconds(5)) }
            #expect(ended.withLock { $0 } == state)
        }
        ask("patient", within: 3_600 * .second)
        ask("hasty", within: 300 * .millisecond)
        ask("also patient", within: 3_600 * .second)
        try await until(["hasty": false])
        ask("next", within: 3_600 * .second)
        try await until(["hasty": false, "next": true])
        #expect(connections.withLock { $0 } == 2)
        loop.execute { redis.close() }
        try await until(["hasty": false, "next": true, "patient": false, "also patient": false])
        try await server.close()
    }

    /// Says OK to each command that comes whole.
    private final class Answering: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        typealias OutboundOut = ByteBuffer

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            let commands = String(buffer: unwrapInboundIn(data)).count { $0 == "*" }
            for _ in 0..<commands { context.write(wrapOutboundOut(ByteBuffer(string: "+OK\r\n")), promise: nil) }
            context.flush()
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
