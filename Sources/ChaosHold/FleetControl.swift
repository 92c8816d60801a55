import CLinuxShims
public import ChaosFleet
public import ChaosLinux
import Glibc

/// Talks to the holder of a fleet, from the network namespace in which it was started.
public struct FleetControl: Sendable {
    public var fleet: String

    /// Whose the fleet is; only root may talk to another user's.
    public var user: UInt32

    /// Of this user, unless another's number is given.
    public init(fleet: String, user: UInt32? = nil) {
        self.fleet = fleet
        self.user = user ?? geteuid()
    }

    /// How the fleet is now.
    public func status() throws(HostError) -> FleetStatus {
        let line = try ask(HoldRequest(op: .status))
        if let status = try? FleetStatus.read(json: line) { return status }
        throw HoldReply.read(line)?.failure ?? Self.torn(line)
    }

    /// Ends the fleet; returns when every process of it is gone.
    public func down() throws(HostError) { try order(HoldRequest(op: .down)) }

    /// Ends a process in order (after 2 s by force), and holds it down until `start`. Returns when it has ended.
    public func stop(_ process: String) throws(HostError) { try order(HoldRequest(op: .stop, process: process)) }

    /// Starts a process that does not run, at once. A given environment replaces the launch spec's, for later starts too.
    /// Returns before it is ready.
    public func start(_ process: String, environment: [String: String]? = nil) throws(HostError) {
        try order(HoldRequest(op: .start, process: process, environment: environment))
    }

    /// The names of this user's fleets, sorted.
    public static func running() -> [String] { running(user: geteuid()) }

    private static func running(user: UInt32) -> [String] {
        let prefix = "@" + socketName(of: "", user: user)
        // Number, references, protocol, flags, type, state, inode, name; __SO_ACCEPTCON marks the one that listens.
        return ((try? SmallFile.read("/proc/net/unix")) ?? "").split(separator: "\n" as Character).compactMap { line in
            let fields = line.split(separator: " " as Character)
            guard fields.count == 8, fields[3] == "00010000", fields[7].hasPrefix(prefix) else { return nil }
            return String(fields[7].dropFirst(prefix.count))
        }.sorted()
    }

    /// In the abstract namespace of local sockets: no file is left behind.
    static func socketName(of fleet: String, user: UInt32) -> String { "gauntlet-fleet/\(user)/\(fleet)" }

    // MARK: -

    private func order(_ request: HoldRequest) throws(HostError) {
        let line = try ask(request)
        guard let reply = HoldReply.read(line) else { throw Self.torn(line) }
        if let failure = reply.failure { throw failure }
    }

    private func ask(_ request: HoldRequest) throws(HostError) -> String {
        let socket = host_connect_abstract(Self.socketName(of: fleet, user: user))
        guard socket >= 0 else {
            let others = Self.running(user: user)
            throw HostError(
                .missing, "no fleet `\(fleet)` is up",
                hint: others.isEmpty ? "start it first" : "there are \(others.joined(separator: ", "))")
        }
        defer { close(socket) }
        var patience = timeval(tv_sec: 30, tv_usec: 0)
        setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        let bytes = Array(request.line.utf8)
        // One who does not want to hear us has closed already: reading tells.
        _ = send(socket, bytes, bytes.count, Int32(MSG_NOSIGNAL))
        var answer: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = read(socket, &buffer, buffer.count)
            if count < 0 && errno == EINTR { continue }
            if count < 0 && errno == EAGAIN {
                throw HostError(.failed, "the holder of `\(fleet)` does not answer", hint: "end it by its number")
            }
            if count <= 0 && answer.isEmpty {
                throw HostError(
                    .privilege, "the holder of `\(fleet)` does not talk to this user, or has just ended",
                    hint: "ask as the user who started it, or as root")
            }
            guard count > 0 else { throw Self.torn(String(decoding: answer, as: UTF8.self)) }
            answer += buffer[..<count]
            if answer.last == 10 { return String(decoding: answer.dropLast(), as: UTF8.self) }
        }
    }

    private static func torn(_ line: String) -> HostError {
        HostError(.failed, "the holder's answer is not whole: `\(line.prefix(80))`", hint: "ask for the fleet's status")
    }
}
