import ArgumentParser
import ChaosPlan
import Glibc

@main
struct Gauntlet: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "gauntlet",
        abstract: "Runs failure plans against a fleet and scores how it bore them.",
        discussion: """
            Examples:
              gauntlet list                             what there is to run
              gauntlet run hub-failover                 run it, score it, say how to repeat it
              gauntlet run partition@2min --seed 7      a variant, another seed
              gauntlet run hub-failover --repeat 100    a hundred seeds, scored as one
              gauntlet check scenarios/*.yaml           every problem of every file
              gauntlet gate reports/hub-failover/RUN --min-score 95 --min-coverage 90

            \(ExitCode.help)

            Shell completions: gauntlet --generate-completion-script bash (or zsh, fish).
            """,
        version: EngineVersion.text,
        subcommands: [
            ListCommand.self, RunCommand.self, ReplayCommand.self, CheckCommand.self, PlanCommand.self,
            ScoreCommand.self, ReportCommand.self, CompareCommand.self, ExportCommand.self, FidelityCommand.self,
            CalibrateCommand.self, GateCommand.self,
            BaselineCommand.self,
            ReadinessCommand.self,
            ExplainCommand.self, TraceCommand.self,
            AdviseCommand.self,
            NotifyCommand.self,
            SchemaCommand.self,
            ServeCommand.self,
            CalendarCommand.self, ValidateCommand.self,
            InitCommand.self, DoctorCommand.self, RecoverCommand.self, HaltCommand.self,
        ] + live)

    /// What only a build with the live world has.
    private static var live: [any ParsableCommand.Type] {
        #if LIVE_WORLD
            [FleetCommand.self]
        #else
            []
        #endif
    }

    /// Like the library's own, but a failure is one line that begins with `gauntlet:`.
    static func main() async {
        // A file-size limit then is a failed write with a message, not a death by signal.
        signal(SIGXFSZ, SIG_IGN)
        do {
            var command = try parseAsRoot()
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
        } catch let code as ExitCode {
            Glibc.exit(code.rawValue)
        } catch let failure as Failure {
            Terminal.note("gauntlet: \(failure.message)")
            Glibc.exit(failure.code.rawValue)
        } catch {
            guard exitCode(for: error) == .validationFailure else { exit(withError: error) }
            Terminal.note("gauntlet: \(message(for: error))")
            Terminal.note("See `gauntlet --help`, or `gauntlet help COMMAND`.")
            Glibc.exit(ExitCode.badArguments.rawValue)
        }
    }
}
