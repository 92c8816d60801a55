import Foundation
import Testing

@Suite struct CommandTests {
    @Test func listShowsEveryScenarioOnItsOwnLine() async throws {
        let sandbox = try Sandbox()
        let list = try await sandbox.gauntlet("list")
        #expect(list.code == 0)
        for file in try FileManager.default.contentsOfDirectory(atPath: sandbox.path("scenarios").path) {
            guard file.hasSuffix(".yaml"), !["objectives.yaml", "promises.yaml"].contains(file) else { continue }
            let name = String(file.dropLast(5))
            #expect(list.lines.contains { $0.hasPrefix("\(name) ") }, "\(name)")
        }
        #expect(!list.output.contains("(invalid"))
    }

    @Test func listOfPromisesNamesWhatTestsEachOrWhyNothingDoes() async throws {
        let sandbox = try Sandbox()
        let list = try await sandbox.gauntlet("list", "--promises")
        #expect(list.code == 0, "\(list.errors)")
        #expect(list.output.contains("hub-failover: failover-time-kill-edge-hub"))
        #expect(list.output.contains("not tested: The model has no metrics pipeline."))
        #expect(list.lines.last?.hasSuffix("0 without one") == true)
        #expect(!list.output.contains("cited but not in the book"))
    }

    @Test func scenariosOutsideTheWorkingDirectoryAreFoundByTheEnvironment() async throws {
        let sandbox = try Sandbox()
        try FileManager.default.moveItem(at: sandbox.path("scenarios"), to: sandbox.path("elsewhere"))
        let run = try await sandbox.gauntlet(
            "run", "first-steps", "--quiet", environment: ["GAUNTLET_SCENARIOS": "elsewhere"])
        #expect(run.code == 0, "\(run.errors)")
    }

    @Test func checkPrintsEveryProblemOfEveryFileWithItsPlace() async throws {
        let sandbox = try Sandbox()
        try sandbox.derive("wrong", from: "first-steps", [("kind: kill", "kind: kil"), ("for: 20s", "for: 20")])
        let fleet = try sandbox.text("scenarios/fleets/single-machine.yaml")
        try sandbox.write(
            fleet.replacingOccurrences(of: "gauntlet-fleet: 1", with: "gauntlet-fleet: 1\ncolour: red"),
            to: "scenarios/fleets/wrong.yaml")
        let check = try await sandbox.gauntlet(
            "check", "scenarios/wrong.yaml", "scenarios/fleets/wrong.yaml", "scenarios/control.yaml")
        #expect(check.code == 65)
        let errors = check.lines.filter { $0.contains(": error: ") }
        #expect(errors.count == 3, "\(check.output)")
        #expect(errors.allSatisfy { $0.contains(#/^scenarios/(fleets/)?wrong\.yaml:\d+:\d+: error: /#) })
        #expect(check.lines.last?.hasPrefix("3 files, 3 errors, ") == true)
        let json = try await sandbox.gauntlet("check", "--json", "scenarios/wrong.yaml")
        #expect(json.code == 65)
        #expect(try json.json()["errors"] as? Int == 2)
    }

    @Test func checkWarnsOfAFleetWithNumbersAndStillPasses() async throws {
        let sandbox = try Sandbox()
        let check = try await sandbox.gauntlet("check", "scenarios/fleets/two-machine.yaml")
        #expect(check.code == 0)
        #expect(check.output.contains("one request can become 81 calls"))
    }

    @Test func overridesAndDisabledMechanismsChangeTheResult() async throws {
        let sandbox = try Sandbox()
        let plain = try await sandbox.run("hub-failover")
        let slow = try await sandbox.run(
            "hub-failover", "--set", "fleet.policies.hub-failover.detect-after=8s", "--set",
            "fleet.policies.hub-failover.failures=100")
        let without = try await sandbox.run("hub-failover", "--disable", "hub-failover")
        #expect(plain.finished.code == 0)
        #expect(slow.finished.code == 1)
        #expect(without.finished.code == 1)
        #expect(try sandbox.text("\(without.directory)/run.json").contains("hub-failover"))
    }

    @Test func planShowsWhoIsHitWithoutRunningAnything() async throws {
        let sandbox = try Sandbox()
        let plan = try await sandbox.gauntlet("plan", "hub-failover", "--seed", "2")
        #expect(plan.code == 0)
        #expect(plan.output.contains("kill-edge-hub"))
        #expect(plan.output.contains("EdgeHub"))
        #expect(!FileManager.default.fileExists(atPath: sandbox.path("reports").path))
        let json = try await sandbox.gauntlet("plan", "hub-failover", "--json").json()
        let instance = try #require((json["instances"] as? [[String: Any]])?.first)
        #expect(instance["targets"] as? [String] == ["EdgeHub"])
        #expect(instance["at_ns"] as? Int == 35_000_000_000)
    }

