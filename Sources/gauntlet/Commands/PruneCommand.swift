import ArgumentParser
import ChaosHistory
import Foundation

struct PruneCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "prune",
        abstract: "Deletes old runs' directories by rule; their numbers stay in the history.",
        discussion: """
            Examples:
              gauntlet prune --keep-last 20 --keep-days 30 --dry-run
              gauntlet prune hub-failover --keep-last 5

            A run stays if it is among the last --keep-last of its scenario and world, or younger than --keep-days, or deviated, or
            the worst of its scenario and world, or one that a baseline in baselines/ rests on. Only recorded runs are touched, and
            only directories that a run has written.
            """)

    @Argument(help: "Only of this scenario, its variant included: `partition@2min`.")
    var scenario: String?

    @Option(parsing: .unconditional, help: "Keeps the last so many runs of each scenario and world.")
    var keepLast: Int?

    @Option(parsing: .unconditional, help: "Keeps the runs of the last so many days.")
    var keepDays: Int?

    @Flag(help: "Deviated runs go by the same rules as others.")
    var deviatedToo = false

    @Flag(help: "Deletes nothing; says what would go.")
    var dryRun = false

    @Option(help: "Where the run directories lie.")
    var out = "reports"

    @Flag(help: "As JSON.")
    var json = false

    func validate() throws {
        guard keepLast != nil || keepDays != nil else {
            throw ValidationError("say what stays: --keep-last N, --keep-days D, or both")
        }
        for (name, value) in [("--keep-last", keepLast), ("--keep-days", keepDays)] {
            if let value, !(0...1_000_000).contains(value) {
                throw ValidationError("\(name) takes 0 to 1,000,000, not \(value)")
            }
        }
    }

    func run() async throws {
        let history = try RunHistory.open(out)
        try RunHistory.check(scenario, in: history)
        var filter = RunFilter(scenario: scenario)
        filter.includesPruned = false
        filter.includesObjectives = false
        let runs = try RunHistory.ask { try history.runs(filter) }
        let baselines = try BaselineMentions(folder: "\(out)/baselines").protected(of: runs)
        let rules = Retention(keepLast: keepLast, keepDays: keepDays, keepsDeviated: !deviatedToo)
        let reasons = rules.decide(runs, now: .secondsNow, isBaseline: { baselines.contains($0.directory) })

        var outcome = PruneOutcome(isDryRun: dryRun)
        for (run, reason) in zip(runs, reasons) {
            if let reason { outcome.kept[reason.rawValue, default: 0] += 1 } else { try prune(run, &outcome, history) }
        }
        if json { try Terminal.say(JSONText.encode(outcome)) } else { try Terminal.write(outcome.text) }
        for problem in outcome.problems { Terminal.note("not deleted: \(problem)") }
        if !outcome.problems.isEmpty { throw ExitCode.toolFailure }
    }

    /// The directory first, then the mark: who is killed in between finds the rest of it, or nothing, and goes on.
    private func prune(_ run: RunEntry, _ outcome: inout PruneOutcome, _ history: History) throws(Failure) {
        do throws(Failure) {
            let remains = try RunRemains(root: out, run: run)
            outcome.bytes += remains.bytes
            outcome.pruned.append(run.directory)
            if dryRun { return }
            try remains.delete()
        } catch {
            outcome.problems.append(error.message)
            return
        }
        try RunHistory.ask { try history.markPruned([run.directory], at: .secondsNow) }
    }
}
