import ChaosPlan
public import ChaosScore

/// `summary.md`: what a pull request or a chat shows of a run.
public enum MarkdownSummary {
    /// - Parameters:
    ///   - gate: with it the gate's answer and its own questions come first.
    ///   - grades: of a simulated run; nil writes nothing about them.
    public static func render(
        _ scorecard: Scorecard, replay: String, gate: GateResult? = nil, grades: RunGrades? = nil
    ) -> String {
        let sign =
            switch scorecard.verdict {
            case .held: "✅"
            case .deviated: "❌"
            case .inconclusive: "❔"
            }
        var lines = gate.map { section($0, scenario: scorecard.scenario) } ?? []
        lines += [
            "## \(sign) \(escaped(scorecard.scenario)): \(scorecard.verdict.rawValue), score \(scorecard.scoreText), "
                + "coverage \(scorecard.coverageText)",
            "",
            escaped(scorecard.verdictSentence),
            "",
        ]
        if !scorecard.objectives.isEmpty { lines += table(scorecard) + [""] }
        let reasons = scorecard.objectives.filter { $0.judgement != .held && !$0.isElsewhere }.map {
            "**\(escaped($0.objective.id))**: \(escaped($0.explanation))"
        }
        let all = reasons + scorecard.findings.map(escaped)
        if !all.isEmpty { lines += all.map { "- \($0)" } + [""] }
        if let grades { lines += [escaped(grades.sentence), ""] }
        lines.append("Repeat it (\(scorecard.world), seed \(scorecard.seedText)):")
        lines += ["", "```sh", fenced(replay), "```", ""]
        lines.append("journal `\(scorecard.journalHash)` · gauntlet \(escaped(scorecard.version))")
        return lines.joined(separator: "\n") + "\n"
    }

    private static func section(_ gate: GateResult, scenario: String) -> [String] {
        let sign =
            switch gate.outcome {
            case .passed: "✅"
            case .failed: "❌"
            case .inconclusive: "❔"
            }
        var lines = [
            "## \(sign) Gate \(gate.outcome.rawValue): \(escaped(scenario))", "", "```", fenced(gate.line), "```", "",
        ]
        guard !gate.checks.isEmpty else { return lines }
        lines += ["| | check | |", "|---|---|---|"]
        for check in gate.checks {
            let mark =
                switch check.outcome {
                case .passed: "✓"
                case .failed: "**✗**"
                case .inconclusive: "?"
                }
            lines.append("| \(mark) | \(escaped(check.name)) | \(escaped(check.text)) |")
        }
        return lines + [""]
    }

    private static func table(_ scorecard: Scorecard) -> [String] {
        let repeated = scorecard.seeds.count > 1
        var lines = [
            "| | objective | value | limit |\(repeated ? " 95 % |" : "") credit | points lost |",
            "|---|---|---:|---:|\(repeated ? "---:|" : "")---:|---:|",
        ]
        for result in scorecard.objectives {
            let sign =
                switch result.judgement {
                case .held: "✓"
                case .missed: "**✗**"
                case .inconclusive: result.isElsewhere ? result.judgementText : "?"
                }
            var cells = [sign, escaped(result.objective.id), result.valueText, result.objective.demand]
            if repeated { cells.append(result.intervalText ?? "–") }
            let evidence = result.judgement != .inconclusive
            cells.append(evidence ? Measure.decimal(result.credit, digits: 2) : "–")
            cells.append(evidence && result.lostPoints > 0 ? Measure.decimal(result.lostPoints, digits: 1) : "")
            lines.append("| " + cells.joined(separator: " | ") + " |")
        }
        return lines
    }

    /// Names are data: no cell, no link, no HTML may start in them.
    private static func escaped(_ text: String) -> String {
        var out = ""
        for character in text {
            switch character {
            case "<": out += "&lt;"
            case ">": out += "&gt;"
            case "&": out += "&amp;"
            case "|", "`", "*", "_", "[", "]", "\\": out += "\\\(character)"
            default: out.append(character.isNewline ? " " : character)
            }
        }
        return out
    }

    private static func fenced(_ text: String) -> String { String(text.map { $0 == "`" || $0.isNewline ? " " : $0 }) }
}