    @Test func theGatePassesAndFailsAndSaysWhyInOneLine() async throws {
        let sandbox = try Sandbox()
        let good = try await sandbox.run("first-steps").directory
        let passed = try await sandbox.gauntlet(
            "gate", good, "--min-score", "95", "--min-coverage", "90", "--junit", "gate.xml", "--summary", "gate.md")
        #expect(passed.code == 0)
        #expect(passed.lines.first?.hasPrefix("gate=passed score=") == true)
        #expect(passed.lines.first?.contains("replay=\"gauntlet replay \(good)\"") == true)
        #expect(try sandbox.text("gate.xml").contains("<testsuite"))
        #expect(try sandbox.text("gate.md").contains("first-steps"))
        let bad = try await sandbox.run("canary-deviates").directory
        let failed = try await sandbox.gauntlet("gate", "\(bad)/scorecard.json")
        #expect(failed.code == 1)
        #expect(failed.lines.first?.hasPrefix("gate=failed objective=") == true)
        let unclear = try await sandbox.gauntlet("gate", sandbox.run("canary-inconclusive").directory)
        #expect(unclear.code == 2)
        #expect(unclear.lines.first?.hasPrefix("gate=inconclusive") == true)
    }

    @Test func scoringAndReportingAgainGiveTheSameFiles() async throws {
        let sandbox = try Sandbox()
        let directory = try await sandbox.run("first-steps").directory
        let files = ["scorecard.json", "report.html", "junit.xml", "summary.md", "metrics.txt"]
        let before = try files.map { try sandbox.text("\(directory)/\($0)") }
        for file in files { try FileManager.default.removeItem(at: sandbox.path("\(directory)/\(file)")) }
        #expect(try await sandbox.gauntlet("report", directory).code == 69)
        #expect(try await sandbox.gauntlet("score", directory).code == 0)
        #expect(try await sandbox.gauntlet("report", directory).code == 0)
        #expect(try files.map { try sandbox.text("\(directory)/\($0)") } == before)
    }

    @Test func manySeedsAreScoredAsOneAndTheWorstCanBeRepeated() async throws {
        let sandbox = try Sandbox()
        let run = try await sandbox.gauntlet("run", "first-steps", "--seed", "10", "--repeat", "3", "--jobs", "2")
        #expect(run.code == 0, "\(run.errors)")
        #expect(run.lines.first == "seeds 10 to 12  first-steps on single-machine")
        #expect(run.lines.contains { $0.contains(/^worst seed 1[012]  gauntlet run first-steps --seed 1[012]$/) })
        let directory = try #require(run.lines.last).dropFirst("gauntlet replay ".count)
        #expect(try await sandbox.gauntlet("replay", String(directory)).code == 0)
        #expect(try await sandbox.gauntlet("gate", String(directory)).code == 0)
        #expect(try sandbox.text("\(directory)/run.json").contains("12"))
    }

    @Test func whatInitWritesPassesCheckAndHoldsAndIsNeverOverwritten() async throws {
        let sandbox = try Sandbox()
        #expect(try await sandbox.gauntlet("init", "mine").code == 0)
        let check = try await sandbox.gauntlet("check", "mine/my-first.yaml", "mine/fleets/my-fleet.yaml")
        #expect(check.code == 0, "\(check.output)")
        #expect(try await sandbox.run("mine/my-first.yaml").finished.code == 0)
        #expect(try await sandbox.run("mine/my-first.yaml@longer").finished.code == 0)
        try sandbox.write("precious", to: "mine/my-first.yaml")
        let again = try await sandbox.gauntlet("init", "mine")
        #expect(again.code == 4)
        #expect(again.errors == "gauntlet: mine/my-first.yaml exists; nothing was written\n")
        #expect(try sandbox.text("mine/my-first.yaml") == "precious")
    }

