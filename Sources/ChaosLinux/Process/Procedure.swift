import ChaosPlan
import Glibc

/// A runbook step with its own time limit.
final class Procedure: HostMechanism {
    static let keys: [ObjectShape.Key] = [
        .required(
            "command",
            .oneOf(
                [.list(.scalar(ScalarRule(.text)), identity: nil, atLeast: 1), .scalar(ScalarRule(.text))],
                expected: "a list of program and arguments, or with `shell: true` one text"),
            "program and arguments"),
        .byDefault(
            "shell", .scalar(ScalarRule(.boolean)), "false", "the command is one text for /bin/sh"),
        .byDefault(
            "limit", .scalar(ScalarRule(.duration, low: .millisecond)), "60s", "killed with its children after this"),
        .byDefault("directory", .scalar(ScalarRule(.text)), "/", "where it runs"),
        .optional(
            "undo", .list(.scalar(ScalarRule(.text)), identity: nil, atLeast: 1),
            "takes it back; may run though the command never did, and more than once"),
        ProcessFaults.irreversible,
    ]

    static var capabilities: [Capability] {
        let cgroup =
            place == nil
            ? Capability(
                "cgroup", missing: "no cgroup can be made here", remedy: "run as root, or in a delegated cgroup")
            : Capability("cgroup")
        return [cgroup, Capability("session")]
    }

    /// A cgroup that ours can be made in: this process's own; of version 2, else of the freezer, where all in it can be hit.
    private static var place: String? {
        [Cgroup.unified, Cgroup.freezer].compactMap { $0 }.lazy
            .compactMap { Cgroup.directory(of: getpid(), in: $0) }
            .first { access($0, W_OK) == 0 && access($0 + "/cgroup.procs", W_OK) == 0 }
    }

    static func make(_ request: FaultRequest) throws(HostError) -> any HostMechanism {
        let parameters = request.parameters
        let chosen = try ProcessFaults.choose(request.mechanism, of: .procedure, among: capabilities)
        let command = parameters.at("command")
        let arguments: [String]
        switch (parameters.flag("shell"), command.scalarKind != nil) {
        case (true, true): arguments = ["/bin/sh", "-c", command.text]
        case (false, false): arguments = command.items.map(\.text)
        case (true, false):
            throw HostError(
                .malformed, "`shell: true` with a list", hint: "write the command as one text, or drop `shell`")
        case (false, true):
            throw HostError(
                .malformed, "`command` is one text", hint: "write a list of program and arguments, or `shell: true`")
        }
        let directory = parameters.text("directory")
        // The same checks as for a command that starts a process.
        let path = try StartCommand(arguments: arguments, directory: directory, listening: nil).program()
        let undo = parameters["undo"]?.items.map(\.text)
        if let undo { _ = try StartCommand(arguments: undo, directory: "/", listening: nil).program() }
        guard undo != nil || parameters.flag("allow-irreversible") else {
            throw HostError(
                .malformed, "nothing takes `\(arguments[0])` back",
                hint: "give `undo:` with a command, or `allow-irreversible: true`")
        }
        return Procedure(
            path: path, arguments: arguments, directory: directory, limit: parameters.quantity("limit"), undo: undo,
            place: chosen == "cgroup" ? place : nil, fault: request.id)
    }

    var name: String { place == nil ? "session" : "cgroup" }
    private let path: String
    private let arguments: [String]
    private let directory: String
    private let limit: Int64
    private let undo: [String]?
    private let place: String?
    private let fault: String
    private var cgroup: String?
    private var running: RunningCommand?
    private var said: String?

    private init(
        path: String, arguments: [String], directory: String, limit: Int64, undo: [String]?, place: String?,
        fault: String
    ) {
        self.path = path
        self.arguments = arguments
        self.directory = directory
        self.limit = limit
        self.undo = undo
        self.place = place
        self.fault = fault
    }

    func inject(undo log: UndoRecorder) throws(HostError) {
        if let undo { try log.record(.command(arguments: undo, limit: limit)) }
        if let place {
            let path = "\(place)/\(Cgroup.ownName(fault))"
            // Without a home: who is in it is ours, and ends with it.
            try log.record(.cgroup(path: path, inode: 0, home: ""))
            _ = try Cgroup.make(path)
            cgroup = path
        }
        log.reach(.midInjection)
        let isAlone = cgroup == nil
        running = try RunningCommand(path, arguments, directory: directory, cgroup: cgroup) {
            (identity) throws(HostError) in
            if isAlone { try log.record(.worker(identity)) }
        }
    }

    func watch(on loop: EventLoop, report: @escaping (HostEvent) -> Void) {
        do throws(HostError) {
            try running?.follow(on: loop, limit: limit) { [weak self] outcome in
                let text = Self.text(outcome)
                self?.said = text
                report(.ended(text))
            }
        } catch {
            report(.ended("it cannot be followed: \(error.text)"))
        }
    }

    /// How much of its output an event carries.
    private static let shown = 2_000

    private static func text(_ outcome: RunningCommand.Outcome) -> String {
        var text = "\(outcome.end?.text ?? "does not end") after \(outcome.took / 1_000_000) ms"
        if outcome.isOverLimit {
            text = "over its limit: killed with its children after \(outcome.took / 1_000_000) ms"
        }
        if outcome.left > 0 { text += "; \(outcome.left) of its children run on, until the revert" }
        let end = outcome.output.end(shown)
        return end.isEmpty ? text : "\(text); \(outcome.output.size) bytes of output, at the end: \(end)"
    }

    func readBack() throws(HostError) -> Evidence {
        guard let running else { throw HostError(.failed, "it did not start") }
        let state = said ?? "runs as \(running.identity)"
        return Evidence(
            "\(arguments[0]): \(state)\(cgroup.map { " in \($0)" } ?? " in a session of its own")",
            targets: [running.identity.description])
    }

    func revert() throws(HostError) {
        try running?.end()
        if let cgroup, case .owed(let why) = Cgroup.payCgroup(path: cgroup, inode: 0, home: "") {
            throw HostError(.failed, why)
        }
    }

    func residue() throws(HostError) -> [String] {
        var left = cgroup.map { SmallFile.exists($0) ? ["the cgroup \($0) is still there"] : [] } ?? []
        if let running, running.identity.isAlive { left.append("\(running.identity) still runs") }
        return left
    }

    static func payCommand(arguments: [String], limit: Int64) -> Payment {
        do {
            let outcome = try ProgramRun.run(arguments, limit: limit)
            return outcome.isSuccess ? .paid : .owed("undo \(arguments[0]): \(outcome.reason)")
        } catch {
            return .owed("undo \(arguments.first ?? ""): \(error.text)")
        }
    }
}
