import Foundation
import Testing

@Suite struct ExitCodeTests {
    @Test func aHeldRunEndsWithZeroAndItsReplayCommandAsTheLastLine() async throws {
        let sandbox = try Sandbox()
        let run = try await sandbox.gauntlet("run", "first-steps", "--seed", "3")
        #expect(run.code == 0, "\(run.errors)")
        #expect(run.lines.first == "seed 3  first-steps on single-machine")
        let last = try #require(run.lines.last)
        #expect(last.hasPrefix("gauntlet replay reports/first-steps/"))
        let directory = String(last.dropFirst("gauntlet replay ".count))
        for file in [
            "run.json", "scenario.yaml", "fleets/single-machine.yaml", "objectives.yaml", "plan.txt", "schedule.json",
            "journal.jsonl", "scorecard.json", "report.html", "junit.xml", "summary.md", "metrics.txt",
        ] {
            #expect(FileManager.default.fileExists(atPath: sandbox.path("\(directory)/\(file)").path), "\(file)")
        }
    }

    @Test func aDeviatedRunEndsWithOneUnlessZeroIsAskedFor() async throws {
        let sandbox = try Sandbox()
        #expect(try await sandbox.run("canary-deviates").finished.code == 1)
        #expect(try await sandbox.run("canary-deviates", "--exit-zero").finished.code == 0)
    }

    @Test func anInconclusiveRunEndsWithTwo() async throws {
        let sandbox = try Sandbox()
        #expect(try await sandbox.run("canary-inconclusive").finished.code == 2)
    }

    @Test func aRunThatASafetyRuleEndedEndsWithFiveEvenWhenZeroIsAskedFor() async throws {
        let sandbox = try Sandbox()
        try sandbox.derive("careful", from: "first-steps", [("below: 50%", "below: 99.9%")])
        let (run, directory) = try await sandbox.run("careful", "--exit-zero")
        #expect(run.code == 5)
        #expect(try sandbox.text("\(directory)/run.json").contains("aborted: availability"))
        let replay = try await sandbox.gauntlet("replay", directory)
        #expect(replay.code == 0, "\(replay.output)")
    }

    @Test func aFileInPlaceOfTheDirectoryEndsWithFourAndOneLine() async throws {
        let sandbox = try Sandbox()
        try sandbox.write("", to: "occupied")
        let run = try await sandbox.gauntlet("run", "first-steps", "--quiet", "--out", "occupied")
        #expect(run.code == 4)
        #expect(run.errors == "gauntlet: cannot write occupied: Not a directory\n")
    }

    @Test func aReportThatDoesNotFitOnTheDiskEndsWithFourAndLosesNothingElse() async throws {
        let sandbox = try Sandbox()
        // Blocks of 512 bytes: the journal and the scorecard fit, the page does not.
        let run = try await sandbox.shell("ulimit -f 60; exec \"$GAUNTLET\" run first-steps --quiet")
        #expect(run.code == 4)
        #expect(
            run.errors.contains(/^gauntlet: cannot write reports.first-steps.[-0-9]+.report\.html: File too large\n$/))
        let root = "reports/first-steps"
        let name = try #require(try FileManager.default.contentsOfDirectory(atPath: sandbox.path(root).path).first)
        #expect(try await sandbox.gauntlet("replay", "\(root)/\(name)").code == 0)
        #expect(try await sandbox.gauntlet("gate", "\(root)/\(name)").code == 0)
        #expect(try await sandbox.gauntlet("report", "\(root)/\(name)").code == 0)
    }

    @Test func aJournalThatDoesNotFitOnTheDiskEndsWithFourAndKeepsThePlan() async throws {
        let sandbox = try Sandbox()
        let run = try await sandbox.shell("ulimit -f 60; exec \"$GAUNTLET\" run hub-failover --quiet")
        #expect(run.code == 4)
        #expect(run.errors.hasSuffix("journal.jsonl: File too large\n"), "\(run.errors)")
        let root = "reports/hub-failover"
        let name = try #require(try FileManager.default.contentsOfDirectory(atPath: sandbox.path(root).path).first)
        #expect(try sandbox.text("\(root)/\(name)/plan.txt").contains("kill-edge-hub"))
    }

    @Test func aFullOutputEndsWithFour() async throws {
        let sandbox = try Sandbox()
        let run = try await sandbox.shell("\"$GAUNTLET\" list >/dev/full")
        #expect(run.code == 4)
        #expect(run.errors == "gauntlet: cannot write to standard output: No space left on device\n")
    }

    @Test(arguments: [
        ["run"], ["run", "first-steps", "--bogus"], ["run", "first-steps", "--disable", "brekaer"],
        ["run", "first-steps", "--repeat", "0"], ["gate", "x", "--min-score", "101"], ["schema", "nothing"],
        ["nonsense"],
    ])
    func badArgumentsEndWith64(_ arguments: [String]) async throws {
        let sandbox = try Sandbox()
        let run = try await sandbox.gauntlet(arguments) { _ in }
        #expect(run.code == 64, "\(run.errors)")
        #expect(run.errors.hasPrefix("gauntlet: "))
    }

    @Test func anInvalidPlanEndsWith65AndAllItsProblems() async throws {
        let sandbox = try Sandbox()
        try sandbox.derive("wrong", from: "first-steps", [("kind: kill", "kind: kil"), ("for: 20s", "for: 20")])
        let run = try await sandbox.gauntlet("run", "wrong")
        #expect(run.code == 65)
        #expect(run.errors.contains("did you mean `kill`?"), "\(run.errors)")
        #expect(run.errors.contains("write `20s`"), "\(run.errors)")
        #expect(run.errors.hasSuffix("gauntlet: scenarios/wrong.yaml: 2 errors; nothing was run\n"), "\(run.errors)")
    }

    @Test func whatIsMissingEndsWith69AndTheNearestName() async throws {
        let sandbox = try Sandbox()
        let run = try await sandbox.gauntlet("run", "hub-failovr")
        #expect(run.code == 69)
        #expect(run.errors == "gauntlet: no scenario `hub-failovr`; did you mean `hub-failover`?\n")
        #expect(try await sandbox.gauntlet("run", "scenarios/nothing.yaml").code == 69)
        #expect(try await sandbox.gauntlet("replay", "reports/nothing").code == 69)
        #expect(try await sandbox.gauntlet("gate", "scorecard.json").code == 69)
        #expect(try await sandbox.gauntlet("run", "first-steps", "--fleet", "nothing").code == 69)
    }

    @Test func damagedFilesOfARunEndWith65() async throws {
        let sandbox = try Sandbox()
        let directory = try await sandbox.run("first-steps").directory
        try sandbox.write("{", to: "\(directory)/scorecard.json")
        #expect(try await sandbox.gauntlet("gate", directory).code == 65)
        try sandbox.write("{\"gauntlet\":1}\n", to: "\(directory)/journal.jsonl")
        #expect(try await sandbox.gauntlet("score", directory).code == 65)
        try sandbox.write("[]", to: "\(directory)/run.json")
        let replay = try await sandbox.gauntlet("replay", directory)
        #expect(replay.code == 65)
        #expect(replay.errors == "gauntlet: \(directory)/run.json: damaged, or of another version\n")
    }
}
