import Foundation
import Synchronization

/// Real nats-servers on this machine's loopback, each in a directory of its own, ended with the test.
final class TestServer: Sendable {
    static let program = ["/usr/sbin/nats-server", "/usr/bin/nats-server", "/usr/local/bin/nats-server"].first {
        FileManager.default.isExecutableFile(atPath: $0)
    }
    static var isInstalled: Bool { program != nil }

    let name: String
    let port: Int
    let directory: String
    private let process = Mutex<Process?>(nil)

    var address: String { "127.0.0.1:\(port)" }

    init(_ name: String, port: Int = TestServer.freePort(), configuration: (TestServer) -> String) throws {
        self.name = name
        self.port = port
        directory = "/tmp/gauntlet-nats-\(name)-\(UInt32.random(in: 0 ... .max))"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        try write(configuration(self))
        try start()
    }

    /// One that stands alone, with JetStream.
    static func single(_ name: String = "one", extra: String = "") throws -> TestServer {
        try TestServer(name) { server in
            """
            server_name: \(name)
            listen: "127.0.0.1:\(server.port)"
            jetstream { store_dir: "\(server.directory)/data", max_file_store: 1GB, max_memory_store: 64MB }
            \(extra)
            """
        }
    }

    func write(_ configuration: String) throws {
        try configuration.write(toFile: "\(directory)/server.conf", atomically: true, encoding: .utf8)
    }

    /// Returns when it accepts connections.
    func start() throws {
        guard let program = Self.program else { throw Problem("nats-server is not installed") }
        let process = Process()
        process.executableURL = URL(filePath: program)
        process.arguments = ["-c", "\(directory)/server.conf", "-l", "\(directory)/log"]
        try process.run()
        self.process.withLock { $0 = process }
        for _ in 0..<600 {
            if Self.accepts(port) { return }
            guard process.isRunning else { break }
            usleep(50_000)
        }
        let log = (try? String(contentsOfFile: "\(directory)/log", encoding: .utf8)) ?? ""
        throw Problem("\(name) does not accept connections:\n\(log.suffix(2000))")
    }

    func signal(_ number: Int32) {
        process.withLock { process in
            if let process, process.isRunning { Glibc.kill(process.processIdentifier, number) }
        }
    }

    /// At once, as by a power cut of the process.
    func kill() {
        signal(SIGKILL)
        process.withLock { process in
            process?.waitUntilExit()
            process = nil
        }
    }

    deinit {
        process.withLock { process in
            guard let process, process.isRunning else { return }
            Glibc.kill(process.processIdentifier, SIGKILL)
            process.waitUntilExit()
        }
        try? FileManager.default.removeItem(atPath: directory)
    }

    struct Problem: Error, CustomStringConvertible {
        var description: String
        init(_ description: String) { self.description = description }
    }

    /// One that nobody listens on at the moment.
    static func freePort() -> Int {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        return withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                guard bind(descriptor, pointer, size) == 0, getsockname(descriptor, pointer, &size) == 0 else {
                    return 0
                }
                return pointer.withMemoryRebound(to: sockaddr_in.self, capacity: 1) {
                    Int(UInt16(bigEndian: $0.pointee.sin_port))
                }
            }
        }
    }

    private static func accepts(_ port: Int) -> Bool {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
    }
}

/// Collects what comes on other threads.
final class Collected<Value: Sendable>: Sendable {
    private let values = Mutex<[Value]>([])

    func add(_ value: Value) { values.withLock { $0.append(value) } }
    var all: [Value] { values.withLock { $0 } }

    /// Waits until `condition` holds for what has come; false when it does not for long.
    func wait(seconds: Int = 60, until condition: ([Value]) -> Bool) -> Bool {
        for _ in 0..<(seconds * 50) {
            if condition(all) { return true }
            usleep(20_000)
        }
        return condition(all)
    }
}

/// Tries a call until it succeeds, as one does while a leader is elected.
func eventually<Value>(seconds: Int = 60, _ body: () throws -> Value) throws -> Value {
    for _ in 0..<(seconds * 5) {
        if let value = try? body() { return value }
        usleep(200_000)
    }
    return try body()
}
