import ChaosFleet
import ChaosPlan
import Glibc

/// A fleet that runs already on this host: nothing of it is started, entered or ended here.
final class AttachedFleet {
    /// For the files of a run, which others have below `/fleet`.
    let directory: String
    private let settings: LiveSettings

    init(_ settings: LiveSettings) throws(LiveError) {
        self.settings = settings
        var template = Array("/tmp/gauntlet-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else {
            throw LiveError("no directory for the run could be made in /tmp: \(String(cString: strerror(errno)))")
        }
        directory = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        mkdir("\(directory)\(FleetLayout.root)", 0o755)
    }

    deinit { remove() }

    /// Options of the executor; GAUNTLET_STATE names another directory for its records, for tests beside other runs.
    static var state: [String] {
        guard let other = getenv("GAUNTLET_STATE").map({ String(cString: $0) }) else { return [] }
        return ["--state", other, "--durable", "\(other)/durable"]
    }

    func remove() {
        let inner = "\(directory)\(FleetLayout.root)"
        for file in [FleetLayout.runFile, ClientPlan.file] {
            unlink("\(directory)\(file)")
            unlink("\(directory)\(file).new")
        }
        rmdir(inner)
        rmdir(directory)
    }

    /// By its owner's own commands.
    func restart(_ member: String) throws(LiveError) {
        guard let attachment = settings.attachment(of: member), !attachment.start.isEmpty, !attachment.stop.isEmpty
        else {
            throw LiveError("\(member) cannot be restarted: its `live.attach` has not both `start` and `stop`")
        }
        try run(attachment.stop, of: member)
        try run(attachment.start, of: member)
    }

    private func run(_ command: [String], of member: String) throws(LiveError) {
        let program = try ChildProgram(command)
        guard let code = program.end(within: 30_000) else {
            program.finish(within: 0)
            throw LiveError("\(member): `\(command.joined(separator: " "))` did not end within 30 s")
        }
        guard code == 0 else {
            throw LiveError("\(member): `\(command.joined(separator: " "))` ended with \(code)")
        }
    }
}

extension LiveSettings.Attachment {
    /// As an executor selects it.
    var selector: JSONValue {
        switch key {
        case .pidFile(let path): ["pid-file": .text(path)]
        case .unit(let name): ["unit": .text(name)]
        case .cgroup(let name): ["cgroup": .text(name)]
        case .port(let port): ["port": .number(Int64(port))]
        case .command(let pattern): ["command": .text(pattern)]
        }
    }

    /// A fault that ends the process; afterwards its owner's command starts it, or its unit does.
    func ending(_ kind: String) -> JSONValue {
        let fault: JSONValue = ["kind": .text(kind), "processes": selector]
        guard !start.isEmpty else { return fault }
        return fault.merging(["start": ["command": .list(start.map { .text($0) })]])
    }
}
