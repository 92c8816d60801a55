import ChaosFleet
import ChaosLive
import ChaosPlan
import ChaosRun
import ChaosScore
import Foundation
import Testing

/// A server that runs already, is found by its port, and is started again by its owner's command. The host is this one: nothing but
/// that server is touched, by a fault that needs no privilege.
@Suite(.serialized, .enabled(if: Servers.redis != nil, "needs redis-server"))
struct AttachedFleetTests {
    private let directory = FileManager.default.temporaryDirectory.appending(path: "gauntlet-test-\(UUID())").path
    private var pidFile: String { "\(directory)/redis.pid" }

    private func fleet(_ port: Int, clients: String) -> String {
        let command = command(port).map { "\"\($0)\"" }.joined(separator: ", ")
        return """
            gauntlet-fleet: 1
            name: attached
            local-delay: 100us (promise)
            hosts:
              - { name: Here, cores: 2 (promise), memory: 2GiB (promise), disk: 64MiB (promise), disk-used: 1% (promise) }
            profiles:
              any: { time: 1ms (measured), spread: constant, workers: 4 (measured), queue: 64 (measured), startup: 1s (measured), memory: 64MiB (measured) }
            agents:
              - { group: caches, host: Here, profile: any, members: [ cache ] }
            live:
              attach:
                cache: { port: \(port), start: [ \(command) ] }
              clients:
                cache: { redis: PING\(clients) }
            """
    }

    private static let scenario = """
        gauntlet: 1
        name: kill-cache
        summary: A server that Gauntlet did not start dies, and its owner's command starts it again.
        fleet: fleet.yaml
        phases: { baseline: 2s, faults: 6s, recovery: 6s }
        workload: { requests: { rate: 10/s, timeout: 500ms } }
        faults: [ { id: kill, kind: kill, target: { name: cache }, at: 1s, for: 3s } ]
        exercises: { nothing: "Nobody but the owner starts it again." }
        objectives: [ { metric: recovery-time, of: kill, max: 10s } ]
        """

    private func command(_ port: Int) -> [String] {
        [
            Servers.redis ?? "", "--port", "\(port)", "--bind", "127.0.0.1", "--appendonly", "no", "--pidfile", pidFile,
            "--dir", directory,
        ]
    }

    private func run(_ plan: Plan) async throws -> (Journal, Scorecard) {
        setenv("GAUNTLET_PROGRAMS", Servers.programs, 1)
        setenv("GAUNTLET_STATE", "\(directory)/state", 1)
        defer { unsetenv("GAUNTLET_STATE") }
        let file = "\(directory)/journal.jsonl"
        let journal = open(file, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        defer { close(journal) }
        _ = try await LiveRun.run(
            plan, seed: 1, to: .file(journal), operations: .memory, schedule: Schedule.draw(plan, seed: 1),
            interrupts: { 0 },
            tell: { _ in }, progress: { _, _ in })
        let contents = try Journal(path: file)
        return (contents, Scorer.score(contents, plan: plan))
    }

    private func plan(_ port: Int, clients: String = "") throws -> Plan {
        let reading = PlanReader.read(scenario: Self.scenario, file: "kill-cache.yaml") { _ in
            fleet(port, clients: clients)
        }
        return try #require(reading.plan, "\(reading.problems)")
    }

    @Test(
        "a killed server is found by its port, stays down as long as asked, and its owner's command starts it again",
        .timeLimit(.minutes(5)))
    func killed() async throws {
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let port = try Servers.freePort()
        let server = try await Servers.start(command(port), pidFile: pidFile)
        defer { Servers.end(pidFile, server) }
        let (journal, card) = try await run(plan(port))
        let states = journal.records.compactMap { record -> FaultEvent? in
            if case .fault(let event) = record.event { event } else { nil }
        }
        #expect(states.map(\.state) == [.commanded, .effective, .reverted, .clean])
        #expect(states.count > 1 && states[1].evidence.contains("1 of 1"), "\(states.map(\.evidence))")
        #expect(states.count > 1 && states[1].subjects == [0])
        #expect(card.faults.first?.landed == true)
        let totals = card.facts.totals
        #expect(totals.requests > 100 && totals.succeeded < totals.requests - 15 && totals.succeeded > 50)
        #expect(totals.registered == 1)
        // It is back, and what the executor owed is paid.
        #expect(try Servers.pid(pidFile).map { kill($0, 0) } == 0)
        let debts = FileManager.default.enumerator(atPath: "\(directory)/state")?.compactMap { $0 as? String } ?? []
        #expect(debts.filter { $0.hasSuffix(".undo") } == [])
    }

    @Test("a fleet whose clients are not served is not hurt, and the error says who was not", .timeLimit(.minutes(5)))
    func unserved() async throws {
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let port = try Servers.freePort()
        let server = try await Servers.start(command(port), pidFile: pidFile)
        defer { Servers.end(pidFile, server) }
        let error = await #expect(throws: WorldError.self) {
            _ = try await run(plan(port, clients: ", expect: NONSENSE"))
        }
        #expect(error?.message.contains("1 of 1 clients were not served once") == true, "\(error?.message ?? "")")
        #expect(error?.message.contains("cache (at 127.0.0.1:\(port))") == true)
        #expect(try Servers.pid(pidFile).map { kill($0, 0) } == 0)
    }
}

