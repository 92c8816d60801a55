import ArgumentParser
import ChaosHistory
import ChaosPlan
import Foundation

struct ReadinessCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "readiness",
        abstract: "Go or no-go: every promise, the recorded runs that speak for it, and their age.",
        discussion: """
            Examples:
              gauntlet readiness
              gauntlet readiness --max-age 7d --html readiness.html

            A promise is go when every objective that cites it held in the newest run of its scenario, not longer ago than --max-age,
            and of the plan as it is today. Without evidence it is no-go, with the command that would make it. Exits with 0 go,
            1 no-go.
            """)

    @Option(help: "How old evidence may be: 7d, 168h, 90min (default: 7d).")
    var maxAge = AgeArgument(seconds: 7 * 86_400)

    @Option(help: "Where everything must have been shown: `live` or `simulated` (default: wherever it was run).")
    var world: WorldKind?

    @Option(help: "Where the runs and their history lie.")
    var reports = "reports"

    @Flag(help: "As JSON.")
    var json = false

    @Flag(help: "Prints only the commands that would make the missing evidence, one a line; exits with 0.")
    var commands = false

    @Option(help: ArgumentHelp("Writes a page there.", valueName: "file"), completion: .file())
    var html: String?

    func validate() throws {
        guard !commands || !json && html == nil else {
            throw ValidationError("--commands prints commands and nothing else; leave out --json and --html")
        }
    }

    func run() async throws {
        let file = try ScenarioLocator.promises()
        let (book, problems) = PromiseBook.read(text: try TextFile.read(file), file: file)
        for problem in problems { Terminal.note(problem.description) }
        guard let book else { throw Failure(.invalidPlan, "\(file): \(problems.count) errors") }
        let readiness = Readiness(
            promises: book.promises, demands: ReadinessCatalogue.demands(), runs: try runs(),
            now: Int64(Date().timeIntervalSince1970), maxAge: maxAge.seconds, world: world?.rawValue)
        if commands {
            for command in readiness.commands { try Terminal.say(command) }
            return
        }
        let grades = StoredGrades.source()
        if let html { try TextFile.write(ReadinessPage.render(readiness, grades: grades), to: html) }
        if json {
            try Terminal.say(JSONText.encode(ReadinessRecord(readiness, grades: grades)))
        } else {
            try Terminal.write(ReadinessText.render(readiness, grades: grades))
            if let html { try Terminal.say("page  \(html)") }
        }
        throw readiness.isGo ? ExitCode.held : ExitCode.deviated
    }

    private func runs() throws -> [RunEntry] {
        let path = "\(reports)/\(History.fileName)"
        // Reading makes none: without runs there is nothing to say but what to run.
        guard TextFile.exists(path) else { return [] }
        do throws(HistoryError) {
            return try History(path: path).runs()
        } catch {
            throw Failure(.toolFailure, error.message)
        }
    }
}

/// An age on the command line: `7d`, `168h`, `90min`, `30s`.
struct AgeArgument: ExpressibleByArgument {
    var seconds: Int64

    init(seconds: Int64) { self.seconds = seconds }

    init?(argument: String) {
        let units: [(String, Int64)] = [("s", 1), ("min", 60), ("h", 3600), ("d", 86_400)]
        let digits = argument.prefix { $0.isASCII && $0.isNumber }
        guard let number = Int64(digits), number > 0, number < 1_000_000,
            let unit = units.first(where: { $0.0 == argument.dropFirst(digits.count) })
        else { return nil }
        seconds = number * unit.1
    }

    var defaultValueDescription: String { "7d" }
}
