import ArgumentParser
import ChaosPlan
import ChaosReport
import ChaosScore

struct ReportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "report",
        abstract: "Renders a run's reports again from its scorecard and journal.",
        discussion: "Example: gauntlet report reports/hub-failover/RUN")

    @Argument(help: ArgumentHelp("A run directory.", valueName: "run"), completion: .directory)
    var directory: String

    func run() async throws {
        let store = try RunStore.at(directory)
        let plan = try LoadedPlan.load(store.readRecord(), in: store).plan
        guard TextFile.exists(store.path(of: RunDirectory.scorecard)) else {
            throw Failure(
                .unavailable,
                "\(store.path) has no scorecard yet; make one with: \(ShellWord.join(["gauntlet", "score", store.path]))"
            )
        }
        let card = try StoredScorecard.read(store.path(of: RunDirectory.scorecard))
        let analysis = try JournalAnalysis.read(store, plan: plan)
        try RunReports(store: store, plan: plan).write(card, timeline: analysis.timeline, header: analysis.header)
        for file in [RunDirectory.page, RunDirectory.junit, RunDirectory.summary] {
            try Terminal.say(store.path(of: file))
        }
    }
}
