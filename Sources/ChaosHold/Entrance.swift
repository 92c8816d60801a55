import CLinuxShims
import ChaosFleet
public import ChaosLinux
import Glibc

/// Runs a program inside of a fleet: in the network of one of its hosts, or outside of all.
public struct Entrance: Sendable {
    public var fleet: String
    /// A host's name; nil for outside.
    public var host: String?
    public var command: [String]
    /// Whose the fleet is; nil for this user.
    public var user: UInt32?

    public init(fleet: String, host: String?, command: [String], user: UInt32? = nil) {
        self.fleet = fleet
        self.host = host
        self.command = command
        self.user = user
    }

    /// Runs it to its end with the caller's standard streams. The result is its exit code, 128 + n for signal n.
    ///
    /// The calling process must have one thread, and is inside itself from then on.
    public func run() throws(HostError) -> Int32 {
        precondition(SmallFile.names(in: "/proc/self/task").count == 1, "entering forks: there must be one thread")
        guard !command.isEmpty else { throw HostError(.malformed, "no program to run inside") }
        let initial = try FleetControl(fleet: fleet, user: user).status().initial
        let namespaces = try ["user", "mnt", "pid", "ipc", "uts"].map { name throws(HostError) in
            try Self.open("/proc/\(initial)/ns/\(name)", "entering the fleet")
        }
        let network = try Self.open(
            networkPath(initial), "entering the network of `\(host ?? FleetNetwork.outsideName)`")
        var argv: [UnsafeMutablePointer<CChar>?] = command.map { (word: String) in strdup(word) } + [nil]
        defer { for pointer in argv { free(pointer) } }
        var step: Int32 = 0
        let all = namespaces + [network]
        let result = host_enter(all, Int32(all.count), &argv, &step)
        guard result < 0 else { return result }
        switch Int(step) {
        case HOST_ENTER_NAMESPACE: throw SystemCall.failure(-result, "entering the fleet")
        case HOST_ENTER_FORK: throw SystemCall.failure(-result, "starting a process in the fleet")
        default:
            throw HostError(
                .missing, "executing \(command[0]): \(SystemCall.reason(-result))",
                hint: "name one of the host's programs, or one below \(FleetLayout.root)")
        }
    }

    private func networkPath(_ initial: Int32) throws(HostError) -> String {
        let directory = "/proc/\(initial)/root\(FleetLayout.namespaces)"
        let name = host ?? FleetNetwork.outsideName
        let known = SmallFile.names(in: directory)
        guard known.isEmpty || known.contains(name) else {
            throw HostError(.unknown, "no host `\(name)`", hint: "there are \(known.joined(separator: ", "))")
        }
        return "\(directory)/\(name)"
    }

    private static func open(_ path: String, _ what: String) throws(HostError) -> Int32 {
        try SystemCall.call(Glibc.open(path, O_RDONLY | O_CLOEXEC), what)
    }
}
