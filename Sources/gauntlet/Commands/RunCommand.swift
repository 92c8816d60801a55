import ArgumentParser
import ChaosPlan
import Foundation

struct RunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Runs a scenario against the simulated or the real fleet, scores it and writes the reports.",
        discussion: """
            Examples:
              gauntlet run hub-failover
              gauntlet run partition@2min --seed 7 --set faults.cut.for=90s
              gauntlet run hub-failover --disable hub-failover
              gauntlet run hub-failover --repeat 100
              gauntlet run hub-failover --world live
              gauntlet run hub-failover --pace 10x

            Writes reports/SCENARIO/RUN/ with the plan, the journal, the scorecard and the reports, and ends with the command that
            repeats the run. Ctrl-C heals and measures the recovery, twice heals at once. Exits by verdict: 0 held, 1 deviated,
            2 inconclusive; see `gauntlet --help` for the others.
            """)

    @OptionGroup var plan: PlanOptions

    @Option(
        name: .customLong("repeat"), parsing: .unconditional,
        help: "Runs so many seeds, from --seed on, and scores them as one.")
    var count = 1

    @Option(parsing: .unconditional, help: "Seeds at once with --repeat (default: one for each core).")
    var jobs: Int?

    @Option(
        help: ArgumentHelp(
            "Where it runs: `simulated` (the default), or `live`, with real processes and real faults.",
            valueName: "world"))
    var world = WorldKind.simulated

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "Simulated: so many virtual seconds in each real one, to watch it (`1x`, `10x`).", valueName: "pace"))
    var pace: PaceArgument?

    @Flag(help: "Live: Prometheus and Alertmanager watch the fleet, and its alerts are matched with the faults.")
    var monitoring = false

    @Option(
        help: ArgumentHelp(
            "Tells people of the run's end, as this file says (docs/notifications.md).", valueName: "file"),
        completion: .file())
    var notify: String?

    @Option(help: "Where run directories are made.")
    var out = "reports"

    @Flag(help: "Prints the scorecard as JSON instead of the table.")
    var json = false

    @Flag(help: "No progress and no table: the verdict and the replay command.")
    var quiet = false

    @Flag(
        help:
            "Writes every request, publish, delivery and final read to ops.tsv, for `gauntlet export` (--repeat: of the worst seed)."
    )
    var recordOps = false

    /// What stands there too much, to be refused in words that name the flag it was meant for.
    @Argument(help: .hidden)
    var surplus: [String] = []

    @Flag(help: "Exits with 0 whenever the run completed, whatever its verdict.")
    var exitZero = false

    func validate() throws {
        if let word = surplus.first {
            let hint = recordOps ? "; --record-ops takes no value, leave it out to record nothing" : ""
            throw ValidationError("Unexpected argument '\(word)'\(hint)")
        }
        guard (1...1_000_000).contains(count) else {
            throw ValidationError("--repeat takes 1 to 1,000,000 seeds, not \(count)")
        }
        guard jobs.map({ (1...1024).contains($0) }) ?? true else { throw ValidationError("--jobs takes 1 to 1024") }
        // The file system's root would be meant by it.
        guard !out.isEmpty else { throw ValidationError("--out takes a directory, not an empty path") }
        guard world == .simulated || count == 1 else {
            throw ValidationError(
                "--repeat is for the simulated world; live, ask `gauntlet fidelity` for several trials")
        }
        guard !monitoring || world == .live else {
            throw ValidationError("--monitoring watches real processes: add --world live")
        }
        guard pace == nil || world == .simulated && count == 1 else {
            throw ValidationError("--pace is for one run in the simulated world; a live one takes the time it takes")
        }
        guard plan.seed <= UInt64.max - UInt64(count) else {
            throw ValidationError("--seed and --repeat together leave the range of seeds")
        }
    }

    func run() async throws {
        let loaded = try plan.load()
        var settings = RunSettings(
            out: out, isJSON: json, isQuiet: quiet, exitZero: exitZero, world: world, recordsOperations: recordOps)
        settings.isMonitored = monitoring
        settings.pace = pace?.speed
        settings.notifications = try notify.map { RunNotifications(try LoadedNotifications.load($0)) }
        Interrupts.watch()
        if !json, !quiet {
            let seeds = count == 1 ? "seed \(plan.seed)" : "seeds \(plan.seed) to \(plan.seed + UInt64(count) - 1)"
            try Terminal.say("\(seeds)  \(loaded.plan.name) on \(loaded.plan.fleet.name)")
        }
        do {
            let code = try await carryOut(loaded, settings)
            await settings.notifications?.finish()
            throw code
        } catch let failure as Failure {
            settings.notifications?.failed(failure, loaded.plan, world)
            await settings.notifications?.finish()
            throw failure
        }
    }

    private func carryOut(_ loaded: LoadedPlan, _ settings: RunSettings) async throws -> ExitCode {
        guard count > 1 else { return try await SingleRun(loaded: loaded, seed: plan.seed, settings: settings).run() }
        let cores = ProcessInfo.processInfo.activeProcessorCount
        return try await RepeatedRun(
            loaded: loaded, seeds: (0..<UInt64(count)).map { plan.seed + $0 }, jobs: jobs ?? cores, settings: settings,
            command: { ShellWord.join(["gauntlet", "run"] + plan.words(seed: $0)) }
        ).run()
    }
}
