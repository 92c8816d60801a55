import ArgumentParser
import ChaosCompare
import ChaosPlan

struct FidelityCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fidelity",
        abstract: "Runs scenarios in both worlds and says how well the simulated one foretells the live one.",
        discussion: """
            Examples:
              gauntlet fidelity hub-failover agent-kill-one --trials 20 --out fidelity
              gauntlet fidelity hub-failover --trials 40 --resume --out fidelity
              gauntlet fidelity --from fidelity

            Each trial is a run directory below --out; DIR/SCENARIO/trials.json lists them, and with --resume only what is missing
            is run. Writes fidelity.html, fidelity.json, fidelity.md, and grades.json, which as reports/fidelity/grades.json is what
            reports of simulated runs take their grades from. A fault kind is validated from 20 live trials on, with equivalence
            shown. Judges nothing: exits with 0 when the report is written.
            """)

    @Argument(
        help: "Scenarios' names or files; `NAME@VARIANT` for a variant.",
        completion: .custom { _, _, _ in ScenarioLocator.catalogue().map { ScenarioLocator.name(of: $0) } })
    var scenarios: [String] = []

    @Option(parsing: .unconditional, help: "Live trials of each scenario, of the seeds from 1 on; 0 for none.")
    var trials = 20

    @Option(parsing: .unconditional, help: "Simulated trials (default: as many as --trials, and at least 40).")
    var simulated: Int?

    @Option(
        help: ArgumentHelp("Lengths of baseline, faults and recovery, for all scenarios.", valueName: "20s/40s/30s"))
    var phases: PhasesArgument?

    @Option(help: "A fleet's file or name, in place of the scenarios' own.")
    var fleet: String?

    @Option(
        help:
            "What `gauntlet calibrate` wrote: the simulated trials run on it, the live ones on the fleet it was made from."
    )
    var measured: String?

    @Option(help: "A simpler fleet of the same members; its simulated trials are reported beside.")
    var naive: String?

    @Option(
        name: .customLong("set"), parsing: .singleValue,
        help: ArgumentHelp(
            "Overrides a value of every scenario, or of the fleet. May be repeated.", valueName: "path=value"))
    var overrides: [String] = []

    @Option(help: "What `gauntlet calibrate` wrote beside the measured fleet (default: that file, where it is).")
    var calibration: String?

    @Option(help: "Where trials and report are written.")
    var out: String?

    @Option(help: "Makes the report anew from the trials there, and runs nothing.")
    var from: String?

    @Flag(help: "Adds to the trials that are there.")
    var resume = false

    @Flag(help: "No progress.")
    var quiet = false

    func validate() throws {
        guard (from == nil) != scenarios.isEmpty else {
            throw ValidationError("give scenarios to run, or --from with a directory of trials")
        }
        if from == nil, (out ?? "").isEmpty { throw ValidationError("--out takes the directory for trials and report") }
        guard (0...100_000).contains(trials), (1...100_000).contains(simulated ?? 1) else {
            throw ValidationError("--trials takes 0 to 100,000, --simulated 1 to 100,000")
        }
    }

    func run() async throws {
        let root = Self.trimmed(from ?? out ?? "")
        if from == nil { try await runTrials(root) }
        let report = try StoredTrials.report(root)
        try Terminal.write(report.summary)
        try Terminal.say("page  \(root)/\(StoredTrials.page)")
    }

    private func runTrials(_ root: String) async throws {
        let loaded = try scenarios.map { try load($0, fleet: fleet) }
        let modelled = try measured.map { name in try scenarios.map { try load($0, fleet: name) } }
        let simple = try naive.map { name in try scenarios.map { try load($0, fleet: name) } }
        try TextFile.makeDirectory(root)
        try storeCalibration(root)
        Interrupts.watch()
        let live = trials > 0 ? LiveTrials.runner() : nil
        if live == nil, trials > 0 { Terminal.note("no live world in this build: simulated trials only") }
        let count = simulated ?? max(trials, 40)
        for (position, plan) in loaded.enumerated() {
            var works = [TrialSeries.Work(runner: SimulatedTrials(), model: .full, seeds: Self.seeds(count))]
            if naive != nil { works.append(.init(runner: SimulatedTrials(), model: .naive, seeds: Self.seeds(count))) }
            if let live { works.append(.init(runner: live, model: .full, seeds: Self.seeds(trials))) }
            let progress = ProgressMeter(label: plan.plan.name, isEnabled: !quiet)
            defer { progress.finish() }
            try await TrialSeries(
                loaded: plan, measured: modelled?[position], naive: simple?[position], root: root, resumes: resume
            )
            .run(works) { done, all in progress.update(Double(done) / Double(max(1, all))) }
        }
    }

    private func load(_ scenario: String, fleet: String?) throws(Failure) -> LoadedPlan {
        let file: String? = if let fleet { try ScenarioLocator.fleet(fleet) } else { nil }
        return try LoadedPlan.load(
            ScenarioLocator.find(scenario), overrides: (phases?.overrides ?? []) + overrides, disable: [],
            fleetFile: file)
    }

    /// Beside the trials, so that the report can be made anew without the fleet file.
    private func storeCalibration(_ root: String) throws(Failure) {
        var file = calibration
        if file == nil, let fleet = measured ?? fleet {
            let beside = CalibrateCommand.recordFile(try ScenarioLocator.fleet(fleet))
            if TextFile.exists(beside) { file = beside }
        }
        guard let file else { return }
        let record = try StoredTrials.readCalibration(file)
        try TextFile.write(JSONText.encode(record) + "\n", to: "\(root)/\(StoredTrials.calibration)")
    }

    private static func seeds(_ count: Int) -> [UInt64] { (1...UInt64(count)).map { $0 } }

    private static func trimmed(_ path: String) -> String {
        var path = path
        while path.count > 1, path.hasSuffix("/") { path.removeLast() }
        return path
    }
}
