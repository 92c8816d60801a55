import ChaosPlan

/// One run that fidelity needs.
struct TrialRequest {
    /// The plan with all its overrides.
    var loaded: LoadedPlan
    var seed: UInt64
    /// Below it a run directory is made.
    var out: String
}

/// A world that can carry a trial out, from plan to scored run directory.
protocol TrialRunner {
    /// As journals and scorecards name it: `simulated` or `live`.
    var world: String { get }

    /// Returns the run's directory, with its scorecard in it; a run that deviated is as good a trial as one that held.
    func run(_ trial: TrialRequest) async throws -> String
}

/// Trials in the simulated world.
struct SimulatedTrials: TrialRunner {
    let world = "simulated"

    func run(_ trial: TrialRequest) async throws -> String {
        let settings = RunSettings(out: trial.out, isJSON: false, isQuiet: true, exitZero: true)
        return try await SingleRun(loaded: trial.loaded, seed: trial.seed, settings: settings).carryOut().store.path
    }
}
