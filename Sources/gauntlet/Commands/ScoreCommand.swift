import ArgumentParser
import ChaosPlan
import ChaosReport
import ChaosScore

struct ScoreCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "score",
        abstract: "Scores a run's journal again and rewrites its scorecard.",
        discussion: """
            Example: gauntlet score reports/hub-failover/RUN

            The plan is the one in the run's directory, its objectives included: edit them there, and `score` says what the run is
            worth under the new ones. Exits by verdict, as `run` does.
            """)

    @Argument(help: ArgumentHelp("A run directory, or the journal in it.", valueName: "run"), completion: .directory)
    var directory: String

    @Flag(help: "Prints the scorecard as JSON.")
    var json = false

    func run() async throws {
        let store = try RunStore.at(directory)
        var record = try store.readRecord()
        let plan = try LoadedPlan.load(record, in: store).plan
        if let seeds = record.seeds, seeds.count > 1 {
            throw Failure(
                .unavailable,
                "\(store.path) is a run of \(seeds.count) seeds; only the worst seed's journal was kept, too little to score it again"
            )
        }
        if record.ending == RunRecord.running {
            guard !store.isGoingOn else {
                throw Failure(.unavailable, "\(store.path) is of a run that goes on; interrupt it, or wait for its end")
            }
            // Its process died. From now on that is known, and it is a run like any other: listed, and pruned in its time.
            record.ending = RunRecord.died
            try store.write(record)
        }
        let scorecard = try JournalAnalysis.read(store, plan: plan).scorecard
        try store.write(ScorecardJSON.encode(scorecard), as: RunDirectory.scorecard)
        let code = ExitCode.gravest([ExitCode(record.outcome), ExitCode(scorecard.verdict)])
        RunHistory.record(scorecard, of: store, record, exit: code)
        try ResultPrinter(store: store, isJSON: json).print(scorecard, exit: code)
        throw code
    }
}
