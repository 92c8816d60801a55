import ArgumentParser

/// Runs the calendar as a service, and its page. The program `gauntlet-serve` does it; this only hands over to it.
struct ServeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Runs the calendar as a service, with a live page on 127.0.0.1.",
        discussion: """
            Examples:
              gauntlet serve --calendar calendar.yaml
              gauntlet serve --help                     its options
            """)

    @Argument(parsing: .captureForPassthrough, help: ArgumentHelp("Of gauntlet-serve.", valueName: "options"))
    var options: [String] = []

    func run() throws { try SiblingProgram.become("gauntlet-serve", options) }
}
