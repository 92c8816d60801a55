import ChaosPlan
public import ChaosScore

/// Turns a scorecard into the one answer that a pipeline needs.
public enum Gate {
    /// Judges in this order, the first that applies decides: a missed objective (or a deviated run) fails, a plan that asks
    /// for less than its baseline fails, an inconclusive run stays inconclusive, a score or a coverage below its threshold
    /// fails, a metric that is worse than its baseline by more than its margin fails, one of which that cannot be told is
    /// inconclusive.
    ///
    /// Thresholds come last because a run without evidence has a low coverage by nature, and "we do not know" must not
    /// read as "it is broken". Advisory objectives never decide. `replay` is the command that repeats the run (of a
    /// repeated run: its worst seed).
    public static func judge(
        _ scorecard: Scorecard, minScore: Double? = nil, minCoverage: Double? = nil,
        comparison: GateComparison = GateComparison(), replay: String
    ) -> GateResult {
        let words = Words(scorecard, comparison, replay: replay)
        let missed = gravest(scorecard)
        let unclear = scorecard.objectives.filter { $0.judgement == .inconclusive && $0.counts }
        var details = missed.map { "\($0.objective.id): \($0.explanation)" } + scorecard.findings
        details += unclear.map { "\($0.objective.id): \($0.explanation)" } + comparison.details
        let thresholds = thresholds(scorecard, minScore: minScore, minCoverage: minCoverage)
        let checks = thresholds + comparison.checks
        func result(_ outcome: GateResult.Outcome, _ fields: String) -> GateResult {
            GateResult(
                outcome: outcome, line: "gate=\(outcome.rawValue) \(fields) \(words.suffix)", details: details,
                checks: checks)
        }

        if let worst = missed.first {
            let more = missed.count > 1 ? " missed=\(missed.count)" : ""
            return result(.failed, "objective=\(GateWords.word(worst.objective.id)) \(words.comparison(worst))\(more)")
        }
        if scorecard.verdict == .deviated {
            return result(
                .failed, "reason=\(GateWords.quoted(scorecard.findings.first ?? "the run deviated"))")
        }
        if let field = words.planChange { return result(.failed, field) }
        if scorecard.verdict == .inconclusive || scorecard.score == nil {
            let fallback = unclear.first.map { "no evidence for \($0.objective.id)" } ?? "no evidence"
            let reason = GateWords.quoted(scorecard.findings.first ?? fallback)
            return result(.inconclusive, "reason=\(reason) score=\(words.score) coverage=\(words.coverage)")
        }
        if let below = thresholds.first(where: { $0.outcome == .failed }) {
            let isScore = below.name == "score"
            return result(
                .failed,
                isScore
                    ? "score=\(below.text) coverage=\(words.coverage)" : "score=\(words.score) coverage=\(below.text)")
        }
        if let field = words.worse { return result(.failed, field) }
        if let field = words.undecided { return result(.inconclusive, field) }
        let held = scorecard.objectives.count { $0.judgement == .held }
        let all = scorecard.objectives.count { !$0.isElsewhere }
        return result(.passed, "score=\(words.score) coverage=\(words.coverage) held=\(held)/\(all)\(words.compared)")
    }

    /// Written so that a threshold or a score that is not a number fails.
    private static func thresholds(
        _ scorecard: Scorecard, minScore: Double?, minCoverage: Double?
    ) -> [GateResult.Check] {
        func check(_ name: String, _ value: Double?, _ least: Double?) -> GateResult.Check? {
            guard let least else { return nil }
            let isKept = (value ?? -1) >= least
            let text = value.map { Measure.decimal($0, digits: 2) } ?? "none"
            return .init(
                name: name, outcome: isKept ? .passed : .failed,
                text: "\(text)\(isKept ? ">=" : "<")\(Measure.decimal(least, digits: 2))")
        }
        return [check("score", scorecard.score, minScore), check("coverage", scorecard.coverage, minCoverage)]
            .compactMap { $0 }
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

    /// The fields of the line.
    private struct Words {
        let score: String
        let coverage: String
        let suffix: String
        private let against: GateComparison

        init(_ scorecard: Scorecard, _ against: GateComparison, replay: String) {
            score = scorecard.score.map { Measure.decimal($0, digits: 2) } ?? "none"
            coverage = Measure.decimal(scorecard.coverage, digits: 2)
            suffix = "\(GateWords.seeds(scorecard.seeds)) replay=\(GateWords.quoted(replay))"
            self.against = against
        }

        /// `7.1s>5s`, `99.2%<99.9%`; a censored value is a lower bound: `>=90s>5s`.
        func comparison(_ result: ObjectiveResult) -> String {
            let sign = result.objective.isMinimum ? "<" : ">"
            guard let value = result.value else {
                return "none\(sign)\(Measure.compact(result.objective.limitText))"
            }
            let pair = Measure.pair(value, limit: result.objective.limitValue, result.objective.metric.unit)
            let bound = result.censored ? ">=" : ""
            return bound + Measure.compact(pair.value) + sign + Measure.compact(pair.limit)
        }

        private var baseline: String { against.baseline.map { " baseline=\(GateWords.quoted($0))" } ?? "" }

        /// `plan-change=limit-loosened of=failover-time changes=2`.
        var planChange: String? {
            let changes = against.unaccepted
            guard let first = changes.first else { return nil }
            let subject = first.subject.isEmpty ? "" : " of=\(GateWords.word(first.subject))"
            return
                "plan-change=\(first.name)\(subject)\(changes.count > 1 ? " changes=\(changes.count)" : "")\(baseline)"
        }

        /// `worse=failover-time 2.8s..3.6s margin=280ms`.
        var worse: String? {
            guard let first = against.worse.first else { return nil }
            let more = against.worse.count > 1 ? " metrics=\(against.worse.count)" : ""
            return "worse=\(GateWords.word(first.name)) \(values(first))\(more)\(baseline)"
        }

        var undecided: String? {
            guard let first = against.open.first else { return nil }
            let more = against.open.count > 1 ? " metrics=\(against.open.count)" : ""
            return "undecided=\(GateWords.word(first.name)) \(values(first))\(more)\(baseline)"
        }

        private func values(_ metric: MetricComparison) -> String {
            let margin = "margin=\(Measure.compact(MetricComparison.words(metric.tolerance, metric.unit)))"
            guard let before = metric.before, let after = metric.after else { return margin }
            let pair = MetricComparison.pair(before, after, metric.unit)
            return "\(Measure.compact(pair.0))..\(Measure.compact(pair.1)) \(margin)"
        }

        var compared: String { against.baseline == nil ? "" : " compared=\(against.metrics.count)\(baseline)" }
    }
}
