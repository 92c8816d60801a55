import ArgumentParser
import ChaosCalendar
import ChaosPlan
import Foundation

struct ValidateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "validate",
        abstract: "Gathers a week's evidence for a promise, run by run, and judges it.",
        discussion: """
            Examples:
              gauntlet validate soak-168h
              gauntlet validate hub-failover --for 168h --world live

            Runs the scenario again and again, with another seed each time, until the time asked for is over: simulated time, or in the
            real world the clock's. Ctrl-C heals and keeps what was gathered; the same command goes on from there. Time of which
            nothing is known is missing coverage. Exits by verdict: 0 held, 1 deviated, 2 inconclusive.
            """)

    @OptionGroup var plan: PlanOptions

    @Option(name: .customLong("for"), help: "How long the promise is to hold.")
    var length = TimeArgument(nanoseconds: 168 * .hour)

    @Option(help: ArgumentHelp("Where it runs: `simulated` (the default), or `live`.", valueName: "world"))
    var world = WorldKind.simulated

    @Option(parsing: .unconditional, help: "What is promised: the least availability, in percent.")
    var minAvailability = 99.9

    @Option(parsing: .unconditional, help: "The least coverage, 0 to 100.")
    var minCoverage = 90.0

    @Option(help: "Where run directories and the validation's state are written.")
    var out = "reports"

    @Option(help: "Its name (default: that of the scenario and the world).")
    var name: String?

    @Flag(help: "Begins again, whatever was gathered.")
    var restart = false

    @Flag(help: "The result as JSON.")
    var json = false

    func validate() throws {
        guard length.nanoseconds >= .second, length.nanoseconds <= 8760 * .hour else {
            throw ValidationError("--for takes 1s to 8760h")
        }
        for (name, value) in [("--min-availability", minAvailability), ("--min-coverage", minCoverage)]
        where !(0...100).contains(value) {
            throw ValidationError("\(name) takes 0 to 100, not \(value)")
        }
        guard !out.isEmpty else { throw ValidationError("--out takes a directory, not an empty path") }
        if let name, name.isEmpty || name.contains("/") || name.hasPrefix(".") {
            throw ValidationError("--name takes a word, not \(name)")
        }
    }

    func run() async throws {
        let loaded = try plan.load()
        let run = ValidationRun(
            loaded: loaded, firstSeed: plan.seed, world: world, out: out, isJSON: json,
            blank: Validation(
                name: name ?? "\(loaded.plan.name)-\(world.rawValue)", scenario: loaded.plan.name,
                world: world.rawValue, planDigest: JournalHash.text(loaded.plan.digest),
                agents: loaded.plan.fleet.agents.count, wanted: length.nanoseconds / .second,
                promised: minAvailability / 100, minimumCoverage: minCoverage, begun: 0))
        Interrupts.watch()
        throw try await run.run(restart: restart)
    }
}
