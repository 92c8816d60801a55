import ArgumentParser
import ChaosHistory

struct TrendCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "trend",
        abstract: "Draws how scenarios fared from run to run, and marks where a metric shifted.",
        discussion: """
            Examples:
              gauntlet trend
              gauntlet trend hub-failover --metric score --metric failover-time
              gauntlet trend hub-failover --world live --html trend.html

            Without a scenario a line for each; with one, every metric of it. Shifts are found by E-divisive with fixed draws: the same
            runs give the same answer, and at most 1 % of series without a shift get one. Simulated runs of one plan and seed are
            compared exactly. docs/history.md has the details. Judges nothing: exits with 0.
            """)

    @Argument(help: "Only of this scenario, its variant included: `partition@2min`.")
    var scenario: String?

    @Option(
        name: .customLong("metric"),
        help: "Only this metric: score, user-uptime, an objective's id or a metric's name; may be repeated.")
    var metrics: [String] = []

    @Option(help: ArgumentHelp("Only of this world: simulated or live.", valueName: "world"))
    var world: WorldKind?

    @Option(
        parsing: .unconditional,
        help: "The newest so many runs of each scenario and world, at most 1,000 (default: 100; without a scenario 50)."
    )
    var last: Int?

    @Option(help: "Where the run directories lie.")
    var out = "reports"

    @Option(help: ArgumentHelp("Writes a page there.", valueName: "file"), completion: .file())
    var html: String?

    @Flag(help: "As JSON.")
    var json = false

    func validate() throws {
        if let last, !(1...1000).contains(last) {
            throw ValidationError("--last takes 1 to 1,000 runs, not \(last)")
        }
    }

    func run() async throws {
        let history = try RunHistory.open(out)
        try RunHistory.check(scenario, in: history)
        // Its lines show three metrics.
        let isOverview = scenario == nil && metrics.isEmpty && html == nil && !json
        // The search for shifts takes time in the square of the runs, for every series.
        let limit = last ?? (scenario == nil ? 50 : 100)
        let runs = try RunHistory.ask {
            try history.series().flatMap { series -> [RunEntry] in
                guard scenario == nil || series.scenario == scenario, world == nil || series.world == world?.rawValue
                else { return [] }
                return try history.runs(RunFilter(scenario: series.scenario, world: series.world, limit: limit))
            }
        }
        let trends = Trend.of(runs) { all in
            if isOverview { return TrendText.overview(of: all) }
            return metrics.isEmpty
                ? all : all.filter { metrics.contains($0.name) || metrics.contains($0.metric) }
        }
        try checkMetrics(trends)
        if let html { try TextFile.write(TrendPage.render(trends), to: html) }
        if json { return try Terminal.say(JSONText.encode(trends.map(TrendRecord.init))) }
        guard !trends.isEmpty else { return try Terminal.say("no recorded run of it has ended as planned") }
        let text = TrendText(width: Terminal.width)
        try Terminal.write(isOverview ? text.overview(trends) : text.detailed(trends))
        if let html { try Terminal.say("page  \(html)") }
    }

    private func checkMetrics(_ trends: [Trend]) throws(Failure) {
        guard !trends.isEmpty, !metrics.isEmpty, trends.allSatisfy(\.lines.isEmpty) else { return }
        throw Failure(.unavailable, "no recorded run has \(metrics.joined(separator: " or "))")
    }
}
