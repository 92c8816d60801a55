/// The one seam between fidelity and the live world: whatever starts real fleets is handed out here.
struct LiveTrials: TrialRunner {
    let world = WorldKind.live.rawValue

    /// Nil in a build without a live world; fidelity then makes its simulated trials and says what is missing.
    static func runner() -> (any TrialRunner)? {
        #if LIVE_WORLD
            LiveTrials()
        #else
            nil
        #endif
    }

    func run(_ trial: TrialRequest) async throws -> String {
        let settings = RunSettings(out: trial.out, isJSON: false, isQuiet: true, exitZero: true, world: .live)
        return try await SingleRun(loaded: trial.loaded, seed: trial.seed, settings: settings).carryOut().store.path
    }
}
