import ArgumentParser
import ChaosPlan

struct SchemaCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "schema",
        abstract: "Prints the JSON Schema of a format, for editors.",
        discussion: "Example: gauntlet schema scenario > scenario.schema.json")

    enum Format: String, ExpressibleByArgument, CaseIterable { case scenario, fleet }

    @Argument(help: "scenario or fleet.")
    var format: Format

    func run() async throws {
        let text =
            switch format {
            case .scenario: FormatSchema.scenario()
            case .fleet: FormatSchema.fleet()
            }
        try Terminal.write(text.hasSuffix("\n") ? text : text + "\n")
    }
}
