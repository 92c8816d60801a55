import ChaosRun

extension RunRecord {
    /// How the run went.
    mutating func note(_ outcome: Runner.Outcome) {
        switch outcome.ending {
        case .completed: ending = "completed"
        case .interrupted: ending = "interrupted"
        case .aborted(let rule): ending = "aborted: \(rule)"
        }
        failedInjections = outcome.failedInjections
        failedReverts = outcome.failedReverts
    }

    /// The same again, from the file.
    var outcome: Runner.Outcome {
        let ending: Runner.Ending =
            if self.ending == "interrupted" { .interrupted } else if self.ending.hasPrefix("aborted") {
                .aborted(self.ending)
            } else { .completed }
        return Runner.Outcome(ending: ending, failedInjections: failedInjections, failedReverts: failedReverts)
    }
}
