import Foundation
import Testing

/// The gate against a baseline, as a pipeline calls it.
@Suite struct GateCommandTests {
    private static let baseline = "reports/baselines/first-steps.json"

    /// A sandbox with a baseline of three seeds of the smallest scenario.
    private func sandbox() async throws -> Sandbox {
        let sandbox = try Sandbox()
        let update = try await sandbox.gauntlet("baseline", "update", "first-steps", "--seeds", "3", "--quiet")
        #expect(update.code == 0, "\(update.errors)")
        #expect(update.lines.first == "baseline  \(Self.baseline)")
        return sandbox
    }

    @Test("a baseline is the same bytes when it is made again, shows, and is used without being asked for")
    func baseline() async throws {
        let sandbox = try await sandbox()
        let text = try sandbox.text(Self.baseline)
        let again = try await sandbox.gauntlet("baseline", "update", "first-steps", "--seeds", "3", "--jobs", "1")
        #expect(again.code == 0, "\(again.errors)")
        #expect(try sandbox.text(Self.baseline) == text)
        let list = try await sandbox.gauntlet("baseline", "show")
        #expect(list.lines.count == 1 && list.output.hasPrefix("first-steps  held  score "), "\(list.output)")
        let show = try await sandbox.gauntlet("baseline", "show", "first-steps")
        #expect(show.output.contains("objective  availability"), "\(show.output)")
        #expect(try await sandbox.gauntlet("baseline", "show", "first-steps", "--json").output == text)
        #expect(try await sandbox.gauntlet("baseline", "show", "control").code == 69)

        let run = try await sandbox.run("first-steps", "--repeat", "2").directory
        let gate = try await sandbox.gauntlet("gate", run)
        #expect(gate.code == 0, "\(gate.output)")
        let line = try #require(gate.lines.first)
        #expect(line.contains(" compared="), "\(line)")
        #expect(line.contains(" baseline=\"\(Self.baseline)\" seeds=2 replay="), "\(line)")
        let without = try await sandbox.gauntlet("gate", run, "--no-baseline")
        #expect(!without.output.contains("baseline"), "\(without.output)")
        // A run's directory is as good as seeds of one's own.
        let other = try await sandbox.gauntlet("baseline", "update", run, "--file", "other.json")
        #expect(other.code == 0, "\(other.errors)")
        #expect(try await sandbox.gauntlet("gate", run, "--baseline", "other.json").code == 0)
    }

