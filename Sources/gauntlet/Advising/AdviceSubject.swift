import ChaosPlan

/// What is to be mended: a recorded run, or a scenario. Its texts are read once and kept: the plan is made anew from them for
/// every change that is tried.
struct AdviceSubject: Sendable {
    let plan: Plan
    let scenarioFile: String
    let files: [Reading.File]
    let variant: String?
    let overrides: [String]
    let disable: [Mechanism]
    let fleetFile: String?
    /// As `gauntlet run` takes it.
    let name: String
    /// Of the run, the worst first; of a scenario none.
    let seeds: [UInt64]
    let world: String

    init(_ loaded: LoadedPlan, scenario: String, file: String) {
        plan = loaded.plan
        scenarioFile = file
        files = loaded.files
        variant = loaded.variant
        overrides = loaded.overrides
        disable = loaded.disable
        fleetFile = loaded.fleetFile
        name = scenario
        seeds = []
        world = WorldKind.simulated.rawValue
    }

    init(_ record: RunRecord, in store: RunStore) throws(Failure) {
        let loaded = try LoadedPlan.load(record, in: store)
        plan = loaded.plan
        scenarioFile = store.path(of: RunStore.scenario)
        files = loaded.files
        variant = loaded.variant
        overrides = loaded.overrides
        disable = loaded.disable
        fleetFile = loaded.fleetFile
        // What lies in the run's directory is a catalogue of its own, where the other one does not know it.
        let stored = store.path(of: RunStore.scenario) + (record.variant.map { "@\($0)" } ?? "")
        name = ScenarioLocator.isScenario(record.scenario) ? record.scenario : stored
        seeds = [record.seed] + (record.seeds ?? []).filter { $0 != record.seed }
        world = record.world
    }

    /// The plan under more overrides, or why there is none.
    ///
    /// - Parameter fleet: a fleet's text in place of the one that was read.
    func read(_ more: [String], fleet: String? = nil) -> Reading {
        var reading = PlanReader.read(
            scenario: files[0].text, file: scenarioFile, variant: variant, overrides: overrides + more,
            disable: disable, fleetFile: fleetFile
        ) { path in
            guard let text = files.dropFirst().first(where: { $0.path == path })?.text else { return nil }
            return fleet != nil && FileKind.of(text: text) == .fleet ? fleet : text
        }
        if let variant { reading.plan?.name += "@\(variant)" }
        return reading
    }

    /// The fleet's text with its name.
    var fleet: Reading.File? { files.dropFirst().first { FileKind.of(text: $0.text) == .fleet } }

    /// Runs it with these changes; what they put another value in the place of is left out.
    func command(_ more: [String], seed: UInt64) -> String {
        let paths = Set(more.map { $0.prefix { $0 != "=" } })
        let kept = overrides.filter { !paths.contains($0.prefix { $0 != "=" }) }
        return ShellWord.join(
            ["gauntlet", "run", name, "--seed", String(seed)] + (fleetFile.map { ["--fleet", $0] } ?? [])
                + (kept + more).flatMap { ["--set", $0] } + disable.flatMap { ["--disable", $0.rawValue] })
    }

    /// `count` seeds for judging: its own first, then the ones that follow the first.
    func seeds(from first: UInt64, count: Int) -> [UInt64] {
        var all = Array(seeds.prefix(count))
        var next = all.first ?? first
        if all.isEmpty { all = [first] }
        while all.count < count {
            next &+= 1
            if !all.contains(next) { all.append(next) }
        }
        return all
    }
}
