import ChaosPlan
public import ChaosScore

/// Turns a scorecard into the one answer that a pipeline needs.
public enum Gate {
    /// Judges in this order, the first that applies decides: a missed objective (or a deviated run) fails, an inconclusive
    /// run stays inconclusive, a score or a coverage below its threshold fails.
    ///
    /// Thresholds come last because a run without evidence has a low coverage by nature, and "we do not know" must not
    /// read as "it is broken". Advisory objectives never decide. `replay` is the command that repeats the run (of a
    /// repeated run: its worst seed).
    public static func judge(
        _ scorecard: Scorecard, minScore: Double? = nil, minCoverage: Double? = nil, replay: String
    ) -> GateResult {
        let suffix = "\(seedField(scorecard)) replay=\(quoted(replay))"
        let score = scorecard.score.map { Measure.decimal($0, digits: 2) } ?? "none"
        let coverage = Measure.decimal(scorecard.coverage, digits: 2)

        let missed = gravest(scorecard)
        var details = missed.map { "\($0.objective.id): \($0.explanation)" }
        details += scorecard.findings
        let unclear = scorecard.objectives.filter { $0.judgement == .inconclusive && $0.counts }
        details += unclear.map { "\($0.objective.id): \($0.explanation)" }

        if let worst = missed.first {
            let more = missed.count > 1 ? " missed=\(missed.count)" : ""
            let field = "objective=\(word(worst.objective.id)) \(comparison(worst))\(more)"
            return GateResult(outcome: .failed, line: "gate=failed \(field) \(suffix)", details: details)
        }
        if scorecard.verdict == .deviated {
            let reason = quoted(scorecard.findings.first ?? "the run deviated")
            return GateResult(outcome: .failed, line: "gate=failed reason=\(reason) \(suffix)", details: details)
        }
        if scorecard.verdict == .inconclusive || scorecard.score == nil {
            let fallback = unclear.first.map { "no evidence for \($0.objective.id)" } ?? "no evidence"
            let reason = quoted(scorecard.findings.first ?? fallback)
            return GateResult(
                outcome: .inconclusive,
                line: "gate=inconclusive reason=\(reason) score=\(score) coverage=\(coverage) \(suffix)",
                details: details)
        }
        // Written so that a threshold or a score that is not a number fails.
        if let minScore, !((scorecard.score ?? -1) >= minScore) {
            let field = "score=\(score)<\(Measure.decimal(minScore, digits: 2)) coverage=\(coverage)"
            return GateResult(outcome: .failed, line: "gate=failed \(field) \(suffix)", details: details)
        }
        if let minCoverage, !(scorecard.coverage >= minCoverage) {
            let field = "score=\(score) coverage=\(coverage)<\(Measure.decimal(minCoverage, digits: 2))"
            return GateResult(outcome: .failed, line: "gate=failed \(field) \(suffix)", details: details)
        }
        let held = scorecard.objectives.count { $0.judgement == .held }
        return GateResult(
            outcome: .passed,
            line:
                "gate=passed score=\(score) coverage=\(coverage) held=\(held)/\(scorecard.objectives.count { !$0.isElsewhere }) \(suffix)",
            details: details)
    }

    /// Broken invariants first, then what cost most.
    private static func gravest(_ scorecard: Scorecard) -> [ObjectiveResult] {
        scorecard.objectives.filter { $0.judgement == .missed && $0.counts }.enumerated()
            .sorted { a, b in
                if a.element.objective.invariant != b.element.objective.invariant {
                    return a.element.objective.invariant
                }
                if a.element.lostPoints != b.element.lostPoints { return a.element.lostPoints > b.element.lostPoints }
                return a.offset < b.offset
            }
            .map(\.element)
    }

    /// `7.1s>5s`, `99.2%<99.9%`; a censored value is a lower bound: `>=90s>5s`.
    private static func comparison(_ result: ObjectiveResult) -> String {
        let sign = result.objective.isMinimum ? "<" : ">"
        guard let value = result.value else { return "none\(sign)\(Measure.compact(result.objective.limitText))" }
        let pair = Measure.pair(value, limit: result.objective.limitValue, result.objective.metric.unit)
        let bound = result.censored ? ">=" : ""
        return bound + Measure.compact(pair.value) + sign + Measure.compact(pair.limit)
    }

    private static func seedField(_ scorecard: Scorecard) -> String {
        switch scorecard.seeds.count {
        case 0: "seed=none"
        case 1: "seed=\(scorecard.seeds[0])"
        default: "seeds=\(scorecard.seeds.count)"
        }
    }

    /// One field of the line: nothing in it may start another.
    private static func word(_ text: String) -> String {
        String(text.map { $0.isWhitespace || $0 == "\"" || $0 == "=" ? "_" : $0 })
    }

    private static func quoted(_ text: String) -> String {
        var out = "\""
        for character in text {
            if character == "\"" || character == "\\" { out.append("\\") }
            out.append(character.isNewline ? " " : character)
        }
        return out + "\""
    }
}
