import ChaosPlan

/// The gate's reasons as the pipelines of GitHub and GitLab show them beside a change.
public enum Annotations {
    /// Workflow commands: `::error title=…::…`, one a line. Nothing for a gate that passed.
    public static func github(_ result: GateResult, scenario: String) -> [String] {
        let level =
            switch result.outcome {
            case .passed: ""
            case .failed: "error"
            case .inconclusive: "warning"
            }
        guard !level.isEmpty else { return [] }
        let reasons = result.details.isEmpty ? [result.line] : result.details
        // GitHub shows ten of a step.
        return reasons.prefix(10).map {
            "::\(level) title=\(property("gate \(result.outcome.rawValue): \(scenario)"))::\(message($0))"
        }
    }

    /// GitLab's code quality report: a JSON list, empty for a gate that passed.
    ///
    /// - Parameter file: the scenario's, relative to the repository.
    public static func gitlab(_ result: GateResult, scenario: String, file: String) -> String {
        let severity =
            switch result.outcome {
            case .passed: "info"
            case .failed: "critical"
            case .inconclusive: "minor"
            }
        let reasons = result.outcome == .passed ? [] : result.details.isEmpty ? [result.line] : result.details
        let entries = reasons.map { reason -> CanonicalJSON in
            .object([
                "description": .text("\(scenario): \(reason)"), "check_name": .text("gauntlet gate"),
                "fingerprint": .text(fingerprint("\(scenario)\n\(reason)")), "severity": .text(severity),
                "location": .object(["path": .text(file), "lines": .object(["begin": .integer(1)])]),
            ])
        }
        return CanonicalJSON.list(entries).file
    }

    /// For the output of a pipeline's step: no line of another's words may be taken for a command.
    public static func plain(_ text: String) -> String {
        let line = String(text.map { $0.isNewline ? " " : $0 })
        let start = line.drop { $0.isWhitespace }
        return start.hasPrefix("::") || start.hasPrefix("##[") ? "· " + line : line
    }

    private static func message(_ text: String) -> String {
        var out = ""
        for character in text.unicodeScalars {
            switch character {
            case "%": out += "%25"
            case "\r": out += "%0D"
            case "\n": out += "%0A"
            default: out.unicodeScalars.append(character)
            }
        }
        return out
    }

    private static func property(_ text: String) -> String {
        message(text).replacing(":", with: "%3A").replacing(",", with: "%2C")
    }

    private static func fingerprint(_ text: String) -> String { Measure.hex(Draw.hash(text)) }
}
