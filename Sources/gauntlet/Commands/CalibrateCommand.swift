import ArgumentParser
import ChaosCompare
import ChaosPlan
import ChaosReport
import Foundation

struct CalibrateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "calibrate",
        abstract: "Puts what live runs measured into a fleet file.",
        discussion: """
            Example: gauntlet calibrate reports/control/RUN reports/agent-kill-one/RUN --fleet two-machine --out measured.yaml

            Learns from journals without faults, and from the baselines of others: service times of the profiles that clients ask,
            start-up times, the local delay, links that a latency fault measured, and late detections. Writes the fleet file anew with
            these values marked (measured), its comments and order as they are, and beside it FILE.calibration.json: which runs, when,
            and how each value was made. What is calibrated on must not be what is validated on.
            """)

    @Argument(help: ArgumentHelp("Run directories of one fleet, live ones.", valueName: "run"), completion: .directory)
    var directories: [String]

    @Option(help: "The fleet file to start from, or its name.")
    var fleet: String

    @Option(help: ArgumentHelp("Where the measured fleet file is written.", valueName: "file"))
    var out: String

    @Option(
        help: ArgumentHelp("Writes a naive model there: constant times at the measured medians.", valueName: "file"))
    var naive: String?

    @Option(help: "The source's commit, for the record.")
    var commit: String?

    func validate() throws {
        guard !directories.isEmpty else { throw ValidationError("give at least one run directory") }
    }

    /// The record beside a fleet file.
    static func recordFile(_ fleet: String) -> String { fleet + ".calibration.json" }

    func run() async throws {
        let file = try ScenarioLocator.fleet(fleet)
        let text = try Self.fleet(try TextFile.read(file), file: file)
        var measured = Measurements()
        var worlds: [String] = []
        for directory in directories {
            let store = try StoredRun.store(directory)
            let world = try read(store, into: &measured)
            if !worlds.contains(world) { worlds.append(world) }
        }
        if worlds.contains("simulated") {
            Terminal.note("some of these runs are simulated: what they measure is the model itself")
        }
        let store = try StoredRun.store(directories[0])
        let record = try store.readRecord()
        let result: Calibration.Result
        do throws(FleetText.Failure) {
            result = try await Calibration.learn(measured, fleet: text) { Self.plan(record, in: store, fleet: $0) }
        } catch {
            throw Failure(.invalidPlan, "\(file): \(error.description)")
        }
        let calibration = CalibrationRecord(
            fleet: file, runs: directories, worlds: worlds, version: EngineVersion.text, commit: commit,
            date: Date().formatted(.iso8601), values: result.values, quantiles: result.quantiles,
            missing: result.missing)
        try TextFile.write(result.fleet.text, to: out)
        try TextFile.write(JSONText.encode(calibration) + "\n", to: Self.recordFile(out))
        if let naive { try TextFile.write(result.naive.text, to: naive) }
        for value in result.values {
            try Terminal.say("\(value.path): \(value.before) -> \(value.after), \(value.samples) samples")
        }
        for sentence in result.missing { try Terminal.say("not measured: \(sentence)") }
        try Terminal.say("fleet  \(out)")
    }

    private func read(_ store: RunStore, into measured: inout Measurements) throws(Failure) -> String {
        do throws(JournalError) {
            let path = store.path(of: RunDirectory.journal)
            let world = try JournalReader(path: path).header.world
            try measured.add(JournalReader(path: path))
            return world
        } catch {
            throw Failure(journal: error, in: store)
        }
    }

    private static func fleet(_ text: String, file: String) throws(Failure) -> FleetText {
        do throws(FleetText.Failure) {
            return try FleetText(text, file: file)
        } catch {
            throw Failure(.invalidPlan, error.description)
        }
    }

    /// The run's own plan, on another fleet; nil where that cannot be read, or has other members than the run had.
    private static func plan(_ record: RunRecord, in store: RunStore, fleet: FleetText) -> Plan? {
        guard let scenario = record.files.first, let text = try? TextFile.read(store.path(of: scenario.stored)) else {
            return nil
        }
        return PlanReader.read(
            scenario: text, file: scenario.path, variant: record.variant, overrides: record.overrides,
            disable: record.disable.compactMap { Mechanism(rawValue: $0) }, fleetFile: record.fleetFile
        ) { path in
            let stored = record.files.dropFirst().first { $0.path == path }
                .flatMap { try? TextFile.read(store.path(of: $0.stored)) }
            guard let stored else { return nil }
            return FileKind.of(text: stored) == .fleet ? fleet.text : stored
        }.plan
    }
}
