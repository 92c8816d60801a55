import ChaosPlan
import Glibc

/// Which processes a fault is about: all that satisfy every key given.
package struct ProcessSelector {
    static let shape = ObjectShape("processes", keys)

    static let keys: [ObjectShape.Key] = [
        .optional("pid", .scalar(ScalarRule(.integer, low: 1, high: 4_194_304)), "this one process"),
        .optional("pid-file", .scalar(ScalarRule(.text)), "the process whose number this file holds"),
        .optional("cgroup", .scalar(ScalarRule(.text)), "all in this cgroup and below, by path or by name"),
        .optional("unit", .scalar(ScalarRule(.text)), "all of this systemd unit"),
        .optional(
            "port", .scalar(ScalarRule(.integer, low: 1, high: 65_535)), "who listens there (TCP or UDP)"),
        .optional("command", .scalar(ScalarRule(.text)), "whose whole command line fits this pattern with * and ?"),
        .optional(
            "command-regex", .scalar(ScalarRule(.text)),
            "whose command line contains a match of this extended regular expression"),
        .optional("container", .scalar(ScalarRule(.text)), "all of the container with this id"),
    ]

    private(set) var pid: ProcessIdentity?
    private(set) var pidFile: String?
    private(set) var cgroup: String?
    private(set) var unit: String?
    private(set) var port: Int?
    private(set) var command: CommandPattern?
    private(set) var container: String?
    /// As the operator wrote it: `port 8080, command *server*`.
    let text: String

    init(_ value: Value) throws(HostError) {
        let given = value.fields.map(\.key).filter { key in Self.keys.contains { $0.name == key } }
        guard !given.isEmpty else {
            throw HostError(
                .malformed, "`processes` names none",
                hint: "give at least one of \(Self.keys.map(\.name).joined(separator: ", "))")
        }
        text = given.map { key in
            let field = value.at(key)
            return "\(key) \(field.text.isEmpty ? String(field.int) : field.text)"
        }.joined(separator: ", ")
        for key in given where value.at(key).scalarKind == .text && value.text(key).isEmpty {
            throw HostError(.malformed, "`\(key)` of `processes` is empty")
        }
        if let field = value["pid"] {
            // Now, so that a later process of the same number is not taken for it.
            guard let identity = ProcessIdentity.of(Int32(clamping: field.int)), identity.isAlive else {
                throw HostError(.missing, "no process matches \(text)", hint: "there is no such process any more")
            }
            pid = identity
        }
        pidFile = value["pid-file"]?.text
        cgroup = value["cgroup"]?.text
        unit = value["unit"].map { $0.text.contains(".") ? $0.text : "\($0.text).service" }
        port = value["port"]?.int
        if value["command"] != nil, value["command-regex"] != nil {
            throw HostError(.malformed, "`command` and `command-regex` together", hint: "give one of them")
        }
        if let field = value["command"] { command = .glob(field.text) }
        if let field = value["command-regex"] { command = try CommandPattern(regex: field.text) }
        container = value["container"]?.text
        if let container, container.utf8.count < 8 || container.contains("/") {
            throw HostError(
                .malformed, "`\(container)` is not a container's id", hint: "give at least its first 8 characters")
        }
        if unit != nil, !SystemdUnit.isHere {
            throw HostError(
                .unsupported, "no systemd runs here, so there is no unit `\(unit ?? "")`",
                hint: "select by `pid-file`, `port`, `command` or `cgroup`")
        }
    }

    /// The one cgroup that the selection is, if it is nothing else: that can be frozen as a whole.
    func wholeCgroup() throws(HostError) -> String? {
        guard pid == nil, pidFile == nil, port == nil, command == nil, container == nil else { return nil }
        if let cgroup, unit == nil { return try Cgroup.find(cgroup) }
        if let unit, cgroup == nil { return try SystemdUnit.cgroup(of: unit) }
        return nil
    }

    /// Everybody who fits now, this harness left out; empty if nobody does.
    func matches() throws(HostError) -> [ProcessIdentity] {
        var sets: [Set<Int32>] = []
        if let pid { sets.append(pid.isAlive ? [pid.pid] : []) }
        if let pidFile { sets.append(Set(try Self.process(in: pidFile).map { [$0.pid] } ?? [])) }
        if let cgroup { sets.append(Set(Cgroup.members(of: try Cgroup.find(cgroup)))) }
        if let unit { sets.append(Set(Cgroup.members(of: try SystemdUnit.cgroup(of: unit)))) }
        if let port { sets.append(Set(ListeningPorts.owners(of: port))) }
        // Only among those that the cheaper keys leave.
        var candidates = sets.dropFirst().reduce(sets.first) { $0?.intersection($1) }.map(Array.init)
        if let command {
            candidates = (candidates ?? ProcessTable.pids).filter {
                let arguments = ProcessTable.arguments(of: $0)
                return !arguments.isEmpty && command.fits(arguments) && !Protection.isHarness($0)
            }
        }
        if let container {
            candidates = (candidates ?? ProcessTable.pids).filter { pid in
                Cgroup.paths(of: pid).contains { Self.path($0, isOf: container) }
            }
        }
        return (candidates ?? []).sorted().compactMap { pid in
            guard let identity = ProcessIdentity.of(pid), let status = identity.status,
                !status.isKernelThread
            else { return nil }
            return identity
        }
    }

    /// Who fits, at least one, none of them protected.
    func targets(_ protection: Protection) throws(HostError) -> [ProcessIdentity] {
        let found = try matches()
        guard !found.isEmpty else {
            throw HostError(.missing, "no process matches \(text)", hint: "is it running, on this host?")
        }
        let ancestors = Protection.ancestors
        for identity in found {
            if let reason = protection.reason(against: identity.pid, ancestors: ancestors) {
                throw HostError(
                    .protected, "\(text) matches \(ProcessTable.name(identity)), which is protected: \(reason)",
                    hint: "select more narrowly")
            }
        }
        return found
    }

    /// Nil where the file names nobody who runs.
    static func process(in path: String) throws(HostError) -> ProcessIdentity? {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        let text = try SmallFile.read(path)
        let word = text.split(whereSeparator: \.isWhitespace).first ?? ""
        guard let pid = Int32(word), pid > 0 else {
            throw HostError(.malformed, "\(path) holds no process number", hint: "is it a pid file?")
        }
        guard let identity = ProcessIdentity.of(pid), identity.isAlive else { return nil }
        // A process writes its file after its start: a much later one has inherited the number.
        if let start = ProcessTable.startTime(of: identity), start > Int64(status.st_mtim.tv_sec) + 60 {
            throw HostError(
                .missing, "\(path) is stale: process \(pid) started after the file was written",
                hint: "remove the file, or select by `port` or `command`")
        }
        return identity
    }

    /// `docker-ID.scope`, `/docker/ID`, `cri-containerd-ID.scope`: a component that holds the id, whole or its beginning.
    package static func path(_ path: String, isOf container: String) -> Bool {
        path.split(separator: "/").contains { component in
            component.split(whereSeparator: { "-.:".contains($0) }).contains { $0.hasPrefix(container) }
                || component == container
        }
    }
}

