public import ChaosScore

/// One run of a scenario in one of the worlds, scored by the code that both worlds share.
public struct FidelityTrial: Sendable {
    public var seed: UInt64
    /// Where it lies.
    public var run: String
    public var scorecard: Scorecard

    public init(seed: UInt64, run: String, scorecard: Scorecard) {
        self.seed = seed
        self.run = run
        self.scorecard = scorecard
    }
}

/// All trials of one scenario.
public struct FidelityTrials: Sendable {
    public var scenario: String
    public var simulated: [FidelityTrial]
    public var live: [FidelityTrial]
    /// By a simpler model of the same fleet, which the simulation has to beat to be worth its name; may be empty.
    public var naive: [FidelityTrial]

    public init(
        scenario: String, simulated: [FidelityTrial], live: [FidelityTrial], naive: [FidelityTrial] = []
    ) {
        self.scenario = scenario
        self.simulated = simulated
        self.live = live
        self.naive = naive
    }
}
