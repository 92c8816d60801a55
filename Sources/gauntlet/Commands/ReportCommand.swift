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
        let (header, timeline) = try timeline(of: store)
        try RunReports(store: store, plan: plan).write(card, timeline: timeline, header: header)
        for file in [RunDirectory.page, RunDirectory.junit, RunDirectory.summary] {
            try Terminal.say(store.path(of: file))
        }
    }

    private func timeline(of store: RunStore) throws(Failure) -> (JournalHeader, Timeline) {
        do throws(JournalError) {
            var reader = try JournalReader(path: store.path(of: RunDirectory.journal))
            var model = TimelineModel(header: reader.header)
            while let record = try reader.next() { model.consume(record) }
            return (reader.header, model.finish())
        } catch {
            throw Failure(journal: error, in: store)
        }
    }
}
