import ArgumentParser
import ChaosLinux
import Glibc

/// The executor on a host: small, privileged, single-threaded.
@main
struct GauntletHost: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "gauntlet-host",
        abstract: "Injects faults on this host, holds them by lease, and takes them back whatever dies.",
        discussion: """
            Without a subcommand it serves: one JSON request a line on standard input, one reply a line on standard output.
            """,
        subcommands: [Serve.self, GuardianCommand.self, WorkerCommand.self],
        defaultSubcommand: Serve.self)
}

struct StateOptions: ParsableArguments {
    @Option(help: "Directory of the debts that a reboot pays, and of the lock.")
    var state: String?
    @Option(help: "Directory of the debts that outlive a reboot.")
    var durable: String?

    var directories: StateDirectories {
        var directories = StateDirectories.standard
        if let state { directories.volatile = state }
        if let durable { directories.durable = durable }
        return directories
    }
}

struct Serve: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Serve requests from standard input (the default).")
    @OptionGroup var state: StateOptions

    func run() throws {
        try ending { () throws(HostError) in try Executor(directories: state.directories).run() }
    }
}

struct GuardianCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "guardian", abstract: "Watch the executor that started this.", shouldDisplay: false)
    @OptionGroup var state: StateOptions
    @Option(name: .customLong("run")) var name: String

    func run() throws {
        try ending { () throws(HostError) in try Guardian(run: name, directories: state.directories).watch() }
    }
}

struct WorkerCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "worker", abstract: "Do a fault's work for the executor that started this.", shouldDisplay: false)
    @Argument(parsing: .allUnrecognized) var arguments: [String] = []

    func run() throws {
        try ending { () throws(HostError) in try WorkerRole.run(arguments) }
    }
}

/// Exits with the code, or with the error's message: 69 where a privilege or a thing is missing, else 4.
func ending(_ body: () throws(HostError) -> Int32) throws {
    do {
        throw ArgumentParser.ExitCode(try body())
    } catch let error as HostError {
        let line = Array("gauntlet-host: \(error.text)\n".utf8)
        _ = write(2, line, line.count)
        throw ArgumentParser.ExitCode([.privilege, .missing, .unsupported].contains(error.code) ? 69 : 4)
    }
}