/// Which command lines fit: arguments joined by single spaces.
package enum CommandPattern {
    /// The whole line, with `*` and `?`.
    case glob(String)
    /// Anywhere in it.
    case regex(Expression)

    /// A compiled POSIX extended regular expression.
    package final class Expression {
        fileprivate var compiled = regex_t()

        fileprivate init(_ pattern: String) throws(HostError) {
            let result = regcomp(&compiled, pattern, REG_EXTENDED | REG_NOSUB)
            guard result == 0 else {
                var text = [CChar](repeating: 0, count: 200)
                regerror(result, &compiled, &text, text.count)
                let reason = String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
                throw HostError(
                    .malformed, "`\(pattern)` is no regular expression: \(reason)",
                    hint: "write a POSIX extended regular expression")
            }
        }

        deinit { regfree(&compiled) }
    }

    package init(regex pattern: String) throws(HostError) { self = .regex(try Expression(pattern)) }

    package func fits(_ arguments: [String]) -> Bool {
        let line = arguments.joined(separator: " ")
        switch self {
        case .glob(let pattern): return fnmatch(pattern, line, 0) == 0
        case .regex(let expression): return regexec(&expression.compiled, line, 0, nil, 0) == 0
        }
    }
}

/// Units of systemd, by the cgroups it keeps them in.
package enum SystemdUnit {
    /// Whether systemd runs this host.
    static var isHere: Bool { SmallFile.exists("/run/systemd/system") }

    static func cgroup(of unit: String) throws(HostError) -> String {
        for mount in Cgroup.hierarchies where mount.isUnified || mount.controllers == ["name=systemd"] {
            if let path = Cgroup.directory(named: unit, below: mount.path, depth: 8) { return path }
        }
        throw HostError(.missing, "the unit `\(unit)` has no cgroup", hint: "is it active? systemctl status \(unit)")
    }

    /// The service that keeps a process of this cgroup path, the innermost one: `/system.slice/nats.service`.
    package static func of(path: String) -> String? {
        path.split(separator: "/").last { $0.hasSuffix(".service") && !$0.hasPrefix("user@") }.map(String.init)
    }

    /// The service that systemd would start again, if it keeps the process.
    static func of(_ pid: Int32) -> String? {
        guard isHere else { return nil }
        return Cgroup.paths(of: pid).lazy.compactMap { of(path: $0) }.first
    }
}
