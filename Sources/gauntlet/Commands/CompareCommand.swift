import ArgumentParser
import ChaosCompare
import ChaosPlan
import ChaosReport
import ChaosScore

struct CompareCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "compare",
        abstract: "Shows two runs side by side, of one world or of two.",
        discussion: """
            Example: gauntlet compare reports/hub-failover/RUN reports/hub-failover/OTHER --html difference.html

            Verdict, score, every objective, each fault's times, availability and messages; differences are the second run's value
            minus the first's. Runs of different scenarios or fleets are compared too, with a warning. Judges nothing: exits with 0,
            or with 65 for what is not a run directory.
            """)

    @Argument(help: ArgumentHelp("A run directory.", valueName: "a"), completion: .directory)
    var left: String

    @Argument(help: ArgumentHelp("Another run directory.", valueName: "b"), completion: .directory)
    var right: String

    @Flag(help: "As JSON.")
    var json = false

    @Option(help: ArgumentHelp("Writes a page there.", valueName: "file"), completion: .file())
    var html: String?

    /// Nil where one of the runs has no journal any more.
    private static func timelines(_ left: String, _ right: String) throws -> (Timeline, Timeline)? {
        func timeline(_ path: String) throws -> Timeline? {
            let store = try StoredRun.store(path)
            guard TextFile.exists(store.path(of: RunDirectory.journal)) else { return nil }
            let plan = try LoadedPlan.load(try store.readRecord(), in: store).plan
            return try JournalAnalysis.read(store, plan: plan).timeline
        }
        guard let first = try timeline(left), let second = try timeline(right) else { return nil }
        return (first, second)
    }

    func run() async throws {
        let runs = SideBySide(
            try StoredRun.scorecard(left), named: left, try StoredRun.scorecard(right), named: right,
            grades: StoredGrades.of)
        if let html {
            let page = SideBySidePage.render(runs, timelines: try Self.timelines(left, right))
            try TextFile.write(page, to: html)
        }
        if json {
            try Terminal.say(JSONText.encode(runs))
        } else {
            try Terminal.write(runs.text)
            if let html { try Terminal.say("page  \(html)") }
        }
    }
}
