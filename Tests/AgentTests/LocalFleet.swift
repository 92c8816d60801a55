import ChaosFleet
import ChaosHTTP
import ChaosPlan
import Foundation
import Glibc
import NIOCore
import NIOPosix
import Testing

/// Processes of the product on 127.0.0.1, each at a port of its own, with a directory that stands for `/fleet`.
final class LocalFleet: @unchecked Sendable {
    let fleet: Fleet
    let root: URL
    private(set) var endpoints: [String: Endpoint] = [:]
    private var processes: [String: Process] = [:]
    private let client = Client()
    private let place: Places.Place

    /// - Parameters:
    ///   - overrides: as `--set` takes them.
    ///
    /// Few fleets at a time: on a busy machine more of them would only make each other's silence look like death.
    init(disabled: [Mechanism] = [], overrides: [String] = []) async throws {
        let place = await Places.shared.take()
        self.place = place
        let list = disabled.map(\.rawValue).joined(separator: ", ")
        let text = localFleetText.replacingOccurrences(of: "disabled: []", with: "disabled: [ \(list) ]")
        let (fleet, problems) = FleetReader.read(text: text, file: "local.yaml", overrides: overrides)
        self.fleet = try #require(fleet, "\(problems)")
        root = FileManager.default.temporaryDirectory.appendingPathComponent("gauntlet-agents-\(UUID().uuidString)")
        for directory in ["telemetry", "credentials"] {
            try FileManager.default.createDirectory(
                at: root.appendingPathComponent(directory), withIntermediateDirectories: true)
        }
        for member in self.fleet.members {
            let disk = path(FleetLayout.disk(host: self.fleet.hosts[self.fleet.host(of: member)].name))
            try FileManager.default.createDirectory(atPath: disk, withIntermediateDirectories: true)
            endpoints[self.fleet.name(of: member)] = Endpoint(address: "127.0.0.1", port: try freePort())
        }
        try LiveFleet(fleet: self.fleet).json.write(
            to: root.appendingPathComponent("fleet.json"), atomically: true, encoding: .utf8)
    }

    deinit {
        for process in processes.values where process.isRunning {
            Glibc.kill(process.processIdentifier, SIGKILL)
            process.waitUntilExit()
        }
        try? FileManager.default.removeItem(at: root)
    }

    func path(_ path: String) -> String { root.path + path.dropFirst(FleetLayout.root.count) }

    // MARK: Processes

    /// Starts members and waits until they answer. `seeing` overrides where they find others.
    func start(_ names: String..., seeing: [String: Endpoint] = [:], environment: [String: String] = [:]) async throws {
        for name in names { try begin(name, seeing: seeing, environment: environment) }
        for name in names {
            try await until("\(name) answers") { try await self.get(name, "/healthz").status == 200 }
        }
    }

    /// Starts a member, and does not wait. With `diskSize` its host's disk is a file system of its own, gone with the process.
    func begin(
        _ name: String, seeing: [String: Endpoint] = [:], environment: [String: String] = [:], diskSize: String? = nil
    ) throws {
        let file = root.appendingPathComponent("endpoints-\(name)")
        let lines = endpoints.merging(seeing) { $1 }.map { "\($0.key) \($0.value.text)\n" }
        try lines.joined().write(to: file, atomically: true, encoding: .utf8)
        let arguments = [
            role(name), "--name", name, "--fleet", root.path + "/fleet.json", "--root", root.path, "--endpoints",
            file.path,
        ]
        guard let diskSize else {
            processes[name] = try launch(arguments, environment: environment)
            return
        }
        let member = try #require(fleet.members.first { fleet.name(of: $0) == name })
        let disk = path(FleetLayout.disk(host: fleet.hosts[fleet.host(of: member)].name))
        let line = "mount -t tmpfs -o size=\(diskSize) tmpfs '\(disk)' && exec \"$0\" \"$@\""
        processes[name] = try launch(
            ["-m", "sh", "-c", line, Self.executable.path] + arguments, of: URL(fileURLWithPath: "/usr/bin/unshare"))
    }

    /// A path as a member sees it, mounts of its own included.
    func path(_ path: String, seenBy name: String) -> String {
        "/proc/\(processes[name]?.processIdentifier ?? 0)/root" + self.path(path)
    }

    func launch(
        _ arguments: [String], of executable: URL = LocalFleet.executable, environment: [String: String] = [:],
        errors: Pipe? = nil
    ) throws -> Process {
        let process = Process()
        process.executableURL = executable
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        if let errors { process.standardError = errors }
        try process.run()
        return process
    }

    private func role(_ name: String) -> String {
        if fleet.hubs.contains(where: { $0.name == name }) { return "hub" }
        return fleet.stores.contains { $0.name == name } ? "store" : "agent"
    }

    func signal(_ name: String, _ number: Int32) { Glibc.kill(processes[name]?.processIdentifier ?? 0, number) }

    /// As a crash ends it.
    func kill(_ name: String) {
        guard let process = processes.removeValue(forKey: name) else { return }
        Glibc.kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
    }

