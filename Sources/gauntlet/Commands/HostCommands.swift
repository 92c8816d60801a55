import ArgumentParser
import Glibc

/// The commands that look after this host. The privileged program `gauntlet-host` does them; these only hand over to it.
struct DoctorCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Says which real faults this host can take, what is missing, and what is owed here.")

    @Flag(help: "Machine-readable.")
    var json = false

    func run() throws { try HostProgram.become(["doctor"] + (json ? ["--json"] : [])) }
}

struct RecoverCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "recover",
        abstract: "Takes back what runs that died left on this host, after a reboot too.")

    func run() throws { try HostProgram.become(["recover"]) }
}

struct HaltCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "halt",
        abstract: "Stops every run that holds faults on this host now, and takes them back.")

    func run() throws { try HostProgram.become(["halt"]) }
}

private enum HostProgram {
    /// Replaces this process by `gauntlet-host`, which lies beside it.
    static func become(_ arguments: [String]) throws -> Never {
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
        let length = readlink("/proc/self/exe", &buffer, buffer.count - 1)
        guard length > 0 else { throw Failure(.unavailable, "cannot tell where this program lies") }
        let own = String(decoding: buffer[..<length].map { UInt8(bitPattern: $0) }, as: UTF8.self)
        let host = own[...(own.lastIndex(of: "/") ?? own.startIndex)] + "gauntlet-host"
        let argv: [UnsafeMutablePointer<CChar>?] = ([String(host)] + arguments).map { strdup($0) } + [nil]
        execv(String(host), argv)
        throw Failure(
            .unavailable,
            "\(host) cannot be started (\(String(cString: strerror(errno)))); build it: swift build -c release --product gauntlet-host"
        )
    }
}
