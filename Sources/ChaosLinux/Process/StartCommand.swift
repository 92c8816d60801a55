import CLinuxShims
import ChaosPlan
import Glibc

/// The command that starts a process which nobody supervises.
package struct StartCommand: Hashable {
    static let shape = ObjectShape(
        "a start command",
        [
            .required(
                "command", .list(.scalar(ScalarRule(.text)), identity: nil, atLeast: 1),
                "program and arguments; no shell"),
            .byDefault("directory", .scalar(ScalarRule(.text)), "/", "where it runs"),
            .optional(
                "listening", .scalar(ScalarRule(.integer, low: 1, high: 65_535)),
                "the port it listens on when it runs; needed if it puts itself in the background"),
        ])

    var arguments: [String]
    var directory: String
    /// If somebody listens there it runs already.
    var listening: Int?

    package init(arguments: [String], directory: String, listening: Int?) {
        self.arguments = arguments
        self.directory = directory
        self.listening = listening
    }

    /// Checks that it could be started now. `port` is where the killed ones listen, if that is known.
    init(_ value: Value, port: Int?) throws(HostError) {
        arguments = value.items("command").map(\.text)
        directory = value.text("directory")
        listening = value["listening"]?.int ?? port
        _ = try program()
    }

    var step: UndoStep { .startCommand(arguments: arguments, directory: directory, listening: listening) }

    /// The path of what it runs, if that and the directory are there.
    func program() throws(HostError) -> String {
        guard directory.hasPrefix("/"), access(directory, X_OK) == 0 else {
            throw HostError(.missing, "no directory \(directory)", hint: "give an absolute path that is there")
        }
        let name = arguments.first ?? ""
        let place = name.contains("/") && !name.hasPrefix("/") ? "\(directory)/\(name)" : name
        guard let path = ProgramRun.find(place) else {
            throw HostError(.missing, "no program `\(name)`", hint: "install it, or name it by its path")
        }
        return path
    }

    /// Whether it runs: somebody listens on its port, or a process has its arguments and its directory, or the mark that
    /// `start` gives.
    var isRunning: Bool {
        if let listening, ListeningPorts.isOpen(listening) { return true }
        // In the middle of its exec a process has no arguments yet: then looked at again.
        for _ in 0..<200 {
            var isExecuting = false
            for pid in ProcessTable.pids where pid != getpid() {
                guard let identity = ProcessIdentity.of(pid), identity.isAlive else { continue }
                let line = ProcessTable.arguments(of: pid)
                if line.isEmpty, identity.age < 2_000_000_000, ProcessTable.target(of: "/proc/\(pid)/exe") != nil {
                    isExecuting = true
                }
                guard fits(line) else { continue }
                if ProcessTable.target(of: "/proc/\(pid)/cwd") == directory { return true }
                if Self.environment(of: pid).contains(mark) { return true }
            }
            guard isExecuting else { return false }
            usleep(1_000)
        }
        return false
    }

    /// Whether a process with this command line may be it. An interpreter may stand before (`/bin/sh ./server.sh`), and the
    /// program be named by another path (a wrapper that executes the real one).
    package func fits(_ line: [String]) -> Bool {
        let end = line.suffix(arguments.count)
        guard end.count == arguments.count, let program = arguments.first, let seen = end.first else { return false }
        return end.dropFirst() == arguments.dropFirst() && Self.file(seen) == Self.file(program)
    }

    private static func file(_ path: String) -> Substring {
        path[(path.lastIndex(of: "/").map(path.index(after:)) ?? path.startIndex)...]
    }

    /// Starts it unless it runs, and says whether it did. Whoever else pays the same debt at the same time, or after our
    /// death, starts no second copy.
    func startUnlessRunning() throws(HostError) -> Bool {
        let lock = lock()
        defer { if let lock { close(lock) } }
        guard !isRunning else { return false }
        try start(holding: lock)
        return true
    }

    /// A lock for whoever starts something in this directory. What is started keeps it until it executes: before, it cannot
    /// be known by its arguments. Nil if a stranger keeps it locked; he must not keep the fleet from starting.
    private func lock() -> Int32? {
        let descriptor = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        for _ in 0..<2_000 {
            if flock(descriptor, LOCK_EX | LOCK_NB) == 0 { return descriptor }
            usleep(1_000)
        }
        close(descriptor)
        return nil
    }

    /// On its own, as nobody's child: it must outlive us. Returns when it executes.
    private func start(holding lock: Int32?) throws(HostError) {
        var pidfd: Int32 = -1
        _ = try Worker.spawn(
            try program(), arguments, environment: Worker.environment + [mark],
            in: CommandPlace(directory: directory, hold: lock), descriptors: [-1, -1, -1],
            flags: Int32(HOST_SPAWN_DETACHED | HOST_SPAWN_ORDINARY), pidfd: &pidfd)
        if pidfd >= 0 { close(pidfd) }
    }

    /// In the environment of what we start, so that it is known again wherever it goes.
    private var mark: String { "GAUNTLET_STARTED=\(arguments.joined(separator: " "))" }

    private static func environment(of pid: Int32) -> [String] {
        ((try? SmallFile.read("/proc/\(pid)/environ")) ?? "").split(separator: "\0").map(String.init)
    }
}

/// Where a command runs: its directory, and its cgroup if it gets one of its own.
struct CommandPlace {
    var directory: String
    /// The directory of its cgroup.
    var cgroup: String?
    /// A descriptor that it keeps until it executes: a lock.
    var hold: Int32?
}
