import ChaosCompare
import ChaosPlan
import ChaosRun
import ChaosScore
import Foundation

/// Many seeds, scored as one; the worst of them is run again into the directory's journal, so that it can be looked at and
/// replayed like a single run.
struct RepeatedRun {
    let loaded: LoadedPlan
    let seeds: [UInt64]
    let jobs: Int
    let settings: RunSettings
    /// The command for one of the seeds.
    let command: (UInt64) -> String

    func run() async throws -> ExitCode {
        let plan = loaded.plan
        let now = Date()
        let store = try RunStore.create(under: settings.out, scenario: plan.name, seed: seeds[0], now: now)
        var record = try RunRecord(loaded, seed: seeds[0], seeds: seeds, files: store.store(loaded.files), started: now)
        try store.write(record)

        let trials = try await runTrials(of: plan)
        guard !trials.isEmpty else { return .interrupted }
        let card = aggregate(trials.map(\.scorecard))
        try store.write(ScorecardJSON.encode(card), as: "scorecard.json")

        let worst = card.worstSeed ?? trials[0].seed
        let schedule = Schedule.draw(plan, seed: worst)
        try store.write(schedule.describe(plan), as: RunStore.plan)
        try store.write(JSONText.encode(ScheduleRecord(schedule, of: plan)) + "\n", as: RunStore.schedule)
        let again = try await JournalledRun(
            plan: plan, schedule: schedule, store: store, recordsOperations: settings.recordsOperations
        ).run(
            progress: ProgressMeter(label: "worst seed \(worst)", isEnabled: false))
        if let trial = trials.first(where: { $0.seed == worst }), again.interrupts.isEmpty,
            again.hash != trial.hash.text
        {
            throw Failure(
                .internalError, "seed \(worst) ran twice with two histories, \(trial.hash.text) and \(again.hash)")
        }
        var codes = trials.map { ExitCode($0.outcome) } + [ExitCode(card.verdict)]
        if Interrupts.count > 0 { codes.append(.interrupted) }
        let code = ExitCode.gravest(codes)
        record.seed = worst
        record.seeds = trials.map(\.seed)
        record.note(again.outcome)
        record.interruptsNs = again.interrupts
        record.journalHash = again.hash
        record.exitCode = code.rawValue
        try store.write(record)
        let analysis = try JournalAnalysis.read(store, plan: plan)
        try RunReports(store: store, plan: plan).write(card, timeline: analysis.timeline, header: analysis.header)
        settings.notifications?.ended(card, in: store, again.outcome)
        var notes = ["worst seed \(worst)  \(command(worst))"]
        if trials.count < seeds.count {
            notes.insert("interrupted after \(trials.count) of \(seeds.count) seeds", at: 0)
        }
        try ResultPrinter(store: store, isJSON: settings.isJSON, isQuiet: settings.isQuiet).print(
            card, exit: code, notes: notes)
        return settings.code(code)
    }

    /// In batches, so that an interrupt is noticed between two; large ones, so that no core idles for long at their ends.
    private func runTrials(of plan: Plan) async throws(Failure) -> [Trial] {
        let progress = ProgressMeter(label: "\(plan.name) × \(seeds.count)", isEnabled: !settings.isQuiet)
        var trials: [Trial] = []
        let total = Double(seeds.count)
        while trials.count < seeds.count, Interrupts.count == 0 {
            let begun = trials.count
            let batch = Array(seeds[begun..<min(seeds.count, begun + jobs * 16)])
            do throws(WorldError) {
                trials += try await Trial.run(plan, seeds: batch, jobs: jobs) {
                    progress.update(Double(begun + $0) / total)
                }
            } catch {
                progress.finish()
                throw Failure(ExitCode(error), "the fleet failed: \(error.message)")
            }
        }
        progress.finish()
        return trials
    }
}
