/// One seed of a repeated run in `scorecard.json`. Scorecards of before lack what is optional here.
struct SeedRecord: Codable {
    var seed: UInt64
    var verdict: String
    var score: Double?
    var coverage: Double
    var journalHash: String
    var availability: Double?
    /// Objectives by id; those without evidence have no value.
    var values: [String: Double]?
    /// Whose value is a lower bound.
    var censored: [String]?
    var missed: [String]?
    var inconclusive: [String]?

    init(_ result: SeedResult) {
        seed = result.seed
        verdict = result.verdict.rawValue
        score = result.score.map(ScorecardRecord.points)
        coverage = ScorecardRecord.points(result.coverage)
        journalHash = result.journalHash
        availability = result.availability
        guard !result.objectives.isEmpty else { return }
        values = [:]
        for objective in result.objectives { values?[objective.id] = objective.value }
        censored = result.objectives.filter(\.isCensored).map(\.id)
        missed = result.objectives.filter { $0.judgement == .missed }.map(\.id)
        inconclusive = result.objectives.filter { $0.judgement == .inconclusive }.map(\.id)
    }

    /// - Parameter objectives: the scorecard's, in its order.
    func result(objectives: [String]) throws(ScorecardJSON.Malformed) -> SeedResult {
        var result = SeedResult(
            seed: seed, verdict: try ScorecardRecord.word(verdict), score: score, coverage: coverage,
            journalHash: journalHash, availability: availability)
        guard let values else { return result }
        result.objectives = objectives.map { id in
            let judgement: Judgement =
                if missed?.contains(id) ?? false { .missed } else if inconclusive?.contains(id) ?? false {
                    .inconclusive
                } else { .held }
            return SeedObjective(
                id: id, judgement: judgement, value: values[id], isCensored: censored?.contains(id) ?? false)
        }
        return result
    }
}
