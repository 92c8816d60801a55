/// What one seed of a repeated run was worth by itself.
public struct SeedResult: Hashable, Sendable {
    public var seed: UInt64
    public var verdict: Verdict
    /// 0...100; nil without evidence.
    public var score: Double?
    /// 0...100.
    public var coverage: Double
    public var journalHash: String
    /// Of each objective in the scorecard's order, in its metric's unit; nil without evidence. Empty where nobody kept them.
    public var values: [Double?] = []
    /// Positions of the objectives that this seed missed.
    public var missed: [Int] = []

    public init(seed: UInt64, verdict: Verdict, score: Double?, coverage: Double, journalHash: String) {
        self.seed = seed
        self.verdict = verdict
        self.score = score
        self.coverage = coverage
        self.journalHash = journalHash
    }
}
