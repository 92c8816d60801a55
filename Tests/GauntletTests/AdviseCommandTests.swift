import Foundation
import Testing

@Suite struct AdviseCommandTests {
    /// The greeter's standby takes 13 s, because its heartbeat is missed so late.
    private static let late = "fleet.policies.heartbeat.timeout=12s"

    /// A scenario of a single fault that fails for one reason only.
    private func sandbox() throws -> Sandbox {
        let sandbox = try Sandbox()
        try sandbox.write(
            """
            gauntlet: 1
            name: late
            summary: For a test.
            fleet: fleets/single-machine.yaml
            phases: { baseline: 10s, faults: 30s, recovery: 20s }
            workload:
              requests: { rate: 2/s, timeout: 500ms }
            exercises: agent-failover
            faults:
              - { id: kill, kind: kill, target: { name: Greeter }, at: 5s, for: 22s }
            objectives:
              - { metric: availability, over: run, min: 50% }
              - { metric: failover-time, of: kill, max: 5s }

            """, to: "scenarios/late.yaml")
        try sandbox.write("fleet.policies.heartbeat.timeout=3s\nfleet.policies.retry.attempts=1\n", to: "two.txt")
        return sandbox
    }

    @Test("of a run the advice is kept beside it, in the report too, and the words it gives mend it")
    func ofRun() async throws {
        let sandbox = try sandbox()
        let run = try await sandbox.run("late", "--set", Self.late)
        #expect(run.finished.code == 1)
        let advice = try await sandbox.gauntlet(
            "advise", run.directory, "--seeds", "10", "--candidates", "two.txt", "--quiet")
        #expect(advice.code == 0, "\(advice.errors)")
        let words = "heartbeat timeout 12 s → 3 s"
        #expect(advice.output.contains(words), "\(advice.output)")
        let stored = try sandbox.text("\(run.directory)/advice.json")
        #expect(stored.contains("\"gauntlet_advice\" : 1") && stored.contains(words), "\(stored)")
        let page = try sandbox.text("\(run.directory)/report.html")
        #expect(page.contains("What would have met it") && page.contains(words))
        // A report made again still knows.
        #expect(try await sandbox.gauntlet("report", run.directory).code == 0)
        #expect(try sandbox.text("\(run.directory)/report.html").contains(words))

        let line = try #require(advice.lines.first { $0.contains("gauntlet run late") }, "\(advice.output)")
        let again = try await sandbox.shell(
            line.replacing("gauntlet run", with: "$GAUNTLET run --quiet").trimmingCharacters(in: .whitespaces))
        #expect(again.code == 0, "\(line): \(again.output)\(again.errors)")
    }

    @Test("a scenario is advised on as it stands, as JSON, and leaves nothing behind")
    func ofScenario() async throws {
        let sandbox = try sandbox()
        let advice = try await sandbox.gauntlet(
            "advise", "late", "--set", Self.late, "--seeds", "10", "--candidates", "two.txt", "--quiet", "--json")
        #expect(advice.code == 0, "\(advice.errors)")
        let json = try advice.json()
        #expect(json["seeds"] as? [Int] == Array(1...10))
        let objectives = try #require(json["objectives"] as? [[String: Any]])
        #expect(objectives.map { $0["id"] as? String } == ["failover-time-kill"])
        let options = try #require(objectives.first?["options"] as? [[String: Any]])
        #expect(options.first?["outcome"] as? String == "meets")
        #expect(options.first?["set"] as? [String] == ["fleet.policies.heartbeat.timeout=3s"])
        #expect(!FileManager.default.fileExists(atPath: sandbox.path("reports").path))
    }

    @Test("--apply writes a fleet that keeps the promise, and never over a file that is there")
    func apply() async throws {
        let sandbox = try sandbox()
        // In the file itself, where a change of the file counts.
        let fleet = try sandbox.text("scenarios/fleets/single-machine.yaml")
        let slow = fleet.replacing("timeout: 1500ms (assumed 600ms..15s)", with: "timeout: 12s (assumed 600ms..15s)")
        #expect(slow != fleet)
        try sandbox.write(slow, to: "scenarios/fleets/single-machine.yaml")
        let arguments = [
            "advise", "late", "--seeds", "10", "--candidates", "two.txt", "--quiet", "--apply", "quick.yaml",
        ]
        let advice = try await sandbox.gauntlet(arguments) { _ in }
        #expect(advice.code == 0, "\(advice.errors)")
        let written = try sandbox.text("quick.yaml")
        #expect(written == slow.replacing("timeout: 12s (assumed", with: "timeout: 3s (assumed"))
        let mended = try await sandbox.run("late", "--fleet", "quick.yaml")
        #expect(mended.finished.code == 0, "\(mended.finished.output)")

        let again = try await sandbox.gauntlet(arguments) { _ in }
        #expect(again.code == 64)
        #expect(again.errors.contains("--apply writes a new file, and quick.yaml is there"))
        #expect(try sandbox.text("quick.yaml") == written)
    }

    @Test("a value that the scenario sets itself cannot be put into a fleet file, and is said to be so")
    func applyOverridden() async throws {
        let sandbox = try sandbox()
        let advice = try await sandbox.gauntlet(
            "advise", "late", "--set", Self.late, "--seeds", "10", "--candidates", "two.txt", "--quiet", "--apply",
            "quick.yaml")
        #expect(advice.code == 65)
        #expect(advice.errors.contains("puts another value in its place"), "\(advice.errors)")
        #expect(!FileManager.default.fileExists(atPath: sandbox.path("quick.yaml").path))
    }

    @Test(
        "what makes no sense is refused in one message",
        arguments: [
            (["late", "--seeds", "3"], 64, "--seeds takes 10 to 10,000, not 3"),
            (["late", "--jobs", "0"], 64, "--jobs takes 1 to 1024"),
            (["late", "--disable", "breakers"], 64, "no mechanism `breakers`"),
            (["late", "--apply", "two.txt"], 64, "two.txt is there"),
            (["late", "--objective", "failover"], 64, "no objective `failover` in late"),
            (["nowhere"], 69, "no scenario `nowhere`"),
            (["scenarios"], 69, "is not a run directory"),
            (["late", "--candidates", "missing.txt"], 69, "cannot read missing.txt"),
            (["late", "--candidates", "bad.txt"], 65, "bad.txt:2: "),
        ])
    func refused(_ arguments: [String], _ code: Int, _ message: String) async throws {
        let sandbox = try sandbox()
        try sandbox.write("fleet.policies.retry.attempts=1\nfleet.policies.retry.attempts=many\n", to: "bad.txt")
        let run = try await sandbox.gauntlet(["advise"] + arguments) { _ in }
        #expect(run.code == Int32(code), "\(run.errors)")
        #expect(run.errors.contains(message), "\(run.errors)")
    }

    @Test("a run that was made cannot be changed by --set")
    func fixedRun() async throws {
        let sandbox = try sandbox()
        let run = try await sandbox.run("late")
        let advice = try await sandbox.gauntlet("advise", run.directory, "--set", Self.late, "--seed", "3")
        #expect(advice.code == 64)
        #expect(advice.errors.contains("--seed, --set cannot change \(run.directory)"), "\(advice.errors)")
    }
}