    func exitCode(_ name: String) async throws -> Int32? {
        guard let process = processes[name] else { return nil }
        try await until("\(name) has ended") { !process.isRunning }
        return process.terminationStatus
    }

    static let executable: URL = {
        let bundle = Bundle.allBundles.map(\.bundleURL).first { $0.path.hasSuffix(".xctest") }
        let candidates = [bundle].compactMap { $0?.path } + CommandLine.arguments
        let found = candidates.lazy
            .map { URL(fileURLWithPath: $0).deletingLastPathComponent().appendingPathComponent("gauntlet-agent") }
            .first { FileManager.default.isExecutableFile(atPath: $0.path) }
        guard let found else { preconditionFailure("no executable `gauntlet-agent` beside \(candidates)") }
        return found
    }()

    // MARK: Asking

    struct Answer: Sendable {
        var status: Int
        var text: String
    }

    /// Status 0 for no answer.
    func ask(_ name: String, _ method: String, _ path: String, timeout: Int64 = 10 * .second) async throws -> Answer {
        let endpoint = try #require(endpoints[name])
        return await client.ask(endpoint, method, path, timeout: timeout)
    }

    func get(_ name: String, _ path: String) async throws -> Answer { try await ask(name, "GET", path) }

    func state(_ name: String) async throws -> [String: Any] {
        let text = try await get(name, "/state").text
        return try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any] ?? [:]
    }

    /// Asks again and again; the test fails if it never holds, however slow the machine is.
    func until(_ what: String, limit: Duration = .seconds(60), _ holds: () async throws -> Bool) async throws {
        let clock = ContinuousClock()
        let end = clock.now + limit
        while clock.now < end {
            if try await holds() { return }
            try await Task.sleep(for: .milliseconds(20))
        }
        throw TimedOut(what: what)
    }

    struct TimedOut: Error, CustomStringConvertible {
        var what: String
        var description: String { "it never came true that \(what)" }
    }

    // MARK: What they told

    func told(_ name: String) -> [TelemetryLine.Fact] {
        let text = (try? String(contentsOfFile: root.path + "/telemetry/\(name).tsv", encoding: .utf8)) ?? ""
        return text.split(separator: "\n").compactMap { TelemetryLine($0)?.fact }
    }

    /// `detect Asker about HubEast: on-primary > switching`, of one mechanism.
    func mechanisms(_ name: String, _ mechanism: Mechanism) -> [String] {
        told(name).compactMap { fact in
            guard case .mechanism(let event) = fact, event.mechanism == mechanism else { return nil }
            return "\(event.role.rawValue) \(event.by) about \(event.about): \(event.from) > \(event.to)"
        }
    }

    /// Whether it told all of these in this order; others may lie between, as on a machine that was too busy to be steady.
    func told(_ name: String, _ mechanism: Mechanism, inOrder expected: [String]) -> Bool {
        var rest = expected[...]
        for event in mechanisms(name, mechanism) where event == rest.first { rest = rest.dropFirst() }
        return rest.isEmpty
    }

    func calls(_ name: String) -> (needed: Int, sent: Int)? {
        told(name).compactMap { fact -> (needed: Int, sent: Int)? in
            if case .calls(let needed, let sent) = fact { return (needed, sent) }
            return nil
        }.last
    }
}

/// Room for so many fleets at a time.
private actor Places {
    static let shared = Places()

    /// Given back when it is no longer held.
    final class Place: Sendable {
        deinit { Task { await Places.shared.giveBack() } }
    }

    private var free = 3
    private var waiting: [CheckedContinuation<Void, Never>] = []

    func take() async -> Place {
        if free > 0 { free -= 1 } else { await withCheckedContinuation { waiting.append($0) } }
        return Place()
    }

    private func giveBack() {
        if waiting.isEmpty { free += 1 } else { waiting.removeFirst().resume() }
    }
}

/// A client of the processes under test.
private final class Client: @unchecked Sendable {
    private let loop = MultiThreadedEventLoopGroup.singleton.next()
    /// Touched on the loop only.
    private let caller: HTTPCaller

    init() { caller = HTTPCaller(on: loop) }

    func ask(_ endpoint: Endpoint, _ method: String, _ path: String, timeout: Int64) async -> LocalFleet.Answer {
        await withCheckedContinuation { continuation in
            loop.execute {
                self.caller.call(endpoint, method: method, path: path, timeout: timeout) { outcome in
                    if case .answered(let status, let body) = outcome {
                        continuation.resume(
                            returning: .init(status: status, text: String(decoding: body, as: UTF8.self)))
                    } else {
                        continuation.resume(returning: .init(status: 0, text: "\(outcome)"))
                    }
                }
            }
        }
    }
}

/// Free now; nobody else on this machine is quick enough to take it before the process does.
func freePort() throws -> Int {
    let channel = try ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
        .bind(host: "127.0.0.1", port: 0).wait()
    defer { try? channel.close().wait() }
    return try #require(channel.localAddress?.port)
}
