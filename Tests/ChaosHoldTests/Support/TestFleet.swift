import ChaosFleet
import ChaosHold
import Foundation
import Testing

/// A fleet that a test holds; ended with the object.
final class TestFleet {
    let spec: LaunchSpec
    /// What command lines begin with, such as what makes an ordinary user.
    let prefix: [String]
    let holder: Started
    private(set) var started: FleetStatus?
    private var isWaitedFor = false

    /// Waits until it is ready, unless told otherwise.
    init(_ spec: LaunchSpec, as prefix: [String] = [], isAwaited: Bool = true, options: [String] = []) throws {
        self.spec = spec
        self.prefix = prefix
        holder = try Shell.start(prefix + [HostProgram.path, "hold"] + options)
        Shell.say(spec.json + "\n", on: holder.input)
        guard isAwaited else { return }
        guard let line = Shell.line(holder.output) else {
            kill(holder.pid, SIGKILL)
            throw TestFailure("the fleet is not ready: \(Shell.readAll(holder.errors))")
        }
        started = try FleetStatus.read(json: line)
    }

    deinit {
        if !isWaitedFor {
            kill(holder.pid, SIGKILL)
            _ = Shell.wait(holder.pid)
        }
        for descriptor in [holder.input, holder.output, holder.errors] { close(descriptor) }
    }

    private var user: UInt32? { prefix.first == "setpriv" ? 65_534 : nil }
    var control: FleetControl { FleetControl(fleet: spec.fleet, user: user) }
    var initial: Int32 { started?.initial ?? -1 }

    func process(_ name: String) throws -> FleetStatus.Process {
        try #require(try control.status().processes.first { $0.name == name })
    }

    /// Of the first process' view.
    func path(_ inside: String) -> String { "/proc/\(initial)/root\(inside)" }

    func text(_ inside: String) throws -> String { try String(contentsOfFile: path(inside), encoding: .utf8) }

    /// What its supervisor has told, without instants.
    func restarts() throws -> [String] {
        try text(FleetLayout.telemetry(of: "supervisor")).split(separator: "\n").map {
            $0.split(separator: "\t").dropFirst(4).joined(separator: " ")
        }
    }

    func enter(_ host: String?, _ command: String..., input: String = "") throws -> Shell.Result {
        let place = host.map { ["--host", $0] } ?? []
        return try Shell.run(
            prefix + [HostProgram.path, "enter", "--fleet", spec.fleet] + place + ["--"] + command, input: input)
    }

    /// The number stays ours until the end.
    func closeInput() {
        let null = open("/dev/null", O_RDONLY | O_CLOEXEC)
        dup2(null, holder.input)
        close(null)
    }

    /// The holder's exit code (or signal, negative) and what it wrote as errors.
    func ended() -> (code: Int32, errors: String) {
        isWaitedFor = true
        let code = Shell.wait(holder.pid)
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while case let count = read(holder.errors, &buffer, buffer.count), count > 0 { bytes += buffer[..<count] }
        return (code, String(decoding: bytes, as: UTF8.self))
    }
}

struct TestFailure: Error, CustomStringConvertible {
    var description: String
    init(_ description: String) { self.description = description }
}

/// All by which a fleet could go on: its processes and whoever is in one of its namespaces.
struct Traces {
    private let namespaces: Set<String>
    private let fleet: String

    init(of fleet: TestFleet) {
        self.fleet = fleet.spec.fleet
        let ofInitial = ["mnt", "net", "pid", "user", "ipc", "uts"].compactMap { name in
            try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(fleet.initial)/ns/\(name)")
        }
        let ofHosts = fleet.spec.hosts.compactMap { host -> String? in
            var status = stat()
            guard stat(fleet.path("\(FleetLayout.namespaces)/\(host.name)"), &status) == 0 else { return nil }
            return "net:[\(status.st_ino)]"
        }
        namespaces = Set(ofInitial + ofHosts)
    }

    /// How much there is to look for.
    var count: Int { namespaces.count }

    /// What is still there.
    func left() -> [String] {
        var found: [String] = []
        // One that has ended and waits for its parent to ask holds nothing any more.
        for pid in Processes.all where Processes.isAlive(pid) {
            for name in ["mnt", "net", "pid", "pid_for_children", "user"] {
                let link = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(pid)/ns/\(name)")
                if let link, namespaces.contains(link) { found.append("process \(pid) in \(link)") }
            }
        }
        let mounts = (try? String(contentsOfFile: "/proc/self/mountinfo", encoding: .utf8)) ?? ""
        if mounts.contains(" /fleet") { found.append("a mount of the fleet's in the host's namespace") }
        if FileManager.default.fileExists(atPath: "/fleet/telemetry") { found.append("a file in the host's /fleet") }
        let names = (try? String(contentsOfFile: "/proc/net/unix", encoding: .utf8)) ?? ""
        if names.contains("/\(fleet)\n") { found.append("the fleet's name") }
        return found
    }

    /// Milliseconds until nothing was left; nil if something is after 5 s.
    func vanish() -> Int? {
        let began = Date()
        guard eventually(within: 5, { left().isEmpty }) else { return nil }
        return Int(Date().timeIntervalSince(began) * 1000)
    }
}
