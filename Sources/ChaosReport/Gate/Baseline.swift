public import ChaosScore

/// What a scenario was worth when somebody last agreed to it: the plan's demands and what each seed measured.
///
/// Kept under version control (`reports/baselines/SCENARIO.json`), so that whoever asks for less, or gets less, has to say so.
public struct Baseline: Hashable, Sendable {
    public static let format = 1

    /// With its variant.
    public var scenario: String
    /// The fleet's name.
    public var fleet: String
    /// `simulated` or `live`.
    public var world: String
    /// The engine's.
    public var version: String
    public var plan: PlanOutline
    /// 0...100.
    public var minScore: Double
    /// 0...100.
    public var minCoverage: Double
    public var margins: [Margin]
    /// Of each comparison by itself, below 1.
    public var confidence: Double
    public var summary: Summary
    /// Ascending; each with what its objectives measured.
    public var seeds: [SeedResult]

    /// Of the run that it came from.
    public struct Summary: Hashable, Sendable {
        public var verdict: Verdict
        /// 0...100; nil without evidence.
        public var score: Double?
        public var coverage: Double
        /// User-uptime over the run, 0...1.
        public var availability: Double
        public var journalHash: String

        public init(verdict: Verdict, score: Double?, coverage: Double, availability: Double, journalHash: String) {
            self.verdict = verdict
            self.score = score
            self.coverage = coverage
            self.availability = availability
            self.journalHash = journalHash
        }
    }

    public init(
        scenario: String, fleet: String, world: String, version: String, plan: PlanOutline, minScore: Double,
        minCoverage: Double, margins: [Margin], confidence: Double, summary: Summary, seeds: [SeedResult]
    ) {
        self.scenario = scenario
        self.fleet = fleet
        self.world = world
        self.version = version
        self.plan = plan
        self.minScore = minScore
        self.minCoverage = minCoverage
        self.margins = margins
        self.confidence = confidence
        self.summary = summary
        self.seeds = seeds
    }

    /// Of a run; nil if its scorecard is from before a repeated run kept what each seed measured.
    public init?(
        _ card: Scorecard, plan: PlanOutline, minScore: Double, minCoverage: Double, margins: [Margin] = [],
        confidence: Double = NonInferiority.defaultConfidence
    ) {
        guard let seeds = Self.seeds(of: card) else { return nil }
        self.init(
            scenario: card.scenario, fleet: card.fleet, world: card.world, version: card.version, plan: plan,
            minScore: minScore, minCoverage: minCoverage, margins: margins, confidence: confidence,
            summary: Summary(
                verdict: card.verdict, score: card.score, coverage: card.coverage,
                availability: card.facts.availability, journalHash: card.journalHash),
            seeds: seeds.sorted { $0.seed < $1.seed })
    }

    /// What each seed of a run measured; nil where a repeated run did not keep it.
    static func seeds(of card: Scorecard) -> [SeedResult]? {
        guard card.seeds.count > 1 else { return [SeedResult(card)] }
        guard card.perSeed.count == card.seeds.count, card.perSeed.allSatisfy({ $0.availability != nil }) else {
            return nil
        }
        return card.perSeed
    }
}
