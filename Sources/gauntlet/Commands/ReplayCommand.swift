import ArgumentParser
import ChaosPlan
import ChaosReport
import ChaosRun
import ChaosSim

struct ReplayCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "replay",
        abstract: "Runs a run directory's plan again and compares the journals, byte by byte.",
        discussion: """
            Example: gauntlet replay reports/hub-failover/20260102-030405-1

            Prints `identical: HASH` and exits with 0, or shows the first event that differs and exits with 70. Needs nothing but the
            directory. A repeated run is replayed at its worst seed.
            """)

    @Argument(help: ArgumentHelp("A run directory.", valueName: "run"), completion: .directory)
    var directory: String

    @Flag(help: "No progress.")
    var quiet = false

    func run() async throws {
        let store = try RunStore.at(directory)
        let record = try store.readRecord()
        let loaded = try LoadedPlan.load(record, in: store)
        if record.world == WorldKind.live.rawValue { throw try await repeatLive(loaded, record) }
        let comparison = try JournalComparison(path: store.path(of: RunDirectory.journal))
        let control = ReplayControl(record)
        let progress = ProgressMeter(label: "replay", isEnabled: !quiet)
        Interrupts.watch()
        let result: SimulatedRun.Result
        do throws(WorldError) {
            result = try await SimulatedRun.run(
                loaded.plan, seed: record.seed, pace: record.pace.map { _ in .stops },
                listeners: { header in
                    comparison.begin(header)
                    return [
                        { line in
                            comparison.consume(line)
                            if comparison.divergence != nil { control.stop() }
                        }
                    ]
                },
                interrupts: { control.count },
                progress: { now, end in
                    control.reach(now)
                    progress.update(end > 0 ? Double(now) / Double(end) : 1)
                })
        } catch {
            progress.finish()
            throw Failure(ExitCode(error), "the fleet failed: \(error.message)")
        }
        progress.finish()
        if Interrupts.count > 0 { throw ExitCode.interrupted }
        comparison.finish()
        if let failure = comparison.failure { throw failure }
        if let other = comparison.otherVersion {
            try Terminal.say("the journal was written by engine \(other); this is \(EngineVersion.text)")
        }
        guard let divergence = comparison.divergence else {
            try Terminal.say("identical: \(result.hash.text)")
            return
        }
        try Terminal.say(
            "diverged at line \(divergence.line)\(divergence.time.map { ", \(Clock.text($0)) into the run" } ?? "")")
        try Terminal.say("  recorded  \(divergence.recorded ?? "(the journal ends here)")")
        try Terminal.say("  replayed  \(divergence.replayed ?? "(the replay ends here)")")
        throw ExitCode.internalError
    }

    /// The real world does not repeat itself to the byte: the same plan and seed are run again, into a directory of their own.
    private func repeatLive(_ loaded: LoadedPlan, _ record: RunRecord) async throws -> ExitCode {
        if !quiet { try Terminal.say("a live run: the same plan and seed run again, and are scored anew") }
        var settings = RunSettings(out: "reports", isJSON: false, isQuiet: quiet, exitZero: false, world: .live)
        settings.isMonitored = record.isMonitored ?? false
        return try await SingleRun(loaded: loaded, seed: record.seed, settings: settings).run()
    }
}
