import ChaosPlan

/// What one seed of a repeated run was worth by itself.
public struct SeedResult: Hashable, Sendable {
    public var seed: UInt64
    public var verdict: Verdict
    /// 0...100; nil without evidence.
    public var score: Double?
    /// 0...100.
    public var coverage: Double
    public var journalHash: String
    /// User-uptime over the run, 0...1; nil in scorecards of before it was kept.
    public var availability: Double?
    /// What each objective measured, in the scorecard's order; empty in scorecards of before they were kept.
    public var objectives: [SeedObjective]

    public init(
        seed: UInt64, verdict: Verdict, score: Double?, coverage: Double, journalHash: String,
        availability: Double? = nil, objectives: [SeedObjective] = []
    ) {
        self.seed = seed
        self.verdict = verdict
        self.score = score
        self.coverage = coverage
        self.journalHash = journalHash
        self.availability = availability
        self.objectives = objectives
    }

    /// Of a scorecard of one run.
    public init(_ card: Scorecard) {
        self.init(
            seed: card.seeds.first ?? 0, verdict: card.verdict, score: card.score, coverage: card.coverage,
            journalHash: card.journalHash, availability: card.facts.availability,
            objectives: card.objectives.map {
                SeedObjective(
                    id: $0.objective.id, judgement: $0.judgement, value: $0.value, isCensored: $0.censored)
            })
    }
}

/// One objective under one seed.
public struct SeedObjective: Hashable, Sendable {
    public var id: String
    public var judgement: Judgement
    /// In the metric's unit; nil without evidence.
    public var value: Double?
    /// The value is a lower bound.
    public var isCensored: Bool

    public init(id: String, judgement: Judgement, value: Double?, isCensored: Bool) {
        self.id = id
        self.judgement = judgement
        self.value = value
        self.isCensored = isCensored
    }
}
