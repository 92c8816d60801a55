/// The one seam between fidelity and the live world: whatever starts real fleets is handed out here.
enum LiveTrials {
    /// Nil in a build without a live world; fidelity then makes its simulated trials and says what is missing.
    static func runner() -> (any TrialRunner)? { nil }
}
