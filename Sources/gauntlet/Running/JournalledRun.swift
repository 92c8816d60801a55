import ChaosPlan
import ChaosReport
import ChaosRun
import ChaosScore
import ChaosSim
import Glibc

/// Runs one seed into a run directory's journal, scoring it on the way.
struct JournalledRun {
    struct Result {
        var outcome: Runner.Outcome
        var scorecard: Scorecard
        var timeline: Timeline
        var header: JournalHeader
        /// When it noticed the operator's first interrupt, and the second.
        var interrupts: [Nanoseconds]
    }

    let plan: Plan
    let schedule: Schedule
    let store: RunStore

    func run(progress: ProgressMeter) async throws(Failure) -> Result {
        let descriptor = try store.openJournal()
        defer { close(descriptor) }
        let interrupts = InterruptLog()
        var scorer: Scorer?
        var model: TimelineModel?
        let run: SimulatedRun.Result
        do throws(WorldError) {
            run = try await SimulatedRun.run(
                plan, seed: schedule.seed, to: .file(descriptor), schedule: schedule,
                listeners: { header in
                    scorer = Scorer(header: header, plan: plan)
                    model = TimelineModel(header: header)
                    return [
                        { record in
                            scorer!.consume(record)
                            model!.consume(record)
                        }
                    ]
                },
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
        scorer!.journalHash = run.hash.text
        return Result(
            outcome: run.outcome, scorecard: scorer!.finish(), timeline: model!.finish(), header: run.header,
            interrupts: interrupts.noticed)
    }
}
