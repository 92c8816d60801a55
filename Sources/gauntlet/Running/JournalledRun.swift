import ChaosPlan
import ChaosReport
import ChaosRun
import ChaosSim
import Glibc

/// Runs one seed into a run directory's journal.
struct JournalledRun {
    struct Result {
        var outcome: Runner.Outcome
        var hash: String
        /// When it noticed the operator's first interrupt, and the second.
        var interrupts: [Nanoseconds]
    }

    let plan: Plan
    let schedule: Schedule
    let store: RunStore
    var recordsOperations = false

    func run(progress: ProgressMeter) async throws(Failure) -> Result {
        let descriptor = try store.openJournal()
        defer { close(descriptor) }
        let operations = recordsOperations ? try store.openOperations() : nil
        defer { if let operations { close(operations) } }
        let interrupts = InterruptLog()
        let run: SimulatedRun.Result
        do throws(WorldError) {
            run = try await SimulatedRun.run(
                plan, seed: schedule.seed, to: .file(descriptor), operations: operations.map { .file($0) },
                schedule: schedule,
                interrupts: { interrupts.look() },
                progress: { now, end in
                    interrupts.reach(now)
                    progress.update(end > 0 ? Double(now) / Double(end) : 1)
                })
        } catch {
            progress.finish()
            throw Failure(
                ExitCode(error),
                "the fleet failed: \(error.message); the journal so far is \(store.path(of: RunDirectory.journal))")
        }
        progress.finish()
        if let failure = run.writeFailure { throw TextFile.unwritable(store.path(of: RunDirectory.journal), failure) }
        return Result(outcome: run.outcome, hash: run.hash.text, interrupts: interrupts.noticed)
    }
}
