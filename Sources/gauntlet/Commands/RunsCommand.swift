import ArgumentParser
import ChaosHistory
import ChaosScore
import Foundation

struct RunsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "runs",
        abstract: "Lists the recorded runs, newest first.",
        discussion: """
            Examples:
              gauntlet runs
              gauntlet runs hub-failover --verdict deviated --since 14d
              gauntlet runs --import

            Every run is recorded in history.sqlite beside the run directories (docs/history.md). --import takes in those that lie
            there and are not recorded. Runs are named by their directories, relative to --out.
            """)

    @Argument(help: "Only of this scenario, its variant included: `partition@2min`.")
    var scenario: String?

    @Option(help: ArgumentHelp("Only of this world: simulated or live.", valueName: "world"))
    var world: WorldKind?

    @Option(help: ArgumentHelp("Only by this version of the engine.", valueName: "version"))
    var engine: String?

    @Option(help: "Only with this verdict: held, deviated or inconclusive.")
    var verdict: String?

    @Option(
        help: ArgumentHelp(
            "Only started since: a day (2026-11-01), an instant (2026-11-01T12:00:00Z) or a while ago (36h, 14d, 8w).",
            valueName: "time"))
    var since: SinceArgument?

    @Option(parsing: .unconditional, help: "The newest so many; 0 for all.")
    var limit = 50

    @Option(help: "Where the run directories lie.")
    var out = "reports"

    @Flag(name: .customLong("import"), help: "First records the runs on disk that are not recorded.")
    var takesIn = false

    @Flag(help: "As JSON, with every objective.")
    var json = false

    func validate() throws {
        guard limit >= 0 else { throw ValidationError("--limit takes 0 (all) or more, not \(limit)") }
        if let verdict, Verdict(rawValue: verdict) == nil {
            let words = Verdict.allCases.map(\.rawValue).joined(separator: ", ")
            throw ValidationError("--verdict takes one of \(words), not '\(verdict)'")
        }
    }

    func run() async throws {
        if takesIn { try takeIn() }
        let history = try RunHistory.open(out)
        try RunHistory.check(scenario, in: history)
        var filter = RunFilter(
            scenario: scenario, world: world?.rawValue, version: engine, verdict: verdict,
            since: since?.seconds(now: .secondsNow), limit: limit == 0 ? nil : limit)
        filter.includesObjectives = json
        let runs = try RunHistory.ask { try history.runs(filter) }
        if json { return try Terminal.say(JSONText.encode(runs)) }
        guard !runs.isEmpty else { return try Terminal.say("no recorded run is like that") }
        try Terminal.write(RunTable.text(runs))
        if runs.count == limit { Terminal.note("the newest \(limit); --limit 0 lists all") }
    }

    private func takeIn() throws {
        guard TextFile.isDirectory(out) else { throw Failure(.unavailable, "no directory \(out)") }
        var intake = RunImport()
        try intake.run(root: out, into: RunHistory.make(out))
        for problem in intake.problems { Terminal.note("not recorded: \(problem)") }
        let rest = intake.unfinished > 0 ? "; \(intake.unfinished) unfinished" : ""
        Terminal.note("recorded \(intake.recorded) runs from \(out)\(rest)")
    }
}
