internal import ChaosPlan
public import ChaosScore

extension RunEntry {
    /// What a run's scorecard says, and what only the run knows.
    ///
    /// Objectives that are demanded of the other world only are left out: nothing was measured for them.
    /// - Parameters:
    ///   - directory: relative to the folder that holds the history.
    ///   - started: seconds since 1970, UTC.
    ///   - ending: `completed`, `interrupted`, `aborted: RULE` or `died`.
    public init(_ card: Scorecard, directory: String, started: Int64, ending: String, exitCode: Int32) {
        self.init(
            directory: directory, scenario: card.scenario, fleet: card.fleet, world: card.world,
            seed: card.seeds.first ?? 0, seedCount: max(1, card.seeds.count),
            planDigest: JournalHash.text(card.planDigest), fleetDigest: JournalHash.text(card.fleetDigest),
            journalHash: card.journalHash, version: card.version, started: started, ending: ending,
            exitCode: exitCode, verdict: card.verdict.rawValue, score: card.score.map(Self.points),
            coverage: Self.points(card.coverage),
            availability: card.facts.availability,
            objectives: card.objectives.filter { !$0.isElsewhere }.map(ObjectiveEntry.init))
    }

    /// As `scorecard.json` has them, so that a run taken in from its directory is the run that was recorded.
    private static func points(_ value: Double) -> Double { (value * 100).rounded() / 100 }
}

extension ObjectiveEntry {
    /// As it was judged.
    public init(_ result: ObjectiveResult) {
        let objective = result.objective
        let limit: (value: Double, isMinimum: Bool) =
            switch objective.limit {
            case .min(let value): (value, true)
            case .max(let value): (value, false)
            }
        self.init(
            id: objective.id, metric: objective.metric.rawValue, promise: objective.promise,
            judgement: result.judgement.rawValue, value: result.value, isCensored: result.censored,
            limit: limit.value, isMinimum: limit.isMinimum, isInvariant: objective.invariant,
            isAdvisory: objective.advisory)
    }
}
