import ChaosFleet
import ChaosNATS
import ChaosPlan
import Foundation
import Synchronization
import gauntlet_agent

/// A fleet's real brokers on this machine's loopback, configured as a live fleet's are, in a directory that goes with the test.
final class BrokerRig: Sendable {
    static let program = find("nats-server")
    static var isInstalled: Bool { program != nil }

    static func find(_ name: String) -> String? {
        ["/usr/sbin", "/usr/bin", "/usr/local/bin"].map { "\($0)/\(name)" }.first {
            FileManager.default.isExecutableFile(atPath: $0)
        }
    }

    let fleet: Fleet
    let setup: BrokerSetup
    let secrets: BrokerSetup.Secrets
    let directory: String
    private let processes: Mutex<[Process?]>

    /// All servers of a shipped fleet, up; without streams.
    init(_ fleetName: String, _ change: (inout Fleet) -> Void = { _ in }) throws {
        var fleet = try Self.fleet(fleetName)
        // As fast as a test wants it.
        fleet.broker.reconnectWait = 200 * .millisecond
        // Only a test that is about silence runs into it, however busy the machine is.
        fleet.broker.ackTimeout = 60 * .second
        change(&fleet)
        self.fleet = fleet
        let directory = "/tmp/gauntlet-broker-\(UInt64.random(in: 0 ... .max))"
        self.directory = directory
        setup = BrokerSetup(
            fleet,
            servers: fleet.broker.servers.map { server in
                BrokerSetup.Server(
                    name: server.name, address: "127.0.0.1", port: Self.freePort(), routePort: Self.freePort(),
                    leafPort: Self.freePort(), data: "\(directory)/data/\(server.name)",
                    configuration: "\(directory)/servers/\(server.name).conf",
                    linkFile: "\(directory)/servers/\(server.name).link", disk: 1 << 30)
            })
        secrets = BrokerSetup.Secrets(random: Secret.systemRandom)
        processes = Mutex(fleet.broker.servers.map { _ in nil })
        try write(setup.files(secrets))
        try LiveFleet(fleet: fleet).json.write(toFile: "\(directory)/fleet.json", atomically: true, encoding: .utf8)
        for server in setup.servers.indices { try launch(server) }
        for server in setup.servers.indices { try awaitPort(server) }
    }

    deinit {
        processes.withLock { processes in
            for process in processes { Self.end(process) }
        }
        try? FileManager.default.removeItem(atPath: directory)
    }

    /// A shipped fleet.
    static func fleet(_ name: String) throws -> Fleet {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let file = root.appending(path: "scenarios/fleets/\(name).yaml").path()
        let (fleet, problems) = FleetReader.read(text: try String(contentsOfFile: file, encoding: .utf8), file: file)
        guard let fleet else { throw Problem("\(problems)") }
        return fleet
    }

    var places: [BrokerPlace] {
        setup.servers.map { BrokerPlace(name: $0.name, address: "\($0.address):\($0.port)") }
    }

    /// Arguments with which a command finds all this.
    var access: [String] {
        [
            "--fleet", "\(directory)/fleet.json", "--run", "\(directory)/run.json", "--credential",
            path(
                FleetLayout.credential(of: BrokerSetup.reader)),
        ] + places.flatMap { ["--server", "\($0.name)=\($0.address)"] }
    }

    /// Where a file of the fleet is here.
    func path(_ path: String) -> String {
        path.hasPrefix(directory) ? path : directory + path.dropFirst(FleetLayout.root.count)
    }

    func write(_ files: [LaunchSpec.File]) throws {
        for file in files {
            let path = path(file.path)
            let folder = URL(filePath: path).deletingLastPathComponent().path()
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            try file.text.write(toFile: path, atomically: true, encoding: .utf8)
            chmod(path, file.mode)
        }
    }

    // MARK: Servers

    func start(_ server: Int) throws {
        try launch(server)
        try awaitPort(server)
    }

    private func launch(_ server: Int) throws {
        let process = Process()
        process.executableURL = URL(filePath: Self.program ?? "nats-server")
        process.arguments = Array(setup.command(server).dropFirst()) + ["-l", log(server)]
        try process.run()
        processes.withLock { $0[server] = process }
    }

    private func log(_ server: Int) -> String { "\(directory)/\(setup.servers[server].name).log" }

    private func awaitPort(_ server: Int) throws {
        for _ in 0..<1200 {
            if Self.accepts(setup.servers[server].port) { return }
            guard processes.withLock({ $0[server]?.isRunning == true }) else { break }
            usleep(50_000)
        }
        throw Problem(
            "\(setup.servers[server].name):\n\((try? String(contentsOfFile: log(server), encoding: .utf8)) ?? "")")
    }

    func signal(_ server: Int, _ number: Int32) {
        processes.withLock { processes in
            if let process = processes[server], process.isRunning { Glibc.kill(process.processIdentifier, number) }
        }
    }

    func kill(_ server: Int) {
        processes.withLock { processes in
            Self.end(processes[server])
            processes[server] = nil
        }
    }

    private static func end(_ process: Process?) {
        guard let process, process.isRunning else { return }
        Glibc.kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
    }

    // MARK: Its streams

    func connect(_ server: Int) throws -> NATSConnection {
        try NATSConnection(
            NATSOptions(
                servers: [places[server].address], name: "test", user: secrets.reader.user,
                password: secrets.reader.password))
    }

    /// (agent, counter) of each message of a stream, in order.
    func read(_ stream: String, server: Int) throws -> [FleetMessage] {
        let connection = try connect(server)
        defer { connection.close() }
        var messages: [FleetMessage] = []
        try JetStream(connection).read(stream) { stored in
            if let message = FleetMessage(subject: stored.message.subject, payload: stored.message.payload) {
                messages.append(message)
            }
        }
        return messages
    }

    struct Problem: Error, CustomStringConvertible {
        var description: String
        init(_ description: String) { self.description = description }
    }

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

    static func accepts(_ port: Int) -> Bool {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
    }
}

/// Waits until something holds; false when it does not for long.
func holds(seconds: Int = 60, _ condition: () throws -> Bool) rethrows -> Bool {
    for _ in 0..<(seconds * 5) {
        if try condition() { return true }
        usleep(200_000)
    }
    return try condition()
}
