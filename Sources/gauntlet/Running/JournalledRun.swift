import ChaosPlan
import ChaosReport
import ChaosRun
import ChaosSim
import Glibc

#if LIVE_WORLD
    import ChaosLive
#endif

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
    var world = WorldKind.simulated
    /// See `RunSettings`.
    var pace: Double?
    var recordsOperations = false
    var isMonitored = false

    func run(progress: ProgressMeter) async throws(Failure) -> Result {
        let descriptor = try store.openJournal()
        defer { close(descriptor) }
        // A live run happens once: what is not written down of it is gone.
        let operations = recordsOperations || world == .live ? try store.openOperations() : nil
        defer { if let operations { close(operations) } }
        let interrupts = InterruptLog()
        if world == .live, let operations {
            return try await runLive(
                to: descriptor, operations: operations, interrupts: interrupts, progress: progress)
        }
        let run: SimulatedRun.Result
        do throws(WorldError) {
            run = try await SimulatedRun.run(
                plan, seed: schedule.seed, to: .file(descriptor), operations: operations.map { .file($0) },
                schedule: schedule, pace: pace.map { .speed($0) },
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

    private func runLive(
        to descriptor: Int32, operations: Int32, interrupts: InterruptLog, progress: ProgressMeter
    ) async throws(Failure) -> Result {
        #if LIVE_WORLD
            let run: LiveRun.Result
            do throws(WorldError) {
                run = try await LiveRun.run(
                    plan, seed: schedule.seed, to: .file(descriptor), operations: .file(operations), schedule: schedule,
                    isMonitored: isMonitored, interrupts: { interrupts.look() }, tell: { Terminal.note($0) },
                    progress: { now, end in
                        interrupts.reach(now)
                        progress.update(end > 0 ? Double(now) / Double(end) : 1)
                    })
            } catch {
                progress.finish()
                throw Failure(error.code == .unsupported ? .unavailable : ExitCode(error), error.message)
            }
            progress.finish()
            if let failure = run.writeFailure {
                throw TextFile.unwritable(store.path(of: RunDirectory.journal), failure)
            }
            return Result(outcome: run.outcome, hash: run.hash.text, interrupts: interrupts.noticed)
        #else
            throw Failure(
                .unavailable, "this build has no live world: it needs Linux, and GAUNTLET_SIMULATOR_ONLY unset")
        #endif
    }
}
