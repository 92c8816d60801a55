#if LIVE_WORLD
    import ArgumentParser
    import ChaosFleet
    import ChaosLive
    import ChaosPlan

    struct FleetCommand: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "fleet",
            abstract: "Brings a real fleet up in a throw-away namespace of its own, shows it, ends it.",
            discussion: """
                Examples:
                  gauntlet fleet up two-machine
                  gauntlet fleet status two-machine
                  gauntlet fleet down two-machine

                A scenario that runs live brings its fleet up by itself, and ends it; it uses one that is up.
                """,
            subcommands: [Up.self, Status.self, Down.self])

        struct Up: ParsableCommand {
            static let configuration = CommandConfiguration(abstract: "Starts a fleet and leaves it up.")

            @Argument(help: "A fleet's name or file.")
            var fleet: String

            @Option(
                name: .customLong("set"), parsing: .singleValue,
                help: ArgumentHelp("Overrides a value of the fleet. May be repeated.", valueName: "path=value"))
            var overrides: [String] = []

            func run() throws {
                let file = try ScenarioLocator.fleet(fleet)
                let (fleet, problems) = FleetReader.read(
                    text: try TextFile.read(file), file: file, overrides: overrides)
                for problem in problems { Terminal.note(problem.description) }
                guard let fleet else { throw Failure(.invalidPlan, "\(file): no fleet was started") }
                try Terminal.say(
                    FleetCommand.table(
                        try FleetCommand.living { () throws(LiveError) in
                            try FleetSession.up(fleet)
                        }))
            }
        }

        struct Status: ParsableCommand {
            static let configuration = CommandConfiguration(
                abstract: "Shows the processes of a fleet, or the names of those that are up.")

            @Argument(help: "A fleet's name; all that are up without it.")
            var name: String?

            @Flag(help: "Machine-readable.")
            var json = false

            func run() throws {
                guard let name else {
                    let names = FleetSession.running
                    return try Terminal.say(names.isEmpty ? "no fleet is up" : names.joined(separator: "\n"))
                }
                let status = try FleetCommand.living { () throws(LiveError) in try FleetSession.status(of: name) }
                try Terminal.say(json ? status.json : FleetCommand.table(status))
            }
        }

        struct Down: ParsableCommand {
            static let configuration = CommandConfiguration(abstract: "Ends a fleet and everything of it.")

            @Argument(help: "A fleet's name.")
            var name: String

            func run() throws {
                try FleetCommand.living { () throws(LiveError) in try FleetSession.down(name) }
                try Terminal.say("\(name) is down")
            }
        }

        static func living<Value>(_ body: () throws(LiveError) -> Value) throws(Failure) -> Value {
            do throws(LiveError) { return try body() } catch {
                throw Failure(error.isMissing ? .unavailable : .toolFailure, error.message)
            }
        }
    }
#endif
