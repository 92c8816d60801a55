import ArgumentParser
import ChaosPlan

struct CheckCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Checks scenario and fleet files: every problem, each on its own line.",
        discussion: """
            Examples:
              gauntlet check scenarios
              gauntlet check scenarios/*.yaml scenarios/fleets/*.yaml

            Of a directory, every YAML file below it is checked.

            A scenario is checked with each of its variants. Warnings say what is allowed but likely to hurt, with the numbers; only
            errors make the exit code 65.
            """)

    @Argument(
        help: ArgumentHelp("Scenario and fleet files, directories of them, or names of scenarios.", valueName: "file"))
    var files: [String]

    @Flag(help: "The problems as JSON.")
    var json = false

    func run() async throws {
        var checker = FileChecker()
        let files = try files.flatMap { given throws(Failure) in try ScenarioLocator.expand(given) }
        for file in files { try checker.check(file) }
        if json {
            try Terminal.say(JSONText.encode(CheckRecord(files: files.count, problems: checker.problems)))
        } else {
            for problem in checker.problems { try Terminal.say(problem.description) }
            try Terminal.say(
                [
                    Self.count(files.count, "file"), Self.count(checker.errorCount, "error"),
                    Self.count(checker.warningCount, "warning"),
                ]
                .joined(separator: ", "))
        }
        if checker.errorCount > 0 { throw ExitCode.invalidPlan }
    }

    private static func count(_ count: Int, _ noun: String) -> String { "\(count) \(noun)\(count == 1 ? "" : "s")" }
}
