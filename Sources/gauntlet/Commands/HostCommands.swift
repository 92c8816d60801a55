import ArgumentParser

/// The commands that look after this host. The privileged program `gauntlet-host` does them; these only hand over to it.
struct DoctorCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Says which real faults this host can take, what is missing, and what is owed here.")

    @Flag(help: "Machine-readable.")
    var json = false

    func run() throws { try SiblingProgram.become("gauntlet-host", ["doctor"] + (json ? ["--json"] : [])) }
}

struct RecoverCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "recover",
        abstract: "Takes back what runs that died left on this host, after a reboot too.")

    func run() throws { try SiblingProgram.become("gauntlet-host", ["recover"]) }
}

struct HaltCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "halt",
        abstract: "Stops every run that holds faults on this host now, and takes them back.")

    func run() throws { try SiblingProgram.become("gauntlet-host", ["halt"]) }
}
