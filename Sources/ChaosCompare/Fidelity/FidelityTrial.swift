import ChaosReport
public import ChaosScore

/// One run of a scenario in one of the worlds, scored by the code that both worlds share.
public struct FidelityTrial: Sendable {
    public var seed: UInt64
    /// Where it lies.
    public var run: String
    public var scorecard: Scorecard
    /// Its fleet's file, where that is known; several files may call their fleet the same.
    public var fleetFile: String?
    /// When it began, UTC in ISO 8601, where that is known.
    public var started: String?

    public init(
        seed: UInt64, run: String, scorecard: Scorecard, fleetFile: String? = nil, started: String? = nil
    ) {
        self.seed = seed
        self.run = run
        self.scorecard = scorecard
        self.fleetFile = fleetFile
        self.started = started
    }

    var fleet: GradedFleet { GradedFleet(name: fleetFile ?? scorecard.fleet, digest: scorecard.fleetDigest) }
}

extension GradedFleet {
    /// Each digest once, by name.
    static func each(_ fleets: [GradedFleet]) -> [GradedFleet] {
        var seen: Set<UInt64> = []
        return fleets.sorted { ($0.name, $0.digest) < ($1.name, $1.digest) }.filter { seen.insert($0.digest).inserted }
    }
}

/// All trials of one scenario.
public struct FidelityTrials: Sendable {
    public var scenario: String
    public var simulated: [FidelityTrial]
    public var live: [FidelityTrial]
    /// By a simpler model of the same fleet, which the simulation has to beat to be worth its name; may be empty.
    public var naive: [FidelityTrial]
    /// The simulated trials were told to run on a fleet of their own: the one that the live trials ran on, with what was measured
    /// on it.
    public var isMeasured: Bool

    public init(
        scenario: String, simulated: [FidelityTrial], live: [FidelityTrial], naive: [FidelityTrial] = [],
        isMeasured: Bool = false
    ) {
        self.scenario = scenario
        self.simulated = simulated
        self.live = live
        self.naive = naive
        self.isMeasured = isMeasured
    }
}
