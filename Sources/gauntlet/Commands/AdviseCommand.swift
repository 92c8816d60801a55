import ArgumentParser
import ChaosCompare
import ChaosPlan
import ChaosReport
import ChaosScore
import Foundation

struct AdviseCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "advise",
        abstract: "Tries changes of the fleet's policies and says which single one would have met what was missed.",
        discussion: """
            Examples:
              gauntlet advise reports/broker-leader-kill/RUN
              gauntlet advise model-overload --seeds 40
              gauntlet advise hub-failover@slow-detector --objective failover-time-kill-edge-hub --apply quicker.yaml
              gauntlet advise pc2-down --candidates changes.txt

            Runs the plan again in the simulator on the same seeds with and without each change: timeouts, thresholds, intervals,
            back-off, replicas, buffers, capacity. Each recommendation comes with its effect, what it breaks, what it costs and the
            --set words to try it. Of a run directory the advice is kept as advice.json, and the report shows it. Judges nothing:
            exits with 0, and with 130 where Ctrl-C cut it short and what was found until then is shown.
            """)

    @Argument(
        help: ArgumentHelp("A run directory; or a scenario's name or file, to be run now.", valueName: "run|scenario"),
        completion: .directory)
    var subject: String

    @Option(parsing: .unconditional, help: "Paired seeds on which changes are judged.")
    var seeds = 20

    @Option(
        parsing: .singleValue,
        help: ArgumentHelp("An objective to be met (default: each that is missed). May be repeated.", valueName: "id"))
    var objective: [String] = []

    @Option(
        help: ArgumentHelp(
            "Tries only what stands there: one change a line, `path=value` as --set takes it, several on a line together.",
            valueName: "file"), completion: .file())
    var candidates: String?

    @Option(parsing: .unconditional, help: "Runs at once (default: one for each core); the answer is the same.")
    var jobs: Int?

    @Flag(help: "As JSON.")
    var json = false

    @Option(
        help: ArgumentHelp(
            "Writes the fleet file with the change recommended first to a new file.", valueName: "file"),
        completion: .file())
    var apply: String?

    @Option(parsing: .unconditional, help: "Of a scenario: the first seed (default: 1).")
    var seed: UInt64?

    @Option(help: "Of a scenario: a fleet's file or name, in place of its own.")
    var fleet: String?

    @Option(
        name: .customLong("set"), parsing: .singleValue,
        help: ArgumentHelp("Of a scenario: overrides a value. May be repeated.", valueName: "path=value"))
    var overrides: [String] = []

    @Option(
        parsing: .singleValue,
        help: ArgumentHelp("Of a scenario: switches a mechanism off. May be repeated.", valueName: "mechanism"))
    var disable: [String] = []

    @Flag(help: "No progress.")
    var quiet = false

    func validate() throws {
        guard (10...10_000).contains(seeds) else {
            throw ValidationError("--seeds takes 10 to 10,000, not \(seeds): fewer cannot show an effect")
        }
        guard jobs.map({ (1...1024).contains($0) }) ?? true else { throw ValidationError("--jobs takes 1 to 1024") }
        for word in disable where Mechanism(rawValue: word) == nil {
            throw ValidationError(
                "no mechanism `\(word)`; \(NearestWord.hint(word, among: Mechanism.allCases.map(\.rawValue)))")
        }
        guard (seed ?? 0) <= UInt64.max - 20_000 else {
            throw ValidationError("--seed and --seeds together leave the range of seeds")
        }
        if let apply {
            guard !apply.isEmpty else { throw ValidationError("--apply takes a file, not an empty path") }
            var status = stat()
            guard lstat(apply, &status) != 0 else {
                throw ValidationError("--apply writes a new file, and \(apply) is there")
            }
        }
    }

    func run() async throws {
        let (loaded, store) = try load()
        for id in objective where !loaded.plan.objectives.contains(where: { $0.id == id }) {
            throw Failure(
                .badArguments,
                "no objective `\(id)` in \(loaded.name); \(NearestWord.hint(id, among: loaded.plan.objectives.map(\.id)))"
            )
        }
        if loaded.world != WorldKind.simulated.rawValue {
            Terminal.note("\(subject) is a \(loaded.world) run: what follows is about the same plan in the simulator")
        }
        let paired = loaded.seeds(from: seed ?? 1, count: seeds)
        let request = Advice.Request(
            seeds: paired, objectives: objective, candidates: try readCandidates(loaded),
            jobs: jobs ?? ProcessInfo.processInfo.activeProcessorCount)
        Interrupts.watch()
        let progress = ProgressMeter(label: "advise \(loaded.plan.name)", isEnabled: !quiet)
        let advice = await Advice.find(
            read: { loaded.read($0).plan }, request: request, isStopped: { Interrupts.count > 0 },
            progress: { progress.update($0) })
        progress.finish()
        if let failure = advice.failure { throw Failure(.toolFailure, "\(loaded.name): \(failure)") }
        if let store { try keep(advice, in: store, plan: loaded.plan) }
        if json {
            try Terminal.say(JSONText.encode(advice))
        } else {
            try Terminal.write(advice.text { loaded.command($0, seed: paired[0]) })
            if let store { try Terminal.say("\nadvice  \(store.path(of: AdviceFile.name))") }
        }
        if let apply { try write(advice, of: loaded, to: apply) }
        if advice.isInterrupted { throw ExitCode.interrupted }
    }

    private func load() throws(Failure) -> (AdviceSubject, RunStore?) {
        // A directory is a run, and so is a file in one; all else names a scenario.
        if TextFile.isDirectory(subject) || Self.isInRun(subject) {
            let given = [
                ("--seed", seed != nil), ("--fleet", fleet != nil), ("--set", !overrides.isEmpty),
                ("--disable", !disable.isEmpty),
            ].filter(\.1).map(\.0)
            guard given.isEmpty else {
                throw Failure(
                    .badArguments, "\(given.joined(separator: ", ")) cannot change \(subject), a run that has been made"
                )
            }
            let store = try RunStore.at(subject)
            return (try AdviceSubject(try store.readRecord(), in: store), store)
        }
        let reference = try ScenarioLocator.find(subject)
        let file: String? = if let fleet { try ScenarioLocator.fleet(fleet) } else { nil }
        let loaded = try LoadedPlan.load(
            reference, overrides: overrides, disable: disable.compactMap { Mechanism(rawValue: $0) }, fleetFile: file)
        return (AdviceSubject(loaded, scenario: subject, file: reference.file), nil)
    }

    /// A file with a run's record beside it; a scenario that a run keeps is that run's too.
    private static func isInRun(_ path: String) -> Bool {
        guard TextFile.exists(path) else { return false }
        let directory = path.lastIndex(of: "/").map { String(path[...$0]) } ?? ""
        return TextFile.exists(directory + RunStore.record)
    }

    private func readCandidates(_ subject: AdviceSubject) throws(Failure) -> [PolicyChange]? {
        guard let candidates else { return nil }
        let outcome = CandidateList.read(try TextFile.read(candidates), file: candidates, plan: subject.plan) { words in
            let reading = subject.read(words)
            return reading.plan == nil
                ? reading.problems.filter { $0.severity == .error }.map { "\($0.message); \($0.hint)" } : []
        }
        switch outcome {
        case .changes(let changes): return changes
        case .problems(let problems):
            for problem in problems.dropLast() { Terminal.note("gauntlet: \(problem)") }
            throw Failure(.invalidPlan, problems.last ?? "\(candidates): no candidate")
        }
    }

    /// Beside the run, and in its report.
    private func keep(_ advice: Advice, in store: RunStore, plan: Plan) throws(Failure) {
        try store.write(JSONText.encode(advice) + "\n", as: AdviceFile.name)
        let file = store.path(of: RunDirectory.scorecard)
        // A run that died before it was scored has no report to show it in.
        guard TextFile.exists(file), TextFile.exists(store.path(of: RunDirectory.journal)) else { return }
        let analysis = try JournalAnalysis.read(store, plan: plan)
        try RunReports(store: store, plan: plan).write(
            try StoredScorecard.read(file), timeline: analysis.timeline, header: analysis.header)
    }

    private func write(_ advice: Advice, of subject: AdviceSubject, to file: String) throws(Failure) {
        let best = advice.entries.compactMap { entry in entry.best.map { (entry.objective.id, $0) } }
        guard let (id, option) = best.first(where: { $0.1.outcome == .meets }) ?? best.first else {
            throw Failure(.deviated, "nothing to write to \(file): no change that was tried helps")
        }
        let changed = try ChangedFleet(option.change, of: subject)
        try AdviceFile.create(changed.text, at: file)
        // Not among the JSON.
        Terminal.note("fleet  \(file), with \(option.change.words), for \(id)")
    }
}
