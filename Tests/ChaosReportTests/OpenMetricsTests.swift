import ChaosPlan
import ChaosReport
import ChaosScore
import Foundation
import ReportSamples
import Testing

@Suite struct OpenMetricsTests {
    private let hub = Sample.hubFailover
    private let week = Sample.week

    @Test("a run's numbers stand in the text as the scorecard has them")
    func values() throws {
        let card = hub.scorecard
        let metrics = try OpenMetricsParser.read(OpenMetrics.render(card))
        #expect(metrics.value("gauntlet_run_score") == card.score)
        #expect(metrics.value("gauntlet_run_coverage_ratio") == card.coverage / 100)
        #expect(metrics.value("gauntlet_run_availability_ratio", ["over": "run"]) == card.facts.availability)
        #expect(metrics.value("gauntlet_run_duration_seconds") == Double(card.facts.duration) / 1e9)
        for verdict in Verdict.allCases {
            #expect(
                metrics.value("gauntlet_run_verdict", ["verdict": verdict.rawValue])
                    == (verdict == card.verdict ? 1 : 0))
        }
        for result in card.objectives {
            for judgement in Judgement.allCases {
                let labels = ["objective": result.objective.id, "judgement": judgement.rawValue]
                #expect(
                    metrics.value("gauntlet_run_objective_judgement", labels) == (judgement == result.judgement ? 1 : 0)
                )
            }
        }
        let time = try #require(card.objectives.first { $0.objective.metric == .failoverTime })
        let label = ["objective": time.objective.id]
        #expect(metrics.value("gauntlet_run_objective_seconds", label) == time.value.map { $0 / 1e9 })
        #expect(metrics.value("gauntlet_run_objective_limit_seconds", label) == 3)
        let fault = try #require(card.faults.first)
        let effective = try #require(fault.effective)
        let detected = try #require(fault.detected)
        let parts = ["fault": fault.id, "part": "detect"]
        #expect(metrics.value("gauntlet_run_fault_seconds", parts) == Double(detected - effective) / 1e9)
        #expect(
            metrics.value("gauntlet_run_messages", ["state": "published"]) == Double(card.facts.totals.published))
        #expect(
            metrics.samples.allSatisfy { $0.labels["scenario"] == "hub-failover" && $0.labels["world"] == "simulated" })
    }

    @Test("what had no evidence has no sample")
    func absence() throws {
        var card = hub.scorecard
        card.score = nil
        card.facts.availabilityImpact = nil
        card.objectives = []
        let metrics = try OpenMetricsParser.read(OpenMetrics.render(card))
        #expect(!metrics.families.contains("gauntlet_run_score"))
        #expect(!metrics.families.contains { $0.hasPrefix("gauntlet_run_objective") })
        #expect(metrics.value("gauntlet_run_availability_ratio", ["over": "impact"]) == nil)
        #expect(metrics.value("gauntlet_run_availability_ratio", ["over": "run"]) != nil)
    }

    @Test("no name can break out of its label")
    func escaping() throws {
        var card = hub.scorecard
        card.scenario = "a\"b\\c\nd{e=\"f\"} 1\n# EOF\r"
        card.objectives[0].objective.id = "\\"
        let metrics = try OpenMetricsParser.read(OpenMetrics.render(card))
        #expect(metrics.samples.allSatisfy { $0.labels["scenario"] == "a\"b\\c\nd{e=\"f\"} 1\n# EOF " })
        #expect(metrics.samples.contains { $0.labels["objective"] == "\\" })
    }

    @Test("numbers that are none are written as the format has them")
    func numbers() throws {
        var text = MetricsText()
        text.gauge(
            "a_ratio", unit: "ratio", help: "Some \"help\".",
            [
                .init(.nan, [("n", "1")]), .init(.infinity, [("n", "2")]), .init(-.infinity, [("n", "3")]),
                .init(1e21, [("n", "4")]), .init(-0.1, [("n", "5")]),
            ])
        text.gauge("nothing", help: "Has no sample.", [])
        let lines = text.text.split(separator: "\n")
        #expect(lines[0] == "# TYPE a_ratio gauge")
        #expect(lines[1] == "# UNIT a_ratio ratio")
        #expect(lines[2] == #"# HELP a_ratio Some \"help\"."#)
        let metrics = try OpenMetricsParser.read(text.text)
        #expect(metrics.value("a_ratio", ["n": "1"])?.isNaN == true)
        #expect(metrics.value("a_ratio", ["n": "2"]) == .infinity)
        #expect(metrics.value("a_ratio", ["n": "3"]) == -.infinity)
        #expect(metrics.value("a_ratio", ["n": "4"]) == 1e21)
        #expect(metrics.value("a_ratio", ["n": "5"]) == -0.1)
        #expect(metrics.families == ["a_ratio"])
    }

    @Test(
        "the tests' own parser refuses what the format refuses",
        arguments: [
            "", "# TYPE a gauge\n# HELP a b\na 1\n", "a 1\n# EOF\n", "# TYPE a gauge\n# HELP a b\na 1\n\n# EOF\n",
            "# TYPE a gauge\n# HELP a b\na 1\na 1\n# EOF\n", "# TYPE a gauge\n# HELP a b\na{b=\"c} 1\n# EOF\n",
            "# TYPE a gauge\n# UNIT a s\n# HELP a b\na 1\n# EOF\n", "# TYPE a gauge\n# HELP a b\na one\n# EOF\n",
            "# TYPE a gauge\n# HELP a b\na{b=\"\\x\"} 1\n# EOF\n", "# TYPE a gauge\n# TYPE a gauge\na 1\n# EOF\n",
            "# TYPE a gauge\n# HELP a b\na{b=\"1\",b=\"2\"} 1\n# EOF\n", "# TYPE a gauge\n# HELP a b\na 1 \n# EOF\n",
        ])
    func strictness(text: String) {
        #expect(throws: OpenMetricsParser.Malformed.self) { try OpenMetricsParser.read(text) }
    }

    private static let promtool = "/usr/bin/promtool"

    @Test(
        "Prometheus' own tool finds nothing to say about them",
        .enabled(if: FileManager.default.isExecutableFile(atPath: promtool), "needs Debian's package prometheus"))
    func promtoolAgrees() throws {
        for sample in [hub, week] {
            let process = Process()
            process.executableURL = URL(fileURLWithPath: Self.promtool)
            process.arguments = ["check", "metrics"]
            let (input, output) = (Pipe(), Pipe())
            process.standardInput = input
            process.standardOutput = output
            process.standardError = output
            try process.run()
            try input.fileHandleForWriting.write(contentsOf: Data(OpenMetrics.render(sample.scorecard).utf8))
            try input.fileHandleForWriting.close()
            let said = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
            process.waitUntilExit()
            #expect(process.terminationStatus == 0 && said.isEmpty, "\(said)")
        }
    }
}
