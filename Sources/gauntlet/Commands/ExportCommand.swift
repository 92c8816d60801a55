import ArgumentParser
import ChaosCompare
import ChaosNotify
import ChaosPlan
import ChaosReport
import ChaosScore

struct ExportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract: "Writes a run for other programs: its operations for checkers, its numbers for a monitoring.",
        discussion: """
            Examples:
              gauntlet run redelivery --record-ops
              gauntlet export reports/redelivery/RUN --format edn --out history.edn
              gauntlet export reports/hub-failover/RUN --format openmetrics
              gauntlet export reports/hub-failover/RUN --push http://127.0.0.1:9091 --job gauntlet

            `edn` is a Jepsen history in the words of Jepsen's own test of JetStream: :publish, :next-message and :fetch with values
            "PUBLISHER-COUNTER", and :request. `openmetrics` is what every run's metrics.txt has; --push puts it in the place of what
            a Pushgateway has of the job, the scenario and the world.
            """)

    enum Format: String, CaseIterable, ExpressibleByArgument { case edn, openmetrics }

    @Argument(
        help: ArgumentHelp("A run's directory; for edn, of one made with --record-ops.", valueName: "run"),
        completion: .directory)
    var directory: String

    @Option(help: "edn, or openmetrics (the default with --push).")
    var format: Format?

    @Option(help: ArgumentHelp("Puts the metrics to the Pushgateway there.", valueName: "url"))
    var push: String?

    @Option(help: "The job that the Pushgateway groups by.")
    var job = "gauntlet"

    @Option(help: ArgumentHelp("Writes there, and not to standard output.", valueName: "file"), completion: .file())
    var out: String?

    @Option(
        parsing: .singleValue,
        help: ArgumentHelp(
            "Only operations of this kind: request, publish, deliver, final-read. May be repeated.", valueName: "kind"),
        transform: kind)
    var only: [OperationRecord.Kind] = []

    func validate() throws {
        guard push == nil || format != .edn else {
            throw ValidationError("--push takes metrics: leave out --format edn")
        }
        guard push == nil || !job.isEmpty else { throw ValidationError("--job takes a name, not an empty one") }
        guard only.isEmpty || (format ?? .edn) == .edn && push == nil else {
            throw ValidationError("--only is for operations: --format edn")
        }
    }

    func run() async throws {
        switch format ?? (push == nil ? .edn : .openmetrics) {
        case .edn: try exportHistory()
        case .openmetrics: try await exportMetrics()
        }
    }

    private func exportMetrics() async throws {
        let card = try StoredRun.scorecard(directory)
        let text = OpenMetrics.render(card)
        if let out { try TextFile.write(text, to: out) }
        if let push {
            do throws(Pushgateway.Failure) {
                let group = [(name: "scenario", value: card.scenario), (name: "world", value: card.world)]
                try await Pushgateway.put(text, to: push, job: job, grouping: group)
            } catch {
                throw Failure(.toolFailure, "not pushed: \(error.message)")
            }
            try Terminal.say("pushed  job \(job), scenario \(card.scenario), world \(card.world)  \(push)")
        } else if out == nil {
            try Terminal.write(text)
        }
    }

    private func exportHistory() throws {
        let store = try StoredRun.store(directory)
        let file = store.path(of: RunDirectory.operations)
        guard TextFile.exists(file) else {
            throw Failure(
                .unavailable, "\(store.path) has no \(RunDirectory.operations); run it again with --record-ops")
        }
        let operations = try read(file)
        let history = JepsenHistory.edn(operations)
        if let out {
            try TextFile.write(history, to: out)
            try Terminal.say("\(operations.count) operations  \(out)")
        } else {
            try Terminal.write(String(decoding: history, as: UTF8.self))
        }
    }

    private func read(_ file: String) throws(Failure) -> [OperationRecord] {
        do throws(OperationError) {
            var reader = try OperationReader(path: file)
            var operations: [OperationRecord] = []
            while let operation = try reader.next() {
                if only.isEmpty || only.contains(operation.kind) { operations.append(operation) }
            }
            if reader.truncated { Terminal.note("\(file) ends within a line; the rest is exported") }
            return operations
        } catch {
            switch error {
            case .unreadable: throw Failure(.unavailable, error.description)
            case .malformed: throw Failure(.invalidPlan, "\(file): \(error.description)")
            }
        }
    }

    private static func kind(_ text: String) throws -> OperationRecord.Kind {
        guard let kind = OperationRecord.Kind(rawValue: text) else {
            throw ValidationError(
                "--only takes \(OperationRecord.Kind.allCases.map(\.rawValue).joined(separator: ", ")), not `\(text)`")
        }
        return kind
    }
}