    @Test(
        "a plan that asks for less fails by name, accepted it passes; --set on an objective fails without a baseline too"
    )
    func weakening() async throws {
        let sandbox = try await sandbox()
        let file = "scenarios/first-steps.yaml"
        let scenario = try sandbox.text(file)
        let found = try #require(scenario.firstMatch(of: #/for: (\d+)s/#), "\(scenario)")
        let length = try #require(Int(found.1))
        try sandbox.write(scenario.replacing("for: \(length)s", with: "for: \(length - 1)s"), to: file)
        let run = try await sandbox.run("first-steps").directory
        let gate = try await sandbox.gauntlet("gate", run)
        #expect(gate.code == 1)
        #expect(gate.lines.first?.hasPrefix("gate=failed plan-change=fault-shortened of=") == true, "\(gate.output)")
        #expect(gate.output.contains("\(length)s before, \(length - 1)s now"), "\(gate.output)")
        let accepted = try await sandbox.gauntlet("gate", run, "--accept-plan-change")
        #expect(accepted.output.contains("accepted: fault-shortened"), "\(accepted.output)")
        #expect(accepted.lines.first?.contains("plan-change") == false)

        try sandbox.write(scenario, to: file)
        let lower = try await sandbox.gauntlet("gate", sandbox.run("first-steps").directory, "--min-score", "50")
        #expect(lower.code == 1)
        #expect(lower.lines.first?.hasPrefix("gate=failed plan-change=threshold-lowered of=score ") == true)
        let set = try await sandbox.run("first-steps", "--set", "objectives.availability.min=50%").directory
        let overridden = try await sandbox.gauntlet("gate", set, "--no-baseline")
        #expect(overridden.code == 1)
        #expect(
            overridden.lines.first?.hasPrefix("gate=failed plan-change=objective-set of=availability ") == true,
            "\(overridden.output)")
        #expect(try await sandbox.gauntlet("gate", set, "--no-baseline", "--accept-plan-change").code == 0)
        let refused = try await sandbox.gauntlet("baseline", "update", set)
        #expect(refused.code == 65)
        #expect(refused.errors.contains("a baseline is of the scenario as it stands"), "\(refused.errors)")
    }

    @Test("a fleet that got worse fails by the metric, within its margin it passes")
    func worse() async throws {
        let sandbox = try await sandbox()
        // The same plan, and a baseline that measured better: as if the engine had got slower since.
        let text = try sandbox.text(Self.baseline)
        let times = try Regex(#""((?:recovery|failover)-time[a-z-]*)": \d+"#)
        let better = text.replacing(times) { "\"\($0.output[1].substring ?? "")\": 1000" }
        #expect(better != text, "\(text)")
        try sandbox.write(better, to: "better.json")
        let run = try await sandbox.run("first-steps").directory
        let gate = try await sandbox.gauntlet("gate", run, "--baseline", "better.json")
        #expect(gate.code == 1, "\(gate.output)")
        #expect(gate.lines.first?.contains(#/^gate=failed worse=(recovery|failover)-time/#) == true, "\(gate.output)")
        let wide = try await sandbox.gauntlet(
            "gate", run, "--baseline", "better.json", "--margin", "recovery-time=10min", "--margin",
            "failover-time=10min")
        #expect(wide.code == 0 || wide.errors.contains("nothing is called so"), "\(wide.output)\(wide.errors)")
        let wrong = try await sandbox.gauntlet("gate", run, "--margin", "availabilty=1%")
        #expect(wrong.code == 64)
        #expect(wrong.errors.contains("`availability`"), "\(wrong.errors)")
        let other = try await sandbox.gauntlet(
            "gate", sandbox.run("canary-deviates").directory, "--baseline", Self.baseline)
        #expect(other.code == 65)
        #expect(other.errors.contains("is the baseline of first-steps"), "\(other.errors)")
    }

    @Test("seeds are run until it is decided, with the same answer whatever the number of jobs")
    func untilDecided() async throws {
        let sandbox = try Sandbox()
        let arguments = [
            "gate", "first-steps", "--until-decided", "--min-held", "80%", "--indifference", "30%", "--quiet",
        ]
        let one = try await sandbox.gauntlet(arguments + ["--jobs", "1"]) { _ in }
        #expect(one.code == 0, "\(one.output)\(one.errors)")
        // ln 20 ÷ ln(80/50) = 6.4
        #expect(one.lines.first?.hasPrefix("gate=passed share>=80% held=7/7 interval=") == true, "\(one.output)")
        #expect(one.lines.first?.contains(" seeds=7 max=2000 ") == true)
        let many = try await sandbox.gauntlet(arguments + ["--jobs", "5"]) { _ in }
        #expect(many.output == one.output)
        let replay = try #require(one.lines.first?.firstMatch(of: #/replay="gauntlet (.*)"/#)).1
        let again = try await sandbox.shell("$GAUNTLET \(replay) --quiet")
        #expect(again.output == one.output, "\(again.errors)")

        let bad = try await sandbox.gauntlet(
            "gate", "canary-deviates", "--until-decided", "--quiet", "--junit", "gate.xml", "--badge", "badge.svg")
        #expect(bad.code == 1, "\(bad.output)\(bad.errors)")
        #expect(try sandbox.text("badge.svg").contains("failed"))
        #expect(try sandbox.text("gate.xml").contains("enough seeds hold"))
        let short = try await sandbox.gauntlet("gate", "first-steps", "--until-decided", "--max", "3", "--quiet")
        #expect(short.code == 2)
        #expect(short.lines.first?.hasPrefix("gate=inconclusive reason=\"not decided within 3 seeds\" ") == true)
    }

    @Test("on GitHub reasons become annotations and the step's summary is added to; elsewhere neither")
    func github() async throws {
        let sandbox = try Sandbox()
        let run = try await sandbox.run("canary-deviates").directory
        try sandbox.write("before\n", to: "step.md")
        let gate = try await sandbox.gauntlet(
            "gate", run, "--badge", "badge.json", "--code-quality", "quality.json",
            environment: ["GITHUB_ACTIONS": "true", "GITHUB_STEP_SUMMARY": "step.md"])
        #expect(gate.code == 1)
        #expect(gate.lines.first?.hasPrefix("gate=failed ") == true)
        #expect(
            gate.lines.contains { $0.hasPrefix("::error title=gate failed%3A canary-deviates::") }, "\(gate.output)")
        #expect(try sandbox.text("step.md").hasPrefix("before\n## ❌ Gate failed: canary-deviates\n"))
        #expect(try sandbox.text("badge.json").contains("\"isError\": true"))
        #expect(try sandbox.text("quality.json").contains("\"path\": \"scenarios/canary-deviates.yaml\""))
        let plain = try await sandbox.gauntlet("gate", run)
        #expect(!plain.output.contains("::error"))
    }

    @Test(
        "arguments that contradict each other, or mean nothing, are refused in words that name them",
        arguments: [
            (["gate", "x", "--max", "9"], "--max is for --until-decided alone"),
            (["gate", "x", "--baseline", "a", "--no-baseline"], "--baseline and --no-baseline contradict each other"),
            (["gate", "x", "--margin", "score"], "--margin: `score` is not NAME=AMOUNT"),
            (["gate", "x", "--confidence", "40%"], "--confidence takes more than 50% and less than 100%, not 40%"),
            (["gate", "x", "--badge", "b.png"], "--badge takes a file that ends in .svg or .json, not b.png"),
            (["gate", "x", "--until-decided", "--min-held", "100%"], "--min-held 100% with --indifference 1%"),
            (["gate", "x", "--until-decided", "--margin", "score=1"], "--until-decided asks how many seeds hold"),
            (["baseline", "update", "x", "--seeds", "0"], "--seeds takes 1 to 10,000, not 0"),
            (["readiness", "--commands", "--json"], "--commands prints commands and nothing else"),
        ])
    func refused(_ arguments: [String], _ message: String) async throws {
        let sandbox = try Sandbox()
        let run = try await sandbox.gauntlet(arguments) { _ in }
        #expect(run.code == 64)
        #expect(run.errors.contains(message), "\(run.errors)")
    }
}
