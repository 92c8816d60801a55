/// What one seed of a repeated run was worth by itself.
public struct SeedResult: Hashable, Sendable {
    public var seed: UInt64
    public var verdict: Verdict
    /// 0...100; nil without evidence.
    public var score: Double?
    /// 0...100.
    public var coverage: Double
    public var journalHash: String

    public init(seed: UInt64, verdict: Verdict, score: Double?, coverage: Double, journalHash: String) {
        self.seed = seed
        self.verdict = verdict
        self.score = score
        self.coverage = coverage
        self.journalHash = journalHash
    }
}
