import ArgumentParser
import ChaosCompare
import ChaosPlan
import ChaosRun
import Foundation

struct ExplainCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain",
        abstract: "Runs the same seed again without each fault and tells what each one cost, and why.",
        discussion: "Example: gauntlet explain reports/hub-failover/RUN")

    @Argument(help: ArgumentHelp("A run directory.", valueName: "run"), completion: .directory)
    var directory: String

    @Option(parsing: .unconditional, help: "At most so many faults, those that lost most first; each costs a run.")
    var limit = 8

    @Option(parsing: .unconditional, help: "Runs at once (default: one for each core).")
    var jobs: Int?

    @Flag(help: "No progress.")
    var quiet = false

    func validate() throws {
        guard limit >= 0 else { throw ValidationError("--limit takes 0 or more, not \(limit)") }
        guard jobs.map({ (1...1024).contains($0) }) ?? true else { throw ValidationError("--jobs takes 1 to 1024") }
    }

    func run() async throws {
        let store = try RunStore.at(directory)
        let record = try store.readRecord()
        let plan = try LoadedPlan.load(record, in: store).plan
        let progress = ProgressMeter(label: "explain", isEnabled: !quiet)
        let explanation: Explanation
        do throws(WorldError) {
            explanation = try await Explanation.of(
                plan: plan, seed: record.seed, limit: limit,
                jobs: jobs ?? ProcessInfo.processInfo.activeProcessorCount
            ) { done, all in progress.update(Double(done) / Double(max(1, all))) }
        } catch {
            progress.finish()
            throw Failure(ExitCode(error), "the fleet failed: \(error.message)")
        }
        progress.finish()
        if let hash = record.journalHash, hash != explanation.hash.text {
            // Interrupted, or written by another engine: what follows explains the whole run as it is now.
            try Terminal.say(
                "the journal in \(store.path) is of another history; this explains the uninterrupted run of this engine"
            )
        }
        try Terminal.write(explanation.text)
    }
}
