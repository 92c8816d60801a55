import ChaosFleet
import ChaosLive
import ChaosPlan
import ChaosRun
import ChaosScore
import Foundation
import Testing

/// The shipped example of a fleet that is not ours, run in small.
@Suite(.serialized, .enabled(if: Servers.missing == nil, Comment(rawValue: Servers.missing ?? "")))
struct RedisSentinelTests {
    private static let directory = "\(Fixture.root)/scenarios/byo"

    private func plan(_ name: String, faults: [String]) throws -> Plan {
        let overrides =
            ["phases.baseline=3s", "phases.faults=12s", "phases.recovery=5s"]
            + faults.flatMap { ["faults.\($0).at=1s", "faults.\($0).for=10s"] }
        let reading = PlanReader.read(
            scenario: try String(contentsOfFile: "\(Self.directory)/\(name).yaml", encoding: .utf8), file: name,
            overrides: overrides
        ) { path in try? String(contentsOfFile: "\(Self.directory)/\(path)", encoding: .utf8) }
        return try #require(reading.plan, "\(reading.problems)")
    }

    @Test(
        "when the primary dies or is cut off, a replica serves its clients, and nothing is left behind",
        .timeLimit(.minutes(5)),
        arguments: [
            ("redis-sentinel-failover", ["kill-primary"]), ("redis-sentinel-partition", ["cut-b", "cut-c"]),
        ])
    func failover(name: String, faults: [String]) async throws {
        setenv("GAUNTLET_PROGRAMS", Servers.programs, 1)
        let plan = try plan(name, faults: faults)
        let schedule = Schedule.draw(plan, seed: 1)
        let file = FileManager.default.temporaryDirectory.appending(path: "\(UUID()).jsonl").path
        defer { unlink(file) }
        let journal = open(file, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        defer { close(journal) }
        let told = Told()
        // Up before the run and after it, so that it can be asked who is what.
        _ = try FleetSession.up(plan.fleet)
        defer { try? FleetSession.down(plan.fleet.name) }
        try await Self.knowOneAnother(plan.fleet.name)
        let result = try await LiveRun.run(
            plan, seed: 1, to: .file(journal), operations: .memory, schedule: schedule, interrupts: { 0 },
            tell: { told.add($0) },
            progress: { _, _ in })
        #expect(result.writeFailure == nil)

        let contents = try Journal(path: file)
        let takeovers = contents.records.compactMap { record -> MechanismEvent? in
            guard case .mechanism(let event) = record.event, event.role == .takeover else { return nil }
            return event
        }
        let taken = takeovers.filter { $0.about == "redis-1" }
        #expect(taken.contains { ["redis-2", "redis-3"].contains($0.by) }, "\(told.lines)")
        #expect(takeovers.allSatisfy { $0.mechanism == .agentFailover })
        let landed = contents.records.filter { record in
            if case .fault(let event) = record.event { return event.state == .clean }
            return false
        }
        #expect(landed.count == faults.count, "\(told.lines)")

        // Each host is a namespace: its own processes and disk, and besides them the machine.
        let loads = contents.records.compactMap { record -> HostLoad? in
            if case .load(let load) = record.event { load } else { nil }
        }
        for host in plan.fleet.hosts.indices {
            #expect(loads.contains { $0.host == host && $0.memory > 0 && $0.cpu > .zero && $0.disk != nil }, "\(host)")
        }
        #expect(loads.contains { $0.host == nil && $0.cpu > .zero })

        let card = Scorer.score(contents, plan: plan)
        #expect(card.faults.contains { $0.failedOver != nil }, "\(told.lines)")
        #expect(card.faults.allSatisfy { $0.landed }, "\(told.lines)")
        #expect(card.facts.totals.requests > 200)
        // One primary, and the old one follows it.
        let roles = try await Self.settledRoles(plan.fleet.name)
        #expect(roles.filter { $0 == "master" }.count == 1 && roles[0] == "slave", "\(roles)")

        try FleetSession.down(plan.fleet.name)
        #expect(FleetSession.running.contains(plan.fleet.name) == false)
        #expect(LiveRig.processes(of: plan.fleet.name) == [])
    }

    /// Waits until each Sentinel knows both replicas and both other Sentinels: before that they promote nobody.
    private static func knowOneAnother(_ fleet: String) async throws {
        var known: [String] = []
        for _ in 0..<200 {
            known = (1...3).map { number in
                Servers.output([
                    "\(Servers.programs)/gauntlet-host", "enter", "--fleet", fleet, "--", "redis-cli", "-h",
                    "10.77.0.\(number)", "-p", "26379", "INFO", "sentinel",
                ])
            }
            if known.allSatisfy({ $0.contains("status=ok") && $0.contains("slaves=2,sentinels=3") }) { return }
            try await Task.sleep(for: .milliseconds(300))
        }
        Issue.record("the Sentinels do not know one another: \(known)")
    }

    /// What each of the three says that it is, when that is one master and two that follow, or at last.
    private static func settledRoles(_ fleet: String) async throws -> [String] {
        var roles: [String] = []
        for _ in 0..<100 {
            roles = (1...3).map { number in
                Servers.output([
                    "\(Servers.programs)/gauntlet-host", "enter", "--fleet", fleet, "--", "redis-cli", "-h",
                    "10.77.0.\(number)", "ROLE",
                ]).split(separator: "\n").first.map { String($0) } ?? ""
            }
            if roles.sorted() == ["master", "slave", "slave"], roles[0] == "slave" { break }
            try await Task.sleep(for: .milliseconds(300))
        }
        return roles
    }
}

/// What a run told its operator.
final class Told: @unchecked Sendable {
    private let lock = NSLock()
    private var all: [String] = []

    func add(_ line: String) { lock.withLock { all.append(line) } }
    var lines: [String] { lock.withLock { all } }
}
