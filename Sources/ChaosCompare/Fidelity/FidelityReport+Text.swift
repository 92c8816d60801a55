import ChaosReport
import ChaosScore

extension FidelityReport {
    var marginSentence: String {
        let percent = { (share: Double) in Quantity.decimal(share * 100, places: 1) }
        return
            "Equivalent means: shown by two one-sided tests at α = \(Quantity.decimal(margins.alpha, places: 3)) each, within ±\(percent(margins.time)) % for times (on the logarithm; faults' times below \(Quantity.text(duration: margins.resolution)) count as that) and ±\(percent(margins.share)) points for shares."
    }

    var tauSentence: String {
        guard let tau = severityTau else {
            return "Order of severity: needs at least two scenarios with trials in both worlds."
        }
        return
            "Order of severity over \(severityScenarios) scenarios: Kendall's τ = \(Quantity.decimal(tau, places: 2)) (1: the simulation ranks them as the live world does)."
    }

    var falsePassSentence: String {
        guard let rate = verdicts.falsePassRate else {
            return "False passes: the simulation foretold no objective as held that a live trial judged."
        }
        let percent = { (share: Double) in Quantity.decimal(share * 100, places: 1) }
        return
            "False passes: \(verdicts.falsePasses) of \(verdicts.foretoldHeld) judgements that the simulation foretold as held were missed live (95 %: \(percent(rate.low)) … \(percent(rate.high)) %)."
    }

    /// Which fleet each world ran, where they differ by design: said once for all scenarios of which it is true.
    var fleetSentences: [String] {
        var order: [String] = []
        var names: [String: [String]] = [:]
        for scenario in scenarios {
            guard scenario.isMeasured, scenario.simulatedFleets.count == 1, scenario.liveFleets.count == 1,
                let simulated = scenario.simulatedFleets.first, let live = scenario.liveFleets.first
            else { continue }
            let naive = scenario.naiveFleets.map { ", the naive ones on \($0.text)" }.joined()
            let sentence =
                "simulated trials ran on \(simulated.text)\(naive), live ones on \(live.text): by design, because a live fleet brings by itself what was measured on it."
            if names[sentence] == nil { order.append(sentence) }
            names[sentence, default: []].append(scenario.name)
        }
        return order.map { sentence in
            let scenarios = names[sentence] ?? []
            let all = scenarios.count == self.scenarios.count
            return "\(all ? "All scenarios" : scenarios.joined(separator: ", ")): \(sentence)"
        }
    }

    /// Markdown, for a pull request or a terminal.
    public var summary: String {
        var lines = ["# Fidelity of the simulated world", ""]
        lines += warnings.map { "- **Note:** \(Self.escaped($0))" }
        if !warnings.isEmpty { lines.append("") }
        for sentence in fleetSentences { lines += [Self.escaped(sentence), ""] }
        if !grades.isEmpty {
            lines += ["| fault | grade | live trials | equivalent | missing |", "|---|---|---:|---:|---|"]
            for grade in grades {
                lines.append(
                    "| \(Self.escaped(grade.kind)) | \(grade.level.rawValue) | \(grade.trials) | \(grade.equivalent) of \(grade.compared) | \(Self.escaped(Self.first(grade.missing))) |"
                )
            }
            lines.append("")
        }
        for scenario in scenarios {
            lines += ["## \(Self.escaped(scenario.name))", ""]
            lines.append("\(scenario.simulatedRuns.count) simulated trials, \(scenario.liveRuns.count) live.")
            lines += [
                "", "| | simulated | live | bias | equivalence | W₁ | inside 5–95 % |",
                "|---|---:|---:|---:|---|---:|---:|",
            ]
            for metric in scenario.metrics {
                lines.append(
                    "| \(Self.escaped(metric.quantity.name)) | \(metric.simulatedText) | \(metric.liveText) | \(metric.biasText) | \(metric.judgementText) | \(metric.text(metric.wasserstein)) | \(metric.coverageText) |"
                )
            }
            lines.append("")
        }
        lines += [tauSentence, "", falsePassSentence, "", marginSentence, ""]
        if let calibration {
            lines += [
                "Calibrated \(calibration.date) on \(calibration.runs.count) runs\(calibration.commit.map { " at \($0)" } ?? "").",
                "",
            ]
        }
        return lines.joined(separator: "\n")
    }

    private static func first(_ sentences: [String]) -> String {
        guard let first = sentences.first else { return "" }
        return sentences.count > 1 ? "\(first); and \(sentences.count - 1) more" : first
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
}
