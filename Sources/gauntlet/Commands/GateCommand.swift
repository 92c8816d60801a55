import ArgumentParser
import ChaosReport
import ChaosScore

struct GateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "gate",
        abstract: "Passes or fails a run, for pipelines: the first line begins with `gate=`.",
        discussion: """
            Example: gauntlet gate reports/hub-failover/RUN --min-score 95 --min-coverage 90 --junit junit.xml

            A missed objective fails whatever the score. Exits with 0 passed, 1 failed, 2 inconclusive.
            """)

    @Argument(help: ArgumentHelp("A run directory, or a scorecard.json.", valueName: "run"))
    var target: String

    @Option(parsing: .unconditional, help: "The least score, 0 to 100.")
    var minScore = 95.0

    @Option(parsing: .unconditional, help: "The least coverage, 0 to 100.")
    var minCoverage = 90.0

    @Option(help: "Writes a JUnit file there.")
    var junit: String?

    @Option(help: "Writes a Markdown summary there.")
    var summary: String?

    func validate() throws {
        for (name, value) in [("--min-score", minScore), ("--min-coverage", minCoverage)]
        where !(0...100).contains(value) {
            throw ValidationError("\(name) takes 0 to 100, not \(value)")
        }
    }

    func run() async throws {
        let isDirectory = TextFile.isDirectory(target)
        guard isDirectory || TextFile.exists(target) || target.contains("/") || !ScenarioLocator.isScenario(target)
        else {
            throw RunStore.missing(target)
        }
        let file = isDirectory ? "\(target)/\(RunDirectory.scorecard)" : target
        let card = try StoredScorecard.read(file)
        let replay = (try? RunStore.at(file))?.replay ?? StoredScorecard.command(card)
        let result = Gate.judge(card, minScore: minScore, minCoverage: minCoverage, replay: replay)
        try Terminal.say(result.line)
        for detail in result.details { try Terminal.say("  \(detail)") }
        if let junit { try TextFile.write(JUnitReport.render(card, replay: replay), to: junit) }
        if let summary { try TextFile.write(MarkdownSummary.render(card, replay: replay), to: summary) }
        throw ExitCode(result.outcome)
    }
}
