import ChaosPlan

/// Puts judged objectives together: score, coverage, verdict, and the sentence behind each lost point. One run and the
/// aggregate of many go through the same rules.
struct Ruling {
    struct Entry {
        var objective: Objective
        var measurement: Measurement
        /// Share of the runs that had evidence; 1 or 0 for a single run.
        var evidence: Double
        var interval: Interval?
        /// Demanded of the other world only.
        var isElsewhere = false

        static func elsewhere(_ objective: Objective) -> Entry {
            Entry(objective: objective, measurement: .none("elsewhere"), evidence: 0, interval: nil, isElsewhere: true)
        }
    }

    /// A broken invariant caps the score here.
    static let cap = 50.0

    private(set) var results: [ObjectiveResult] = []
    private(set) var score: Double?
    private(set) var coverage: Double
    private(set) var verdict: Verdict
    private(set) var brokenInvariants: [String]
    private(set) var capFinding: String?

    /// - Parameters:
    ///   - broken: invariants seen broken apart from the objectives.
    ///   - inconclusive: reasons for which the run as a whole cannot be judged.
    init(_ entries: [Entry], broken: [String], inconclusive: [String]) {
        brokenInvariants = broken
        var weight = 0.0
        var evidence = 0.0
        var judged = 0.0
        var earned = 0.0
        for entry in entries {
            let (judgement, credit) = Judge.judge(entry.measurement, entry.objective)
            results.append(
                ObjectiveResult(
                    objective: entry.objective, judgement: judgement, value: entry.measurement.number,
                    censored: entry.measurement.isCensored, credit: credit, lostPoints: 0, explanation: "",
                    interval: entry.interval, isElsewhere: entry.isElsewhere))
            if !results[results.count - 1].counts { continue }
            weight += entry.objective.weight
            if judgement == .inconclusive { continue }
            judged += entry.objective.weight
            evidence += entry.objective.weight * entry.evidence
            earned += entry.objective.weight * credit
        }
        coverage = weight > 0 ? 100 * evidence / weight : 0
        score = judged > 0 ? 100 * earned / judged : nil

        for index in results.indices {
            let objective = results[index].objective
            if results[index].counts, results[index].judgement != .inconclusive, judged > 0 {
                results[index].lostPoints = 100 * objective.weight * (1 - results[index].credit) / judged
            }
            let sentence =
                results[index].isElsewhere
                ? Sentence.elsewhere(results[index]) : Sentence.text(results[index], entries[index].measurement)
            results[index].explanation = sentence
            if objective.invariant, !objective.advisory, results[index].judgement == .missed {
                brokenInvariants.append(sentence)
            }
        }
        if let uncapped = score, !brokenInvariants.isEmpty, uncapped > Self.cap {
            score = Self.cap
            capFinding =
                "The score is capped at 50, down from \(Quantity.decimal(uncapped, places: 2)), because an invariant is broken."
        }

        let counted = results.filter(\.counts)
        if !brokenInvariants.isEmpty || counted.contains(where: { $0.judgement == .missed }) {
            verdict = .deviated
        } else if !inconclusive.isEmpty || counted.isEmpty || counted.contains(where: { $0.judgement == .inconclusive })
        {
            verdict = .inconclusive
        } else {
            verdict = .held
        }
    }
}
