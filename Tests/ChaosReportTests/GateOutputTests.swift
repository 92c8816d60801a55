import ChaosReport
import ChaosScore
import Foundation
import ReportSamples
import Testing

@Suite("What a gate leaves behind")
struct GateOutputTests {
    private let hostile = "<b>\"&'\u{1B}%\n::error::x, y: z"

    private var failed: GateResult {
        GateResult(
            outcome: .failed, line: "gate=failed objective=x", details: [hostile, "two"],
            checks: [
                .init(name: "score", outcome: .passed, text: "98>=95"),
                .init(name: hostile, outcome: .failed, text: hostile),
                .init(name: "no worse: availability", outcome: .inconclusive, text: "too few"),
            ])
    }

    @Test("a badge is well-formed whatever the words, and says the outcome", arguments: GateResult.Outcome.allCases)
    func badge(_ outcome: GateResult.Outcome) throws {
        let badge = Badge(label: hostile, outcome: outcome, score: 98.25)
        #expect(WellFormed.problem(in: badge.svg) == nil)
        #expect(badge.svg.contains(outcome.rawValue))
        let json = try #require(
            try JSONSerialization.jsonObject(with: Data(badge.endpoint.utf8)) as? [String: Any])
        #expect(json["schemaVersion"] as? Int == 1)
        #expect(json["label"] as? String == hostile)
        #expect((json["message"] as? String)?.hasPrefix(outcome.rawValue) == true)
        #expect((json["color"] as? String)?.count == 6)
        #expect(json["isError"] as? Bool == (outcome == .failed ? true : nil))
    }

    @Test("annotations are one line each, with nothing that starts another")
    func github() {
        let lines = Annotations.github(failed, scenario: "hub,failover: a%b\nc")
        #expect(lines.count == 2)
        #expect(lines.allSatisfy { !$0.contains("\n") && !$0.contains("\r") })
        #expect(lines[0].hasPrefix("::error title=gate failed%3A hub%2Cfailover%3A a%25b%0Ac::<b>"))
        #expect(lines[0].contains("%25%0A::error::x, y: z"))
        #expect(Annotations.github(GateResult(outcome: .passed, line: "", details: ["x"]), scenario: "s").isEmpty)
        let open = GateResult(outcome: .inconclusive, line: "gate=inconclusive", details: [])
        #expect(
            Annotations.github(open, scenario: "s") == ["::warning title=gate inconclusive%3A s::gate=inconclusive"])
    }

    @Test("a sentence that looks like a workflow command is printed as none")
    func plain() {
        #expect(Annotations.plain("::error::x") == "· ::error::x")
        #expect(Annotations.plain("  ##[error]x") == "·   ##[error]x")
        #expect(Annotations.plain("a\n::error::x") == "a ::error::x")
    }

    @Test("GitLab's report is a list with a fingerprint of its own for each reason, empty for what passed")
    func gitlab() throws {
        let text = Annotations.gitlab(failed, scenario: "s", file: "scenarios/s.yaml")
        let entries = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [[String: Any]])
        #expect(entries.count == 2)
        #expect(Set(entries.compactMap { $0["fingerprint"] as? String }).count == 2)
        #expect(entries.allSatisfy { $0["severity"] as? String == "critical" })
        #expect((entries[0]["location"] as? [String: Any])?["path"] as? String == "scenarios/s.yaml")
        let none = Annotations.gitlab(GateResult(outcome: .passed, line: "", details: ["x"]), scenario: "s", file: "f")
        #expect(none == "[]\n")
    }

    @Test("JUnit has the gate's own checks as test cases, and none is green that did not pass")
    func junit() {
        let hub = Sample.hubFailover
        let plain = JUnitReport.render(hub.scorecard, replay: "r")
        let text = JUnitReport.render(hub.scorecard, replay: "r", gate: failed)
        #expect(WellFormed.problem(in: text) == nil)
        #expect(text.contains("tests=\"4\" failures=\"2\" errors=\"0\" skipped=\"1\" time=\"0\">"))
        #expect(text.contains("name=\"gate\""))
        func total(_ text: String) -> Int? {
            text.firstMatch(of: #/<testsuites name="gauntlet" tests="(\d+)"/#).flatMap { Int($0.1) }
        }
        #expect(total(text) == total(plain).map { $0 + 4 })
    }

    @Test("the Markdown summary begins with the gate, and no name breaks out of its cell")
    func markdown() {
        let text = MarkdownSummary.render(Sample.hubFailover.scorecard, replay: "r", gate: failed)
        #expect(text.hasPrefix("## ❌ Gate failed: hub-failover\n\n```\ngate=failed objective=x\n```\n"))
        #expect(text.contains("| ✓ | score | 98&gt;=95 |"))
        #expect(!text.contains("<b>"))
        #expect(text.contains(MarkdownSummary.render(Sample.hubFailover.scorecard, replay: "r")))
    }
}
