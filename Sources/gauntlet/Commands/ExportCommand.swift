import ArgumentParser
import ChaosCompare
import ChaosPlan
import ChaosReport

struct ExportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract: "Writes a run's single operations as a history that other checkers read.",
        discussion: """
            Example:
              gauntlet run redelivery --record-ops
              gauntlet export reports/redelivery/RUN --format edn --out history.edn

            `edn` is a Jepsen history in the words of Jepsen's own test of JetStream: :publish, :next-message and :fetch with values
            "PUBLISHER-COUNTER", and :request.
            """)

    enum Format: String, CaseIterable, ExpressibleByArgument { case edn }

    @Argument(
        help: ArgumentHelp("A directory of a run made with --record-ops.", valueName: "run"), completion: .directory)
    var directory: String

    @Option(help: "The history's format: edn.")
    var format = Format.edn

    @Option(help: ArgumentHelp("Writes there, and not to standard output.", valueName: "file"), completion: .file())
    var out: String?

    @Option(
        parsing: .singleValue,
        help: ArgumentHelp(
            "Only operations of this kind: request, publish, deliver, final-read. May be repeated.", valueName: "kind"),
        transform: kind)
    var only: [OperationRecord.Kind] = []

    func run() async throws {
        let store = try StoredRun.store(directory)
        let file = store.path(of: RunDirectory.operations)
        guard TextFile.exists(file) else {
            throw Failure(
                .unavailable, "\(store.path) has no \(RunDirectory.operations); run it again with --record-ops")
        }
        let operations = try read(file)
        switch format {
        case .edn:
            let history = JepsenHistory.edn(operations)
            if let out {
                try TextFile.write(history, to: out)
                try Terminal.say("\(operations.count) operations  \(out)")
            } else {
                try Terminal.write(String(decoding: history, as: UTF8.self))
            }
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
