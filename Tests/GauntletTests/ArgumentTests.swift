import Foundation
import Testing

/// Arguments that mean nothing, or not what was meant: each refused in words that name what was given.
@Suite struct ArgumentTests {
    @Test(arguments: [
        (["run", "first-steps", "--out", ""], "--out takes a directory, not an empty path"),
        (["run", "first-steps", "--seed", "-1"], "--seed takes 0 to 18446744073709551615"),
        (["run", "first-steps", "--repeat", "-3"], "--repeat takes 1 to 1,000,000 seeds, not -3"),
        (["run", "first-steps", "--jobs", "-3"], "--jobs takes 1 to 1024"),
        (["run", "first-steps", "--record-ops", "no"], "--record-ops"),
        (["gate", "x", "--min-score", "-1"], "--min-score takes 0 to 100, not -1"),
        (["explain", "x", "--limit", "-1"], "--limit takes 0 or more, not -1"),
        (
            ["trace", "x", "--agent", "A", "--around", "1s", "--within", "-5s"],
            "--within takes 0s or more, not -5.000 s"
        ),
        (["trace", "x", "--agent", "A", "--around", "-1s"], "--around takes 0s or more, not -1.000 s"),
        (["list", "--assumptions", "--seeds", "-1"], "--seeds takes 1 to 10,000, not -1"),
        (["list", "--promises", "--scenario", "control"], "--scenario is for --assumptions alone"),
    ])
    func whatIsOutOfRangeIsRefusedWithTheRange(_ arguments: [String], _ message: String) async throws {
        let sandbox = try Sandbox()
        let run = try await sandbox.gauntlet(arguments) { _ in }
        #expect(run.code == 64)
        #expect(run.errors.contains(message), "\(run.errors)")
        #expect(!run.errors.contains("Missing value"))
    }

    @Test(arguments: [
        (["replay", "notes.txt"], "notes.txt is not a run directory, nor in one: there is no run.json beside it"),
        (["explain", "notes.txt"], "notes.txt is not a run directory, nor in one: there is no run.json beside it"),
        (["score", "scenarios"], "scenarios is not a run directory: it has no run.json"),
        (
            ["replay", "hub-failover"],
            "hub-failover is a scenario; give the directory of a run of it, reports/hub-failover/RUN"
        ),
        (
            ["gate", "partition@2min"],
            "partition@2min is a scenario; give the directory of a run of it, reports/partition@2min/RUN"
        ),
    ])
    func whatIsNoRunDirectoryIsNamed(_ arguments: [String], _ message: String) async throws {
        let sandbox = try Sandbox()
        try sandbox.write("{}", to: "notes.txt")
        let run = try await sandbox.gauntlet(arguments) { _ in }
        #expect(run.code == 69)
        #expect(run.errors == "gauntlet: \(message)\n")
    }

    @Test(arguments: ["{", "{}", "[1]", "gauntlet: 1"])
    func theGateSaysThatAnotherFileIsNoScorecard(_ text: String) async throws {
        let sandbox = try Sandbox()
        try sandbox.write(text, to: "junk.json")
        let gate = try await sandbox.gauntlet("gate", "junk.json")
        #expect(gate.code == 65)
        #expect(
            gate.errors == "gauntlet: junk.json: not a scorecard; give a run directory or its scorecard.json\n")
    }

    @Test func checkTakesADirectory() async throws {
        let sandbox = try Sandbox()
        try FileManager.default.createDirectory(at: sandbox.path("empty"), withIntermediateDirectories: true)
        #expect(try await sandbox.gauntlet("check", "empty").errors == "gauntlet: no YAML file below empty\n")
        #expect(try await sandbox.gauntlet("init", "mine").code == 0)
        let check = try await sandbox.gauntlet("check", "mine/")
        #expect(check.code == 0, "\(check.output)")
        #expect(check.lines.last?.hasPrefix("2 files, 0 errors, ") == true, "\(check.output)")
        try sandbox.write("gauntlet-fleet: 1\ncolour: red\n", to: "mine/fleets/wrong.yaml")
        let wrong = try await sandbox.gauntlet("check", "mine")
        #expect(wrong.code == 65)
        #expect(wrong.output.contains("mine/fleets/wrong.yaml:2:1: error: "), "\(wrong.output)")
    }

    @Test func everyFleetIsListedOnce() async throws {
        let sandbox = try Sandbox()
        let run = try await sandbox.gauntlet("run", "first-steps", "--fleet", "nosuch")
        #expect(run.code == 69)
        #expect(run.errors.components(separatedBy: "`single-machine`").count <= 2, "\(run.errors)")
        #expect(run.errors.components(separatedBy: "single-machine").count == 2, "\(run.errors)")
    }

    @Test func traceRefusesWhatIsPastTheEndOrIsNoAgent() async throws {
        let sandbox = try Sandbox()
        let directory = try await sandbox.run("hub-failover").directory
        let late = try await sandbox.gauntlet("trace", directory, "--agent", "TutorAgent", "--around", "9999s")
        #expect(late.code == 64)
        #expect(late.errors.contains(/is past the end of the run, which was [0-9a-z. ]+ long\n$/), "\(late.errors)")
        let hub = try await sandbox.gauntlet("trace", directory, "--agent", "CentralHub", "--around", "36s")
        #expect(hub.code == 64)
        #expect(hub.errors == "gauntlet: CentralHub is a hub, not an agent\n")
    }

    @Test func anAdvisoryObjectiveMayBoundTheOtherSide() async throws {
        let sandbox = try Sandbox()
        let line = "{ id: odd, metric: availability, over: run, max: 99.9%"
        for (advisory, count) in [(", advisory: true }", 0), (" }", 1)] {
            try sandbox.derive(
                "odd", from: "first-steps", [("\nobjectives:\n", "\nobjectives:\n  - \(line)\(advisory)\n")])
            let check = try await sandbox.gauntlet("check", "odd")
            #expect(check.lines.count { $0.contains("is `min` meant?") } == count, "\(check.output)")
        }
    }
}
