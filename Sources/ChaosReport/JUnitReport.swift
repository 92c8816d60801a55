import ChaosPlan
public import ChaosScore

/// JUnit XML: each objective is a test case, so that a CI server shows a chaos run like any other test.
public enum JUnitReport {
    /// A missed objective is a failure, one without evidence is skipped, an advisory one never fails. When the run's verdict
    /// is worse than its objectives say (a fault did not land, say), a case `verdict` carries it, or CI would show green.
    ///
    /// - Parameter gate: with it the gate's own questions (thresholds, changes of the plan, comparisons with the baseline) are
    ///   test cases too, in a suite of their own.
    public static func render(_ scorecard: Scorecard, replay: String, gate: GateResult? = nil) -> String {
        let checks = (gate?.checks ?? []) + (gate.map { [overall($0)] } ?? [])
        let failed = checks.count { $0.outcome == .failed }
        let open = checks.count { $0.outcome == .inconclusive }
        let extra = verdictCase(scorecard)
        let missed = scorecard.objectives.count { $0.judgement == .missed && $0.counts }
        let unclear = scorecard.objectives.count { $0.judgement == .inconclusive }
        let tests = scorecard.objectives.count + (extra == nil ? 0 : 1)
        let failures = missed + (extra != nil && scorecard.verdict == .deviated ? 1 : 0)
        let skipped = unclear + (extra != nil && scorecard.verdict == .inconclusive ? 1 : 0)
        let seconds = fixed(scorecard.facts.duration)
        var xml: Markup = """
            <?xml version="1.0" encoding="UTF-8"?>
            <testsuites name="gauntlet" tests="\(tests + checks.count)" failures="\(failures + failed)" errors="0" skipped="\(skipped + open)" time="\(seconds)">
              <testsuite name="\(scorecard.scenario)" tests="\(tests)" failures="\(failures)" errors="0" skipped="\(skipped)" time="\(seconds)">
                <properties>

            """
        for (name, value) in properties(scorecard, replay: replay) {
            xml += "      <property name=\"\(name)\" value=\"\(value)\"/>\n"
        }
        xml += "    </properties>\n"
        for result in scorecard.objectives { xml += testCase(result, scenario: scorecard.scenario) }
        if let extra { xml += extra }
        if !scorecard.findings.isEmpty {
            xml += "    <system-out>\(scorecard.findings.joined(separator: "\n"))</system-out>\n"
        }
        xml += "  </testsuite>\n"
        if !checks.isEmpty {
            let name = "\(scorecard.scenario) gate"
            xml +=
                "  <testsuite name=\"\(name)\" tests=\"\(checks.count)\" failures=\"\(failed)\" errors=\"0\" skipped=\"\(open)\" time=\"0\">\n"
            for check in checks { xml += testCase(check, suite: name) }
            xml += "  </testsuite>\n"
        }
        xml += "</testsuites>\n"
        return xml.source
    }

    /// The gate's own answer, so that no pipeline shows green for one that did not pass.
    private static func overall(_ gate: GateResult) -> GateResult.Check {
        GateResult.Check(name: "gate", outcome: gate.outcome, text: gate.line)
    }

    private static func testCase(_ check: GateResult.Check, suite: String) -> Markup {
        let open: Markup = "    <testcase classname=\"\(suite)\" name=\"\(check.name)\" time=\"0\""
        switch check.outcome {
        case .passed: return "\(open)/>\n"
        case .failed:
            return "\(open)>\n      <failure message=\"\(check.text)\" type=\"gate\"/>\n    </testcase>\n"
        case .inconclusive:
            return "\(open)>\n      <skipped message=\"\(check.text)\"/>\n    </testcase>\n"
        }
    }

    private static func properties(_ scorecard: Scorecard, replay: String) -> [(String, String)] {
        [
            ("seed", scorecard.seeds.map(String.init).joined(separator: ",")), ("replay", replay),
            ("world", scorecard.world), ("fleet", scorecard.fleet), ("verdict", scorecard.verdict.rawValue),
            ("score", scorecard.score.map { Measure.decimal($0, digits: 2) } ?? "none"),
            ("coverage", Measure.decimal(scorecard.coverage, digits: 2)),
            ("plan", Measure.hex(scorecard.planDigest)), ("journal", scorecard.journalHash),
            ("version", scorecard.version),
        ]
    }

    private static func testCase(_ result: ObjectiveResult, scenario: String) -> Markup {
        let open: Markup =
            "    <testcase classname=\"\(scenario)\" name=\"\(result.objective.id) \(result.objective.demand)\" time=\"0\""
        let message = "\(result.valueText), demanded \(result.objective.demand)"
        switch result.judgement {
        case .held: return "\(open)/>\n"
        case .inconclusive:
            return "\(open)>\n      <skipped message=\"\(result.explanation)\"/>\n    </testcase>\n"
        case .missed where result.objective.advisory:
            return
                "\(open)>\n      <system-out>advisory: \(message). \(result.explanation)</system-out>\n    </testcase>\n"
        case .missed:
            let kind = result.objective.invariant ? "invariant" : "missed"
            return """
                \(open)>
                      <failure message="\(message)" type="\(kind)">\(result.explanation)</failure>
                    </testcase>

                """
        }
    }

    private static func verdictCase(_ scorecard: Scorecard) -> Markup? {
        let open: Markup = "    <testcase classname=\"\(scorecard.scenario)\" name=\"verdict\" time=\"0\""
        let reason = scorecard.verdictSentence
        switch scorecard.verdict {
        case .deviated where !scorecard.objectives.contains { $0.judgement == .missed && $0.counts }:
            return "\(open)>\n      <failure message=\"\(reason)\" type=\"deviated\"/>\n    </testcase>\n"
        case .inconclusive where !scorecard.objectives.contains { $0.judgement == .inconclusive && !$0.isElsewhere }:
            return "\(open)>\n      <skipped message=\"\(reason)\"/>\n    </testcase>\n"
        default: return nil
        }
    }

    private static func fixed(_ time: Nanoseconds) -> String {
        let milliseconds = max(0, time) / .millisecond
        let rest = String(milliseconds % 1_000)
        return "\(milliseconds / 1_000).\(String(repeating: "0", count: 3 - rest.count))\(rest)"
    }
}
