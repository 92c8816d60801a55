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
        subcommands: [
            Serve.self, DoctorCommand.self, RecoverCommand.self, HaltCommand.self, GuardianCommand.self,

            PayCommand.self, HoldCommand.self, EnterCommand.self, SlowDiskCommand.self,
        ],
        defaultSubcommand: Serve.self)

    static func main() {
        StandardDescriptors.occupy()
        main(nil)
    }
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
    @Option(
        help:
            "The ssh session that leads here, as SSH_CONNECTION has it, where sudo has dropped that: no fault cuts it.")
    var sshConnection: String?

    func run() throws {
        if let sshConnection { setenv("SSH_CONNECTION", sshConnection, 1) }
        try ending { () throws(HostError) in try Executor(directories: state.directories).run() }
    }
}

struct DoctorCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor", abstract: "Say which faults this host can take, what is missing, and what is owed.")
    @OptionGroup var state: StateOptions
    @Flag(help: "Machine-readable.") var json = false

    func run() throws {
        let report = Doctor.examine(state.directories)
        print(json ? report.json : report.text)
        throw ArgumentParser.ExitCode(report.debts.isEmpty ? 0 : 3)
    }
}

struct RecoverCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "recover", abstract: "Take back what dead runs left on this host, after a reboot too.")
    @OptionGroup var state: StateOptions

    func run() throws { try finish(Recovery.recover(in: state.directories)) }
}

struct HaltCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "halt", abstract: "Stop every run on this host now and take back its faults.")
    @OptionGroup var state: StateOptions

    func run() throws { try finish(Recovery.halt(in: state.directories)) }
}

struct PayCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pay", abstract: "Pay one record inside a network namespace.", shouldDisplay: false)
    @Option var inside: String
    @Argument var record: String

    func run() throws {
        try ending { () throws(HostError) in
            let owed = try Recovery.pay(recordAt: record, inside: inside)
            complain(owed)
            return owed.isEmpty ? 0 : 3
        }
    }
}

struct GuardianCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "guardian", abstract: "Watch the executor that started this.", shouldDisplay: false)
    @OptionGroup var state: StateOptions
    @Option var session: String
    @Option var parent: Int32

    func run() throws {
        try ending { () throws(HostError) in
            try Guardian(session: session, parent: parent, directories: state.directories).watch()
        }
    }
}

/// Exits with the code, or with the error's message: 69 where a privilege or a thing is missing, else 4.
func ending(_ body: () throws(HostError) -> Int32) throws {
    do {
        throw ArgumentParser.ExitCode(try body())
    } catch let error as HostError {
        StandardDescriptors.complain("gauntlet-host: \(error.text)")
        throw ArgumentParser.ExitCode([.privilege, .missing, .unsupported].contains(error.code) ? 69 : 4)
    }
}

private func finish(_ outcome: Recovery.Outcome) throws {
    for session in outcome.ended { print("ended: \(session)") }
    for path in outcome.paid { print("paid: \(path)") }
    for session in outcome.live { print("live, left alone: \(session)") }
    if outcome.ended.isEmpty, outcome.paid.isEmpty, outcome.owed.isEmpty, outcome.live.isEmpty {
        print("nothing is owed")
    }
    complain(outcome.owed)
    throw ArgumentParser.ExitCode(outcome.owed.isEmpty ? 0 : 3)
}

private func complain(_ owed: [String]) {
    for line in owed {
        let bytes = Array("gauntlet-host: still owed: \(line)\n".utf8)
        _ = write(2, bytes, bytes.count)
    }
}
