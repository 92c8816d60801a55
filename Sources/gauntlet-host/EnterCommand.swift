import ArgumentParser
import ChaosHold
import ChaosLinux

struct EnterCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "enter", abstract: "Run a program inside of a fleet that `hold` has brought up.",
        discussion: "Exits with the program's exit code, or 128 and the number of the signal that ended it.")
    @Option(help: "The fleet's name.")
    var fleet: String
    @Option(help: "In the network of this host; else outside of all.")
    var host: String?
    @Option(help: "The number of the user whose the fleet is, for root.")
    var user: UInt32?
    @Argument(parsing: .captureForPassthrough, help: "The program and its arguments.")
    var command: [String] = []

    func run() throws {
        try ending { () throws(HostError) in
            let words = command.first == "--" ? Array(command.dropFirst()) : command
            return try Entrance(fleet: fleet, host: host, command: words, user: user).run()
        }
    }
}