    @Test func traceShowsWhatTouchedAnAgentInOrderOfTime() async throws {
        let sandbox = try Sandbox()
        let directory = try await sandbox.run("hub-failover").directory
        let trace = try await sandbox.gauntlet(
            "trace", directory, "--agent", "TutorAgent", "--around", "36s", "--within", "3s")
        #expect(trace.code == 0, "\(trace.errors)")
        #expect(trace.lines.first == "TutorAgent on PC2, from 33.000 s to 39.000 s: up, faults")
        let times = trace.lines.dropFirst().compactMap { Double($0.split(separator: " ")[0]) }
        #expect(times.count == trace.lines.count - 1)
        #expect(times == times.sorted())
        #expect(times.allSatisfy { (33...39).contains($0) })
        #expect(trace.output.contains(/its hub EdgeHub +fault kill-edge-hub \(kill\) effective: EdgeHub/))
        #expect(trace.output.contains(/itself +hub-failover takeover by TutorAgent about EdgeHub/))
        let unknown = try await sandbox.gauntlet("trace", directory, "--agent", "TutorAgnt", "--around", "36s")
        #expect(unknown.code == 64)
        #expect(unknown.errors.contains("did you mean `TutorAgent`?"))
    }

    @Test func explainTellsWhatEachFaultCost() async throws {
        let sandbox = try Sandbox()
        let directory = try await sandbox.run("first-steps", "--disable", "agent-failover").directory
        let explanation = try await sandbox.gauntlet("explain", directory, "--quiet")
        #expect(explanation.code == 0, "\(explanation.errors)")
        #expect(explanation.output.contains("without any fault: "))
        #expect(explanation.output.contains("without kill-one: "))
        #expect(!explanation.output.contains("another history"))
    }

    @Test func assumptionsNameTheObjectivesThatFlipWithinTheirRanges() async throws {
        let sandbox = try Sandbox()
        let list = try await sandbox.gauntlet("list", "--assumptions", "--scenario", "first-steps", "--quiet")
        #expect(list.code == 0, "\(list.errors)")
        #expect(list.lines.first?.contains(/flip within the ranges of \d+ assumed parameters: \d+ of \d+/) == true)
        #expect(list.output.contains("fleet.policies.heartbeat.timeout at 15s instead of 1500ms: "))
    }

    @Test func jsonOutputParsesAndIsAllThereIs() async throws {
        let sandbox = try Sandbox()
        let run = try await sandbox.gauntlet("run", "first-steps", "--json")
        let card = try #require(try run.json()["scorecard"] as? [String: Any])
        #expect(card["journal_hash"] is String)
        let ending = try #require(try run.json()["run"] as? [String: Any])
        #expect(ending["exit_code"] as? Int == 0)
        let list = try await sandbox.gauntlet("list", "--json")
        let entries = try JSONSerialization.jsonObject(with: Data(list.output.utf8)) as? [[String: Any]]
        #expect(entries?.contains { $0["name"] as? String == "hub-failover" } == true)
        #expect(try await sandbox.gauntlet("list", "--promises", "--json").json()["rows"] is [Any])
        #expect(try await sandbox.gauntlet("schema", "scenario").json()["$schema"] is String)
        #expect(try await sandbox.gauntlet("schema", "fleet").json()["$schema"] is String)
    }

    @Test func helpNamesTheExitCodesAndTheCompletions() async throws {
        let sandbox = try Sandbox()
        let help = try await sandbox.gauntlet("--help")
        #expect(help.code == 0)
        for code in ["0", "1", "2", "3", "4", "5", "64", "65", "69", "70", "130"] {
            #expect(help.lines.contains { $0.contains(try! Regex("^  \(code) +[a-z]")) }, "\(code)")
        }
        #expect(help.output.contains("--generate-completion-script"))
        #expect(try await sandbox.gauntlet("--generate-completion-script", "bash").output.contains("_gauntlet"))
    }

    @Test func aTerminalHasColourUnlessTheOperatorWantsNone() async throws {
        let sandbox = try Sandbox()
        #expect(try await sandbox.onTerminal("run", "canary-deviates").contains("\u{1B}[1;31mdeviated"))
        let plain = try await sandbox.onTerminal("run", "canary-deviates", environment: ["NO_COLOR": "1"])
        #expect(plain.contains("deviated"))
        #expect(!plain.contains("\u{1B}[1;31m"))
        let quiet = try await sandbox.onTerminal("run", "canary-deviates", "--quiet")
        #expect(!quiet.contains("\r\u{1B}"))
    }

    @Test func nothingIsColouredOrRedrawnWhenNobodyWatches() async throws {
        let sandbox = try Sandbox()
        // At this pace it takes three seconds however quick the machine is; progress is told from the first one on.
        let run = try await sandbox.gauntlet("run", "canary-deviates", "--pace", "50x")
        #expect(!run.output.contains("\u{1B}"))
        #expect(!run.errors.contains("\u{1B}"))
        #expect(!run.errors.contains("\r"))
        #expect(run.errors.contains("canary-deviates 50 %"))
        #expect(try await sandbox.gauntlet("run", "first-steps", "--quiet").errors.isEmpty)
    }
}
