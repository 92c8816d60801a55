import ChaosCompare
import ChaosPlan
import ChaosRun

/// Seeds of one plan in the simulated world, one after the other from a first one on, several at once.
struct SeedSeries {
    let plan: Plan
    let first: UInt64
    let jobs: Int
    var isQuiet = false

    /// Hands out at most `limit` trials in the order of their seeds, until `goesOn` says no. What was run in advance and is
    /// not handed out changes nothing, so the number of jobs does not either.
    func run(limit: Int, _ goesOn: (Trial) -> Bool) async throws {
        let progress = ProgressMeter(label: "\(plan.name) × \(limit)", isEnabled: !isQuiet)
        defer { progress.finish() }
        var begun = 0
        while begun < limit {
            if Interrupts.count > 0 { throw ExitCode.interrupted }
            let count = min(limit - begun, jobs * 4)
            let batch = (0..<count).map { first + UInt64(begun + $0) }
            let done = begun
            let trials: [Trial]
            do throws(WorldError) {
                trials = try await Trial.run(plan, seeds: batch, jobs: jobs) {
                    progress.update(Double(done + $0) / Double(limit))
                }
            } catch {
                throw Failure(ExitCode(error), "the fleet failed: \(error.message)")
            }
            for trial in trials where !goesOn(trial) { return }
            begun += count
        }
    }
}
