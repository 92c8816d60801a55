import ArgumentParser
import ChaosHold
import ChaosLinux

struct HoldCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "hold",
        abstract: "Bring up a fleet of real processes in throw-away namespaces, supervise it, and end it.",
        discussion: """
            Reads what to bring up as one line of JSON from standard input, and prints the fleet's status as JSON when it is
            ready. The fleet ends with standard input, or with this process, whatever ends it. Needs no root where users may
            have namespaces of their own.
            """)
    @Flag(help: "Return when the fleet is ready, and hold it in the background.")
    var detach = false
    @Option(help: "How many seconds the processes of one stage may take until they are ready.")
    var readyWithin = 60

    func validate() throws {
        guard (1...86_400).contains(readyWithin) else {
            throw ValidationError("--ready-within takes 1 to 86400 seconds")
        }
    }

    func run() throws {
        try ending { () throws(HostError) in
            let limit = Int64(readyWithin) * 1_000_000_000
            try Holder(readingInput: detach, readyLimit: limit).run()
            return 0
        }
    }
}
