import ChaosPlan
import ChaosReport
import ChaosRun
import ChaosScore
import ChaosSim
import Glibc
import Synchronization

/// Runs one seed into a run directory's journal, scoring it on the way.
struct JournalledRun {
    struct Result {
        var outcome: Runner.Outcome
        var scorecard: Scorecard
        var timeline: Timeline
        var header: JournalHeader
        var interruptedAt: Nanoseconds?
        /// How often the operator had asked when the run noticed.
        var interrupts: Int
    }

    let plan: Plan
    let schedule: Schedule
    let store: RunStore

    func run(progress: ProgressMeter) async throws(Failure) -> Result {
        let descriptor = try store.openJournal()
        defer { close(descriptor) }
        let noticed = NoticedInterrupts()
        var scorer: Scorer?
        var model: TimelineModel?
        var interruptedAt: Nanoseconds?
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
                            if case .interrupted = record.event { interruptedAt = record.time }
                        }
                    ]
                },
                interrupts: { noticed.look() },
                progress: { now, end in progress.update(end > 0 ? Double(now) / Double(end) : 1) })
        } catch {
            progress.finish()
            throw Failure(ExitCode(error), "the fleet failed: \(error.message); the journal so far is \(store.path(of: RunDirectory.journal))")
        }
        progress.finish()
        if let failure = run.writeFailure { throw TextFile.unwritable(store.path(of: RunDirectory.journal), failure) }
        scorer!.journalHash = run.hash.text
        return Result(
            outcome: run.outcome, scorecard: scorer!.finish(), timeline: model!.finish(), header: run.header, interruptedAt: interruptedAt,
            interrupts: noticed.count)
    }

    /// The count as it was when the run first saw one: a replay must see the same.
    private final class NoticedInterrupts: Sendable {
        private let first = Atomic<Int>(0)

        var count: Int { first.load(ordering: .relaxed) }

        func look() -> Int {
            let now = Interrupts.count
            if now > 0 { _ = first.compareExchange(expected: 0, desired: now, ordering: .relaxed) }
            return now
        }
    }
}
