public import ChaosScore

/// One run of a repeated scenario, for the strip of dots.
public struct SeedScore: Hashable, Sendable {
    public var seed: UInt64
    public var score: Double?
    public var verdict: Verdict

    public init(seed: UInt64, score: Double?, verdict: Verdict) {
        self.seed = seed
        self.score = score
        self.verdict = verdict
    }
}
