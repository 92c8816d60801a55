import ChaosPlan
public import ChaosScore

/// The table a terminal shows after a run. Words carry everything; colour only repeats them.
public enum ConsoleSummary {
    private struct Row {
        var judgement: Judgement
        var word: String
        var name: String
        var value: String
        var limit: String
        var lost: String
    }

    /// `colour: false` writes plain text. No line of the table is longer than `width`, down to 50 columns.
    ///
    /// - Parameter grades: of a simulated run; nil writes nothing about them.
    public static func render(
        _ scorecard: Scorecard, colour: Bool, width: Int = 80, grades: RunGrades? = nil
    ) -> String {
        let paint = Paint(enabled: colour)
        var lines: [String] = []
        lines.append(
            paint.bold(clean(scorecard.scenario)) + paint.dim("  \(scorecard.world), seed \(scorecard.seedText)"))
        lines.append("")
        lines += table(scorecard, paint: paint, width: max(50, width))
        if !scorecard.objectives.isEmpty { lines.append("") }
        for result in scorecard.objectives where result.judgement != .held && !result.isElsewhere {
            lines += wrapped("\(result.objective.id): \(result.explanation)", width: width)
        }
        for finding in scorecard.findings { lines += wrapped(finding, width: width) }
        if lines.last != "" { lines.append("") }
        let word = scorecard.verdict.rawValue
        let score = scorecard.score == nil ? "no score" : "score \(scorecard.scoreText)"
        lines.append("\(paint.verdict(scorecard.verdict, word))  \(score)  coverage \(scorecard.coverageText)")
        if let grades { lines += self.lines(grades, width: max(50, width)) }
        return lines.joined(separator: "\n") + "\n"
    }

    /// `fidelity  kill: partial (…)  pause: …`; what does not fit goes below.
    private static func lines(_ grades: RunGrades, width: Int) -> [String] {
        let label = "fidelity"
        let indent = String(repeating: " ", count: label.count + 2)
        var lines: [String] = []
        var line = indent
        for item in grades.items.map(clean) {
            if line != indent, line.count + 2 + item.count > width {
                lines.append(line)
                line = indent
            }
            line += (line == indent ? "" : "  ") + item
        }
        lines += [line] + grades.notes.map { indent + clean($0) }
        let folded = lines.flatMap {
            $0.count <= width ? [$0] : wrapped($0, width: width, indent: indent, hanging: indent)
        }
        return folded.enumerated().map { $0 == 0 ? label + $1.dropFirst(label.count) : $1 }
    }

    private static func table(_ scorecard: Scorecard, paint: Paint, width: Int) -> [String] {
        let rows = scorecard.objectives.map { result in
            Row(
                judgement: result.judgement, word: result.judgementText, name: clean(result.objective.id),
                value: result.valueText,
                limit: result.objective.demand,
                lost: result.lostPoints > 0 && result.judgement == .missed
                    ? "−" + Measure.decimal(result.lostPoints, digits: 1) : "")
        }
        guard !rows.isEmpty else { return [] }
        let valueWidth = max(5, rows.map(\.value.count).max() ?? 0)
        let limitWidth = max(5, rows.map(\.limit.count).max() ?? 0)
        let lostWidth = max(6, rows.map(\.lost.count).max() ?? 0)
        let fixed = 2 + 12 + 2 + 2 + valueWidth + 2 + limitWidth + 2 + lostWidth
        let nameWidth = max(9, min(rows.map(\.name.count).max() ?? 0, width - fixed))
        var lines = [
            paint.dim(
                "  " + left("", 12) + "  " + left("objective", nameWidth) + "  " + right("value", valueWidth) + "  "
                    + right("limit", limitWidth) + "  " + right("points", lostWidth))
        ]
        for row in rows {
            let judged = paint.judgement(row.judgement, left(row.word, 12))
            let text =
                "  " + judged + "  " + left(row.name, nameWidth) + "  " + right(row.value, valueWidth) + "  "
                + right(row.limit, limitWidth) + "  " + right(row.lost, lostWidth)
            lines.append(trimmed(text))
        }
        return lines
    }

    /// Terminals obey what they print: no control characters from names.
    private static func clean(_ text: String) -> String {
        String(
            text.unicodeScalars.map { $0.value < 0x20 || (0x7F...0x9F).contains($0.value) ? "\u{FFFD}" : Character($0) }
        )
    }

    private static func wrapped(
        _ text: String, width: Int, indent: String = "  ", hanging: String = "    "
    ) -> [String] {
        var lines: [String] = []
        var line = indent
        for word in clean(text).split(separator: " ") {
            if line.count + word.count + 1 > max(50, width), line != indent, line != hanging {
                lines.append(trimmed(line))
                line = hanging
            }
            line += word + " "
        }
        return lines + [trimmed(line)]
    }

    private static func trimmed(_ text: String) -> String {
        var text = text
        while text.last == " " { text.removeLast() }
        return text
    }

    private static func left(_ text: String, _ width: Int) -> String {
        text.count > width
            ? text.prefix(max(1, width - 1)) + "…" : text + String(repeating: " ", count: width - text.count)
    }

    private static func right(_ text: String, _ width: Int) -> String {
        String(repeating: " ", count: max(0, width - text.count)) + text
    }
}
