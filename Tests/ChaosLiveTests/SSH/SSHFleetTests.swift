import ChaosLive
import ChaosPlan
import ChaosRun
import ChaosScore
import Foundation
import Testing

/// A whole run whose only host is behind ssh.
@Suite(
    .serialized, .enabled(if: TestSSHD.missing == nil, TestSSHD.reason),
    .enabled(if: Servers.redis != nil, "needs redis-server"), .timeLimit(.minutes(5)))
struct SSHFleetTests {
    private let directory = FileManager.default.temporaryDirectory.appending(path: "gauntlet-test-\(UUID())").path
    private var pidFile: String { "\(directory)/redis.pid" }

    private func command(_ port: Int) -> [String] {
        [
            Servers.redis ?? "", "--port", "\(port)", "--bind", "127.0.0.1", "--appendonly", "no", "--pidfile", pidFile,
            "--dir", directory,
        ]
    }

    private func fleet(_ port: Int, _ machine: LiveSettings.Remote) -> String {
        let command = command(port).map { "\"\($0)\"" }.joined(separator: ", ")
        return """
            gauntlet-fleet: 1
            name: behind-ssh
            local-delay: 100us (promise)
            hosts:
              - { name: Far, cores: 2 (promise), memory: 2GiB (promise), disk: 64MiB (promise), disk-used: 1% (promise) }
            profiles:
              any: { time: 1ms (measured), spread: constant, workers: 4 (measured), queue: 64 (measured), startup: 1s (measured), memory: 64MiB (measured) }
            agents:
              - { group: caches, host: Far, profile: any, members: [ cache ] }
            live:
              hosts:
                Far: { ssh: \(machine.destination), port: \(machine.port ?? 22), identity: \(machine.identity ?? ""), known-hosts: \(machine.knownHosts ?? ""), gauntlet-host: \(machine.program) }
              attach:
                cache: { port: \(port), start: [ \(command) ] }
              clients:
                cache: { redis: PING }
            """
    }

    private static let scenario = """
        gauntlet: 1
        name: kill-cache
        summary: A server behind ssh dies, its owner's command starts it again; later it is restarted in order.
        fleet: fleet.yaml
        phases: { baseline: 2s, faults: 8s, recovery: 6s }
        workload: { requests: { rate: 10/s, timeout: 500ms } }
        faults:
          - { id: kill, kind: kill, target: { name: cache }, at: 1s, for: 2s }
          - { id: again, kind: procedure, action: restart-component, target: { name: cache }, takes: 1s, limit: 30s, at: 6s, allow-irreversible: true }
        exercises: { nothing: "Nobody but the owner starts it again." }
        objectives: [ { metric: recovery-time, of: kill, max: 10s } ]
        """

    @Test("a server behind ssh is killed, found dead, started again and restarted in order, and its host is watched")
    func run() async throws {
        let sshd = try await TestSSHD()
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let port = try Servers.freePort()
        let server = try await Servers.start(command(port), pidFile: pidFile)
        defer { Servers.end(pidFile, server) }
        let first = try Servers.pid(pidFile)
        let reading = PlanReader.read(scenario: Self.scenario, file: "kill-cache.yaml") { _ in
            fleet(port, sshd.machine())
        }
        let plan = try #require(reading.plan, "\(reading.problems)")
        setenv("GAUNTLET_PROGRAMS", Servers.programs, 1)
        setenv("GAUNTLET_STATE", sshd.path("state"), 1)
        defer { unsetenv("GAUNTLET_STATE") }
        let file = "\(directory)/journal.jsonl"
        let descriptor = open(file, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        defer { close(descriptor) }
        _ = try await LiveRun.run(
            plan, seed: 1, to: .file(descriptor), operations: .memory, schedule: Schedule.draw(plan, seed: 1),
            interrupts: { 0 }, tell: { _ in }, progress: { _, _ in })
        let journal = try Journal(path: file)
        let card = Scorer.score(journal, plan: plan)
        let states = journal.records.compactMap { record -> FaultEvent? in
            if case .fault(let event) = record.event { event } else { nil }
        }
        let killed = states.filter { $0.instance == 0 }
        #expect(killed.map(\.state) == [.commanded, .effective, .reverted, .clean], "\(states)")
        #expect(killed.count > 1 && killed[1].evidence.contains("1 of 1"))
        #expect(card.faults.first?.landed == true)
        let procedures = journal.records.compactMap { record -> Bool? in
            if case .procedure(_, _, let succeeded) = record.event { succeeded } else { nil }
        }
        #expect(procedures == [true], "\(states)")
        let loads = journal.records.compactMap { record -> HostLoad? in
            if case .load(let load) = record.event { load } else { nil }
        }
        #expect(loads.contains { $0.host == 0 && $0.memory > 0 && $0.disk != nil }, "\(loads)")
        #expect(loads.contains { $0.host == nil })
        // Another process than in the beginning, and nothing owed.
        let last = try Servers.pid(pidFile)
        #expect(last != first && last.map { kill($0, 0) } == 0)
        #expect(sshd.debts == [])
    }

    @Test("a run whose host cannot be reached ends with one sentence, and nothing was done")
    func unreachable() async throws {
        let sshd = try await TestSSHD()
        let reading = PlanReader.read(scenario: Self.scenario, file: "kill-cache.yaml") { _ in
            fleet(1, sshd.machine(knownHosts: "known-wrong"))
        }
        let plan = try #require(reading.plan, "\(reading.problems)")
        setenv("GAUNTLET_PROGRAMS", Servers.programs, 1)
        let error = await #expect(throws: WorldError.self) {
            _ = try await LiveRun.run(
                plan, seed: 1, to: .memory, operations: .memory, schedule: Schedule.draw(plan, seed: 1),
                interrupts: { 0 }, tell: { _ in }, progress: { _, _ in })
        }
        #expect(error?.message.hasPrefix("Far (ssh ") == true, "\(error?.message ?? "")")
        #expect(error?.message.contains("its host key is another") == true)
    }
}
