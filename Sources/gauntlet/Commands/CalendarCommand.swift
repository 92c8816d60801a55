import ArgumentParser
import ChaosCalendar
import ChaosPlan
import Foundation

#if LIVE_WORLD
    import ChaosService
#endif

struct CalendarCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "calendar",
        abstract: "What a calendar of runs holds: the next runs, its problems; and takes back its pause.",
        discussion: """
            Examples:
              gauntlet calendar check --calendar docs/examples/calendar/calendar.yaml
              gauntlet calendar next 10 --calendar docs/examples/calendar/calendar.yaml
              gauntlet calendar resume
            """,
        subcommands: [Next.self, Check.self] + service)

    private static var service: [any ParsableCommand.Type] {
        #if LIVE_WORLD
            [Resume.self]
        #else
            []
        #endif
    }

    struct CalendarOptions: ParsableArguments {
        @Option(help: "The calendar's file.")
        var calendar = LoadedCalendar.usual
    }

    struct Next: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "The next runs: local time, UTC, what, where, and whom it can hit.")

        @Argument(help: "How many.")
        var count = 10

        @OptionGroup var options: CalendarOptions

        @Option(help: "From when on (default: now), such as 2026-11-21T20:00:00Z.")
        var from: InstantArgument?

        @Flag(help: "Machine-readable.")
        var json = false

        func validate() throws {
            guard (1...10_000).contains(count) else {
                throw ValidationError("next takes 1 to 10000 runs, not \(count)")
            }
        }

        func run() throws {
            let loaded = try LoadedCalendar.load(options.calendar)
            for problem in loaded.problems { Terminal.note(problem) }
            let from = from?.seconds ?? Int64(Date().timeIntervalSince1970)
            let next = loaded.calendar.upcoming(count, after: from) { loaded.length(of: $0) }
            let rows = next.compactMap { PlannedRunRow($0, in: loaded) }
            if json { return try Terminal.say(JSONText.encode(rows)) }
            guard !rows.isEmpty else { return try Terminal.say("nothing will run") }
            try Terminal.say(PlannedRunRow.table(rows))
        }
    }

    struct Check: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Every problem of a calendar and of the scenarios that it names.")

        @OptionGroup var options: CalendarOptions

        func run() throws {
            let loaded = try LoadedCalendar.load(options.calendar)
            for problem in loaded.problems { try Terminal.say(problem) }
            guard loaded.problems.isEmpty else {
                throw Failure(.invalidPlan, "\(options.calendar): \(loaded.problems.count) of its runs cannot run")
            }
            let entries = loaded.calendar.entries
            try Terminal.say("\(options.calendar): \(entries.count) run\(entries.count == 1 ? "" : "s"), no problem")
        }
    }

    #if LIVE_WORLD
        struct Resume: ParsableCommand {
            static let configuration = CommandConfiguration(
                abstract: "Takes back the pause that a deviated run, or a halt, put on a calendar.")

            @Option(help: "The folder of reports that the service writes.")
            var out = "reports"

            func run() throws {
                let actor = ProcessInfo.processInfo.environment["USER"] ?? "uid \(getuid())"
                do {
                    try Terminal.say(try ServiceRecords.resume(in: out, by: actor))
                } catch let error as ServiceError {
                    throw Failure(.unavailable, error.description)
                }
            }
        }
    #endif
}
