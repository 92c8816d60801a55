import ArgumentParser
import Glibc

/// The clients of a fleet, or of whatever answers on a network.
@main
struct GauntletProbe: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "gauntlet-probe",
        abstract: "Sends requests when they are due, whatever became of those before, and says how each ended.",
        subcommands: [FleetCommand.self, PlanCommand.self, LoadCommand.self, ServeCommand.self, CallCommand.self])
}

/// An operator's error: one message, and exit code 4.
struct Refusal: Error {
    var message: String
}

/// Runs the body; says what it refuses.
func refusing(_ body: () throws -> Void) throws {
    do { try body() } catch let refusal as Refusal {
        let line = Array("gauntlet-probe: \(refusal.message)\n".utf8)
        _ = write(2, line, line.count)
        throw ExitCode(4)
    }
}