/// Servers that tests start on this host, and where our programs are.
enum Servers {
    static let redis: String? = path(of: "redis-server")

    /// Why a Redis cannot be started in a namespace of its own; nil where it can.
    static let missing: String? = {
        for tool in ["redis-server", "redis-cli", "unshare"] where path(of: tool) == nil {
            return "needs the program `\(tool)`"
        }
        if run(["unshare", "-Urmpnf", "true"]) != 0 {
            return "users may not have namespaces here (`unshare -Urmpnf true` fails)"
        }
        return nil
    }()

    /// Ours are built beside the tests.
    static let programs: String = {
        let bundle =
            Bundle.allBundles.first { $0.bundlePath.hasSuffix(".xctest") }?.bundlePath ?? CommandLine.arguments[0]
        return URL(fileURLWithPath: bundle).deletingLastPathComponent().path
    }()

    static func path(of tool: String) -> String? {
        ["/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"].map { "\($0)/\(tool)" }.first {
            access($0, X_OK) == 0
        }
    }

    /// Its exit code; -1 if it is not there.
    static func run(_ words: [String]) -> Int32 {
        let process = Process()
        process.executableURL = (words[0].hasPrefix("/") ? words[0] : path(of: words[0])).map {
            URL(fileURLWithPath: $0)
        }
        process.arguments = Array(words.dropFirst())
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        guard (try? process.run()) != nil else { return -1 }
        process.waitUntilExit()
        return process.terminationStatus
    }

    /// What a program writes; empty if it is not there.
    static func output(_ words: [String]) -> String {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: words[0])
        process.arguments = Array(words.dropFirst())
        let output = Pipe()
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        guard (try? process.run()) != nil else { return "" }
        let data = (try? output.fileHandleForReading.readToEnd()) ?? nil
        process.waitUntilExit()
        return data.map { String(decoding: $0, as: UTF8.self) } ?? ""
    }

    static func pid(_ file: String) throws -> Int32? {
        Int32(try String(contentsOfFile: file, encoding: .utf8).trimmingCharacters(in: .whitespacesAndNewlines))
    }

    /// A server in the foreground, once it has written its number.
    static func start(_ words: [String], pidFile: String) async throws -> Process {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: words[0])
        process.arguments = Array(words.dropFirst())
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        while ((try? pid(pidFile)) ?? nil) == nil, process.isRunning { try await Task.sleep(for: .milliseconds(10)) }
        return process
    }

    /// Ends the server, and the one that was started in its place.
    static func end(_ pidFile: String, _ process: Process) {
        if let pid = (try? pid(pidFile)) ?? nil { kill(pid, SIGKILL) }
        if process.isRunning { kill(process.processIdentifier, SIGKILL) }
    }

    /// A port of 127.0.0.1 on which nobody listens, at least not now.
    static func freePort() throws -> Int {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                bind(descriptor, generic, length) == 0 && getsockname(descriptor, generic, &length) == 0
            }
        }
        try #require(isBound)
        return Int(UInt16(bigEndian: address.sin_port))
    }
}
