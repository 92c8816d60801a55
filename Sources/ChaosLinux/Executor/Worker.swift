import CLinuxShims
import Glibc

/// A process of ours that does a fault's work and dies with the executor.
struct Worker {
    let identity: ProcessIdentity
    /// Readable when it has ended. Ours to close.
    let pidfd: Int32

    /// Starts a worker in the role and with the arguments given. `descriptors` become its 0, 1, 2, …; -1 is /dev/null.
    ///
    /// It is a copy of the executor, which has one thread only: to load a program anew would cost more than all else of an
    /// injection together. It is killed when the executor's thread ends. To have its undo step on disk before it does
    /// anything, give it a pipe and let it wait for a byte.
    static func start(_ arguments: [String], descriptors: [Int32] = [-1, -1, 2]) throws(HostError) -> Worker {
        var pidfd: Int32 = -1
        var argv: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) } + [nil]
        defer { for pointer in argv { free(pointer) } }
        let result = host_spawn_worker(
            { WorkerRole.fulfil($0) }, &argv, descriptors, Int32(descriptors.count), Int32(HOST_SPAWN_DIE_WITH_PARENT),
            &pidfd)
        let pid = try SystemCall.check(result, "starting the worker \(arguments.first ?? "")")
        guard let identity = ProcessIdentity.of(pid) else {
            throw HostError(.failed, "the worker \(arguments.first ?? "") ended at once")
        }
        return Worker(identity: identity, pidfd: pidfd)
    }

    /// A program that is started and waits at its gate.
    struct Gated {
        let pid: Int32
        fileprivate var gate: Int32

        /// Lets it execute; throws if it cannot.
        func release() throws(HostError) {
            try SystemCall.check(host_spawn_release(gate), "starting process \(pid)")
        }

        /// It ends without having begun.
        func giveUp() { close(gate) }
    }

    /// As `spawn`, but it executes only when it is released, and until then dies with us: what undoes it can be on disk
    /// before it begins.
    static func spawnGated(
        _ path: String, _ arguments: [String], in place: CommandPlace, descriptors: [Int32], flags: Int32,
        pidfd: inout Int32
    ) throws(HostError) -> Gated {
        var gate: Int32 = -1
        let pid = try spawn(
            path, arguments, in: place, descriptors: descriptors, flags: flags, gate: &gate, pidfd: &pidfd)
        return Gated(pid: pid, gate: gate)
    }

    /// Any program, with an environment of `PATH` only unless given, where we are unless a place is given.
    static func spawn(
        _ path: String, _ arguments: [String], environment: [String]? = nil, in place: CommandPlace? = nil,
        descriptors: [Int32], flags: Int32, gate: UnsafeMutablePointer<Int32>? = nil, pidfd: inout Int32
    ) throws(HostError) -> Int32 {
        var argv: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) } + [nil]
        var envp: [UnsafeMutablePointer<CChar>?] =
            (environment ?? Self.environment).map { strdup($0) } + [nil]
        defer { for pointer in argv + envp { free(pointer) } }
        var procs: Int32 = -1
        if let cgroup = place?.cgroup {
            procs = open(cgroup + "/cgroup.procs", O_WRONLY | O_CLOEXEC)
            try SystemCall.call(procs, "opening \(cgroup)/cgroup.procs")
        }
        defer { if procs >= 0 { close(procs) } }
        let directory = place.flatMap { strdup($0.directory) }
        defer { free(directory) }
        var there = host_spawn_place(directory: directory, cgroup: procs, hold: place?.hold ?? -1)
        let count = Int32(descriptors.count)
        let result =
            gate.map { host_spawn_gated(path, &argv, &envp, descriptors, count, flags, &there, $0, &pidfd) }
            ?? host_spawn_at(path, &argv, &envp, descriptors, count, flags, &there, &pidfd)
        return try SystemCall.check(result, "starting \(arguments.first ?? path)")
    }

    /// What our own children inherit: where programs lie, whether Swift prints backtraces, where sanitizers report.
    static var environment: [String] {
        ["PATH", "LD_LIBRARY_PATH", "SWIFT_BACKTRACE", "ASAN_OPTIONS", "TSAN_OPTIONS"].compactMap {
            (name: String) -> String? in
            getenv(name).map { "\(name)=\(String(cString: $0))" }
        }
    }

    /// Kills and reaps it.
    func end() {
        _ = host_pidfd_send_signal(pidfd, SIGKILL)
        var status: Int32 = 0
        while waitpid(identity.pid, &status, 0) < 0 && errno == EINTR {}
        close(pidfd)
    }

    static func pay(_ process: ProcessIdentity) -> Payment {
        do {
            // A command that leads a session has children of its own.
            if process.isAlive, ProcessTable.session(of: process.pid) == process.pid {
                try RunningCommand.killSession(of: process)
            }
            guard try process.signal(SIGKILL) else { return .nothingThere }
        } catch {
            return .owed(error.text)
        }
        // Gone when /proc says so; a zombie's parent may be dead or slow, it does no more harm.
        for _ in 0..<1_000 {
            if !process.isAlive { return .paid }
            usleep(1_000)
        }
        return .owed("\(process) does not die (in an uninterruptible wait?)")
    }
}
