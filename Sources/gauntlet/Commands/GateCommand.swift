import ArgumentParser
import ChaosCompare
import ChaosPlan
import ChaosReport
import ChaosScore
import Foundation

struct GateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "gate",
        abstract: "Passes or fails a run, for pipelines: the first line begins with `gate=`.",
        discussion: """
            Examples:
              gauntlet gate reports/hub-failover/RUN --min-score 95 --min-coverage 90 --junit junit.xml
              gauntlet gate reports/hub-failover/RUN --baseline reports/baselines/hub-failover.json --margin failover-time=10%
              gauntlet gate hub-failover --until-decided --min-held 95% --indifference 5%

            A missed objective fails whatever the score, unless it is advisory. A scenario with a baseline (`gauntlet baseline`)
            is compared with it: a plan that asks for less fails by name, and so does a metric that is worse by more than its
            margin. Exits with 0 passed, 1 failed, 2 inconclusive. docs/ci.md has all of it.
            """)

    @Argument(
        help: ArgumentHelp(
            "A run directory, or a scorecard.json; with --until-decided a scenario.", valueName: "run"))
    var target: String

    @Option(parsing: .unconditional, help: "The least score, 0 to 100 (default: the baseline's, 95).")
    var minScore: Double?

    @Option(parsing: .unconditional, help: "The least coverage, 0 to 100 (default: the baseline's, 90).")
    var minCoverage: Double?

    @OptionGroup var against: BaselineOptions
    @OptionGroup var sequential: SequentialOptions
    @OptionGroup var outputs: GateOutputs

    func validate() throws {
        for (name, value) in [("--min-score", minScore), ("--min-coverage", minCoverage)] {
            if let value, !(0...100).contains(value) {
                throw ValidationError("\(name) takes 0 to 100, not \(value)")
            }
        }
        if sequential.untilDecided, !against.marginTexts.isEmpty || against.confidence != nil || minCoverage != nil {
            throw ValidationError(
                "--until-decided asks how many seeds hold: --margin, --confidence and --min-coverage are for a run")
        }
    }

    func run() async throws {
        if sequential.untilDecided { throw try await runUntilDecided() }
        let run = try GatedRun.read(target)
        let stored = try against.find(scenario: run.card.scenario)
        var comparison = try run.comparison(
            with: stored, margins: against.margins(), confidence: against.confidence?.fraction,
            acceptsChanges: against.acceptPlanChange)
        comparison.changes += thresholdChanges(stored?.baseline)
        let result = Gate.judge(
            run.card, minScore: score(stored), minCoverage: minCoverage ?? stored?.baseline.minCoverage ?? 90,
            comparison: comparison, replay: run.replay)
        try outputs.write(result, card: run.card, replay: run.replay, scenarioFile: run.scenarioFile)
        throw ExitCode(result.outcome)
    }

    private func score(_ stored: StoredBaseline?) -> Double { minScore ?? stored?.baseline.minScore ?? 95 }

    /// A threshold below the one that was agreed upon is a weaker gate, whoever sets it.
    private func thresholdChanges(_ baseline: Baseline?) -> [PlanChange] {
        guard let baseline else { return [] }
        return [("score", minScore, baseline.minScore), ("coverage", minCoverage, baseline.minCoverage)].compactMap {
            name, given, agreed in
            guard let given, given < agreed else { return nil }
            return PlanChange("threshold-lowered", name, "\(agreed) before, \(given) now", .weaker)
        }
    }

    // MARK: Until decided

    private func runUntilDecided() async throws -> ExitCode {
        guard let test = sequential.test else { preconditionFailure("arguments were validated") }
        let reference = try ScenarioLocator.find(target)
        let loaded = try LoadedPlan.load(reference, overrides: [], disable: [], fleetFile: nil)
        let plan = loaded.plan
        let stored = try against.find(scenario: plan.name)
        var comparison = GateComparison(baseline: stored?.path, acceptsChanges: against.acceptPlanChange)
        if let stored { comparison.changes = PlanChange.between(stored.baseline.plan, PlanOutline(plan)) }
        comparison.changes += thresholdChanges(stored?.baseline)

        Interrupts.watch()
        var gate = SequentialGate(test: test, maximum: sequential.limit)
        let jobs = sequential.jobs ?? ProcessInfo.processInfo.activeProcessorCount
        try await SeedSeries(plan: plan, first: sequential.first, jobs: jobs, isQuiet: sequential.quiet).run(
            limit: sequential.limit
        ) { trial in
            gate.add(trial.scorecard)
            return !gate.isOver
        }
        let command = ["gauntlet", "gate", target]
        let repeated = ShellWord.join(command + sequential.words)
        let result = gate.result(
            minScore: score(stored), comparison: comparison,
            again: { ShellWord.join(["gauntlet", "run", target, "--seed", "\($0)"]) }, repeated: repeated)
        try outputs.write(result, card: aggregate(gate.cards), replay: repeated, scenarioFile: reference.file)
        return ExitCode(result.outcome)
    }
}
