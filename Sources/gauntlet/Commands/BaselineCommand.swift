import ArgumentParser
import ChaosCompare
import ChaosPlan
import ChaosReport
import ChaosScore
import Foundation

struct BaselineCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "baseline",
        abstract: "What a scenario was worth when it was last agreed upon, for the gate to compare with.",
        discussion: """
            A baseline lies in reports/baselines/SCENARIO.json, under version control: an update is a change that somebody reviews.
            """,
        subcommands: [Update.self, Show.self])

    struct Update: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "update",
            abstract: "Makes or renews a scenario's baseline, from a run or from seeds of its own.",
            discussion: """
                Examples:
                  gauntlet baseline update hub-failover --seeds 20
                  gauntlet baseline update reports/hub-failover/RUN

                Thresholds and margins stay as they were, unless given. Says how the plan differs from the old baseline's.
                """)

        @Argument(help: ArgumentHelp("A scenario, or a run directory.", valueName: "run-or-scenario"))
        var target: String

        @Option(parsing: .unconditional, help: "Of a scenario: so many, from 1 on (default: 20).")
        var seeds: Int?

        @Option(parsing: .unconditional, help: "Seeds at once (default: one for each core).")
        var jobs: Int?

        @Option(
            help: ArgumentHelp("Writes it there (default: reports/baselines/SCENARIO.json).", valueName: "file"),
            completion: .file())
        var file: String?

        @Option(parsing: .unconditional, help: "The least score of a gate, 0 to 100 (default: as before, 95).")
        var minScore: Double?

        @Option(parsing: .unconditional, help: "The least coverage of a gate, 0 to 100 (default: as before, 90).")
        var minCoverage: Double?

        @Option(
            name: .customLong("margin"), parsing: .singleValue,
            help: ArgumentHelp(
                "How much worse a metric may be: failover-time=10%. May be repeated.", valueName: "name=amount"))
        var marginTexts: [String] = []

        @Option(help: "Of each comparison that is not exact (default: as before, 95%).")
        var confidence: ShareArgument?

        @Flag(help: "No progress.")
        var quiet = false

        func validate() throws {
            for (name, value) in [("--min-score", minScore), ("--min-coverage", minCoverage)] {
                if let value, !(0...100).contains(value) {
                    throw ValidationError("\(name) takes 0 to 100, not \(value)")
                }
            }
            if let seeds, !(1...10_000).contains(seeds) {
                throw ValidationError("--seeds takes 1 to 10,000, not \(seeds)")
            }
            guard jobs.map({ (1...1024).contains($0) }) ?? true else { throw ValidationError("--jobs takes 1 to 1024") }
            try BaselineOptions.check(confidence)
            _ = try BaselineOptions.margins(marginTexts)
        }

        func run() async throws {
            let (card, plan) = try await measured()
            let path = file ?? StoredBaseline.path(of: card.scenario)
            let old = TextFile.exists(path) ? try StoredBaseline.read(path).baseline : nil
            guard
                var baseline = Baseline(
                    card, plan: PlanOutline(plan), minScore: minScore ?? old?.minScore ?? 95,
                    minCoverage: minCoverage ?? old?.minCoverage ?? 90, margins: try margins(old),
                    confidence: confidence?.fraction ?? old?.confidence ?? NonInferiority.defaultConfidence)
            else {
                throw Failure(
                    .invalidPlan,
                    "\(target): its scorecard lacks what each seed measured; run it again, or give a scenario")
            }
            // A margin that means nothing here would only be noticed by the gate.
            do throws(NonInferiority.Refusal) {
                _ = try NonInferiority.compare(
                    card, with: baseline, margins: baseline.margins, confidence: baseline.confidence)
            } catch {
                throw Failure(.badArguments, error.description)
            }
            baseline.margins.sort { $0.name < $1.name }
            if let directory = path.lastIndex(of: "/").map({ String(path[..<$0]) }), !directory.isEmpty {
                try TextFile.makeDirectory(directory)
            }
            try TextFile.write(BaselineJSON.encode(baseline), to: path)
            try Terminal.say("baseline  \(path)")
            try Terminal.say(BaselineText.line(baseline))
            for change in old.map({ PlanChange.between($0.plan, baseline.plan) }) ?? [] {
                try Terminal.say("  \(change.effect.rawValue): \(change.sentence)")
            }
            if card.verdict != .held {
                Terminal.note("the run \(card.verdict.rawValue): a gate will not pass what it passes here")
            }
        }

        private func margins(_ old: Baseline?) throws -> [Margin] {
            let given = try BaselineOptions.margins(marginTexts)
            return (old?.margins ?? []).filter { margin in !given.contains { $0.name == margin.name } } + given
        }

        private func measured() async throws -> (Scorecard, Plan) {
            let isRun = TextFile.isDirectory(target) || target.hasSuffix(".json")
            if isRun { return try stored() }
            let loaded = try LoadedPlan.load(
                ScenarioLocator.find(target), overrides: [], disable: [], fleetFile: nil)
            let count = seeds ?? 20
            var cards: [Scorecard] = []
            Interrupts.watch()
            let jobs = jobs ?? ProcessInfo.processInfo.activeProcessorCount
            try await SeedSeries(plan: loaded.plan, first: 1, jobs: jobs, isQuiet: quiet).run(limit: count) { trial in
                cards.append(trial.scorecard)
                return true
            }
            return (aggregate(cards), loaded.plan)
        }

        private func stored() throws -> (Scorecard, Plan) {
            if seeds != nil { throw Failure(.badArguments, "--seeds is for a scenario; \(target) is a run") }
            let store = try RunStore.at(target)
            let record = try store.readRecord()
            guard record.overrides.isEmpty, record.disable.isEmpty else {
                let change = record.overrides.map { "--set \($0)" } + record.disable.map { "--disable \($0)" }
                throw Failure(
                    .invalidPlan,
                    "\(target) was run with \(change.joined(separator: " ")); a baseline is of the scenario as it stands"
                )
            }
            let plan = try LoadedPlan.load(record, in: store).plan
            let card = try StoredScorecard.read(store.path(of: RunDirectory.scorecard))
            guard plan.digest == card.planDigest else {
                throw Failure(.invalidPlan, "\(target) has another plan now than the one that was run")
            }
            return (card, plan)
        }
    }

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "show",
            abstract: "Lists the baselines there are, or shows one.",
            discussion: """
                Examples:
                  gauntlet baseline show
                  gauntlet baseline show hub-failover
                """)

        @Argument(help: ArgumentHelp("A scenario, or a baseline's file.", valueName: "scenario"))
        var target: String?

        @Flag(help: "As the file has it.")
        var json = false

        func run() async throws {
            guard let target else { return try list() }
            let path = TextFile.exists(target) ? target : StoredBaseline.path(of: target)
            guard TextFile.exists(path) else {
                throw Failure(
                    .unavailable,
                    "no baseline \(path); make one with: \(ShellWord.join(["gauntlet", "baseline", "update", target]))")
            }
            let baseline = try StoredBaseline.read(path).baseline
            try Terminal.write(json ? BaselineJSON.encode(baseline) : BaselineText.render(baseline))
        }

        private func list() throws {
            let names = (try? FileManager.default.contentsOfDirectory(atPath: StoredBaseline.directory)) ?? []
            let files = names.filter { $0.hasSuffix(".json") }.sorted().map { "\(StoredBaseline.directory)/\($0)" }
            guard !files.isEmpty else {
                throw Failure(
                    .unavailable,
                    "no baseline in \(StoredBaseline.directory); make one with: gauntlet baseline update SCENARIO")
            }
            for file in files {
                let baseline = try StoredBaseline.read(file).baseline
                try json ? Terminal.write(BaselineJSON.encode(baseline)) : Terminal.say(BaselineText.line(baseline))
            }
        }
    }
}
