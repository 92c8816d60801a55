import ArgumentParser
import ChaosNotify
import ChaosPlan

struct NotifyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "notify",
        abstract: "Tries the notifications, shows what waits, and ends problems by hand.",
        discussion: """
            Examples:
              gauntlet notify test --config notifications.yaml
              gauntlet notify status
              gauntlet notify resolve not-reverted/db-1 --because "paid by hand"
            """,
        subcommands: [Test.self, Status.self, Resolve.self])

    struct Options: ParsableArguments {
        @Option(help: ArgumentHelp("The notification file.", valueName: "file"), completion: .file())
        var config = "notifications.yaml"
    }

    struct Test: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Sends a test message through the routes and says who took it.",
            discussion: "Exits with 0 if every receiver took it, else with 4.")

        @OptionGroup var options: Options

        @Option(help: "Only this level's route: 1 ops, 2 critical, 3 incident.")
        var level: Int?

        func validate() throws {
            guard level.map({ Level(rawValue: $0) != nil }) ?? true else {
                throw ValidationError("--level takes 1, 2 or 3")
            }
        }

        func run() async throws {
            let configuration = try LoadedNotifications.load(options.config)
            let results = await configuration.test(level.flatMap(Level.init(rawValue:)))
            guard !results.isEmpty else {
                throw Failure(.invalidPlan, "\(options.config): no route for level \(level ?? 0)")
            }
            for result in results {
                let outcome = result.failure.map { "not delivered: \($0)" } ?? "delivered"
                try Terminal.say("level \(result.level.rawValue) \(result.level.word)  \(result.receiver)  \(outcome)")
            }
            guard results.allSatisfy({ $0.failure == nil }) else { throw ExitCode.toolFailure }
        }
    }

    struct Status: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Shows open problems, undelivered messages and those that were given up; sends nothing.")

        @OptionGroup var options: Options

        func run() async throws {
            let report = try LoadedNotifications.load(options.config).report()
            for problem in report.problems {
                try Terminal.say(
                    "open  \(problem.key)  \(problem.level.word)  since \(problem.since)  \(problem.title)")
            }
            for message in report.waiting {
                let why = message.failure.map { "  \($0)" } ?? ""
                try Terminal.say(
                    "waiting  \(message.receiver)  \(message.headline)  attempts \(message.attempts)\(why)")
            }
            for message in report.dead {
                try Terminal.say("given up  \(message.receiver)  \(message.headline)  \(message.failure ?? "")")
            }
            if report.isEmpty { try Terminal.say("nothing open, nothing waiting") }
        }
    }

    struct Resolve: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Ends an open problem by hand: whoever was told of it is told.")

        @OptionGroup var options: Options

        @Argument(help: ArgumentHelp("As `gauntlet notify status` shows it.", valueName: "problem"))
        var key: String

        @Option(help: "Why it is over.")
        var because = "ended by hand"

        func run() async throws {
            let configuration = try LoadedNotifications.load(options.config)
            let known = configuration.report().problems.map(\.key)
            guard known.contains(key) else {
                throw Failure(.badArguments, "no open problem \(key); \(NearestWord.hint(key, among: known))")
            }
            let notifier = Notifier(configuration) { Terminal.note($0) }
            notifier.notify(.ended(key, title: because))
            let standings = await notifier.drain(within: 15 * .second)
            for standing in standings where standing.delivered > 0 { try Terminal.say("told  \(standing.receiver)") }
            for standing in standings where standing.waiting > 0 {
                try Terminal.say("waiting  \(standing.receiver)  \(standing.failure ?? "")")
            }
        }
    }
}
