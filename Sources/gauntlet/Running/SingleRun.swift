import ChaosPlan
import ChaosReport
import ChaosRun
import ChaosScore
import Foundation

/// One seed: plan, journal, scorecard, reports.
struct SingleRun {
    let loaded: LoadedPlan
    let seed: UInt64
    let settings: RunSettings

    /// A run that is on disk and scored.
    struct Finished {
        var store: RunStore
        var scorecard: Scorecard
        var outcome: Runner.Outcome
        var code: ExitCode
        var record: RunRecord
        /// Hosts of a live run that were short of something.
        var shortages: [String]
    }

    func run() async throws -> ExitCode {
        let finished = try await carryOut()
        settings.notifications?.ended(finished.scorecard, in: finished.store, finished.outcome)
        RunHistory.record(finished.scorecard, of: finished.store, finished.record, exit: finished.code)
        try ResultPrinter(store: finished.store, isJSON: settings.isJSON, isQuiet: settings.isQuiet).print(
            finished.scorecard, exit: finished.code,
            notes: Self.troubles(finished.outcome) + finished.shortages)
        return settings.code(finished.code)
    }

    /// The run without a word about it.
    func carryOut() async throws -> Finished {
        let plan = loaded.plan
        let schedule = Schedule.draw(plan, seed: seed)
        let now = Date()
        let store = try RunStore.create(under: settings.out, scenario: plan.name, seed: seed, now: now)
        var record = try RunRecord(loaded, seed: seed, files: store.store(loaded.files), started: now)
        record.world = settings.world.rawValue
        record.pace = settings.pace
        if settings.isMonitored { record.isMonitored = true }
        try store.write(record)
        try store.write(schedule.describe(plan), as: RunStore.plan)
        try store.write(JSONText.encode(ScheduleRecord(schedule, of: plan)) + "\n", as: RunStore.schedule)

        let progress = ProgressMeter(label: plan.name, isEnabled: !settings.isQuiet)
        let result = try await JournalledRun(
            plan: plan, schedule: schedule, store: store, world: settings.world, pace: settings.pace,
            recordsOperations: settings.recordsOperations, isMonitored: settings.isMonitored
        ).run(progress: progress)
        record.note(result.outcome)
        record.interruptsNs = result.interrupts
        record.journalHash = result.hash
        try store.write(record)

        let analysis = try JournalAnalysis.read(store, plan: plan)
        guard analysis.scorecard.journalHash == result.hash else {
            throw Failure(
                .internalError,
                "\(store.path): the journal reads back as \(analysis.scorecard.journalHash), not \(result.hash)")
        }
        try RunReports(store: store, plan: plan).write(
            analysis.scorecard, timeline: analysis.timeline, header: analysis.header)
        let code = ExitCode.gravest([ExitCode(result.outcome), ExitCode(analysis.scorecard.verdict)])
        record.exitCode = code.rawValue
        try store.write(record)
        return Finished(
            store: store, scorecard: analysis.scorecard, outcome: result.outcome, code: code, record: record,
            shortages: HostLoadWords.notable(analysis.timeline, analysis.header))
    }

    private static func troubles(_ outcome: Runner.Outcome) -> [String] {
        outcome.failedReverts.map { "not reverted: \($0)" } + outcome.failedInjections.map { "not injected: \($0)" }
    }
}
