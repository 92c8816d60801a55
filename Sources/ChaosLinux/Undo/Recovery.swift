import CLinuxShims
import Glibc

/// Pays every debt found on disk: after executor and guardian died together, and after a reboot.
public enum Recovery {
    public struct Outcome: Hashable, Sendable {
        /// Paths of the records paid.
        public var paid: [String] = []
        /// What is still owed, why, and what to do.
        public var owed: [String] = []
        /// Sessions that `halt` ended; their executors took back what they held.
        public var ended: [String] = []
        /// Sessions (`RUN@PID`) whose executor lives: theirs is theirs to pay.
        public var live: [String] = []

        public init() {}
    }

    /// Idempotent. Leaves what live executors hold alone.
    public static func recover(in directories: StateDirectories) -> Outcome {
        var outcome = Outcome()
        outcome.owed = directories.forgeable
        guard outcome.owed.isEmpty, !UndoLog.sessions(in: directories).isEmpty else { return outcome }
        // Two at once could start a process twice; the second finds nothing left to do. Without the lock, all the same.
        let lock = open("\(directories.volatile)/recover.lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        if lock >= 0 { flock(lock, LOCK_EX) }
        defer { if lock >= 0 { close(lock) } }
        for session in UndoLog.sessions(in: directories) {
            let (records, unreadable) = UndoLog.records(in: directories, session: session)
            outcome.owed += unreadable
            if isLive(session, records) {
                outcome.live.append(session)
                continue
            }
            endGuardian(of: session, in: directories)
            // A guardian that was still at work may have paid meanwhile: read again.
            for record in UndoLog.records(in: directories, session: session).records.reversed() {
                let owed = pay(record, in: directories)
                if owed.isEmpty {
                    unlink(record.path)
                    outcome.paid.append(record.path)
                } else {
                    outcome.owed += owed
                }
            }
            // Records that a death cut short before anything was done under them go, too.
            let left = UndoLog.records(in: directories, session: session)
            if left.records.isEmpty, left.unreadable.isEmpty { forget(session: session, in: directories) }
        }
        return outcome
    }

    /// Ends every run on the host now: asks each executor to revert, ends those that do not, and pays what is left.
    public static func halt(in directories: StateDirectories) -> Outcome {
        var asked: [ProcessIdentity] = []
        var ended: [String] = []
        for session in UndoLog.sessions(in: directories) {
            guard let executor = executor(of: session), isExecutor(executor) else { continue }
            guard (try? executor.signal(SIGTERM)) == true else { continue }
            asked.append(executor)
            ended.append(session)
        }
        for executor in asked where !ends(executor, within: 2_000) {
            _ = try? executor.signal(SIGKILL)
            _ = ends(executor, within: 1_000)
        }
        var outcome = recover(in: directories)
        outcome.ended = ended.filter { !outcome.live.contains($0) }
        return outcome
    }

    /// Removes a session's paid records and directories.
    static func forget(session: String, in directories: StateDirectories) {
        for root in [directories.volatile, directories.durable] {
            let directory = "\(root)/runs/\(session)"
            for name in SmallFile.names(in: directory) where name.hasSuffix(".undo") { unlink("\(directory)/\(name)") }
        }
        UndoLog.remove(session: session, in: directories)
    }

    /// Pays the record at `path` from inside the network namespace at `namespace` (a /proc or /run path). The caller must
    /// have one thread only. Returns what is still owed.
    public static func pay(recordAt path: String, inside namespace: String) throws(HostError) -> [String] {
        let descriptor = open(namespace, O_RDONLY | O_CLOEXEC)
        try SystemCall.call(descriptor, "opening \(namespace)")
        try SystemCall.check(host_setns(descriptor, 0), "entering \(namespace)")
        close(descriptor)
        guard var record = try UndoLog.read(path) else { return [] }
        // The number of a namespace is given again, its cookie never: then the one meant is gone, and its debts with it.
        let here = NetNamespace.current
        record.steps.removeAll { $0.namespace.map { $0.inode == here.inode && $0 != here } ?? false }
        return Undo.pay(record)
    }

    // MARK: -

    /// A session without a record is judged by its directory's name.
    private static func isLive(_ session: String, _ records: [UndoLog.Record]) -> Bool {
        if let first = records.first { return first.header.executor.isAlive }
        return executor(of: session).map(isExecutor) ?? false
    }

    private static func executor(of session: String) -> ProcessIdentity? {
        session.split(separator: "@").last.flatMap { Int32($0) }.flatMap(ProcessIdentity.of)
    }

    /// Whether it runs this program: a directory's name alone could mean a later process with the same number.
    private static func isExecutor(_ process: ProcessIdentity) -> Bool {
        process.status?.command == "gauntlet-host"
    }

    private static func endGuardian(of session: String, in directories: StateDirectories) {
        guard let guardian = UndoLog.guardian(of: session, in: directories), guardian.isAlive else { return }
        // It may just be paying: give it the time that it has by contract.
        if !ends(guardian, within: 1_000) { _ = try? guardian.signal(SIGKILL) }
        _ = ends(guardian, within: 1_000)
    }

    private static func ends(_ process: ProcessIdentity, within milliseconds: Int) -> Bool {
        for _ in 0..<milliseconds {
            if !process.isAlive { return true }
            usleep(1_000)
        }
        return !process.isAlive
    }

    private static func pay(_ record: UndoLog.Record, in directories: StateDirectories) -> [String] {
        var record = record
        // Where the volatile directory outlives a reboot, numbers in it may mean others now.
        if record.header.executor.boot != Boot.id { record.steps.removeAll { !$0.isDurable } }
        let foreign = Set(record.steps.compactMap(\.namespace)).subtracting([.current])
        guard let namespace = foreign.first else { return Undo.pay(record) }
        guard foreign.count == 1, !record.steps.contains(where: { $0.namespace == .current }) else {
            return ["\(record.path): steps of several network namespaces"]
        }
        // What lived in a namespace that is gone went with it; steps without a namespace are paid from here.
        guard let path = NetNamespace.path(of: namespace) else {
            var rest = record
            rest.steps.removeAll { $0.namespace != nil }
            return Undo.pay(rest)
        }
        return payInside(path, record)
    }

    /// In a process of its own: entering a namespace is for good.
    private static func payInside(_ namespace: String, _ record: UndoLog.Record) -> [String] {
        var pidfd: Int32 = -1
        do throws(HostError) {
            let pid = try Worker.spawn(
                HostContext.executable, ["gauntlet-host", "pay", "--inside", namespace, record.path],
                descriptors: [-1, -1, 2], flags: 0, pidfd: &pidfd)
            defer { close(pidfd) }
            var status: Int32 = 0
            while waitpid(pid, &status, 0) < 0 && errno == EINTR {}
            return status == 0 ? [] : ["\(record.path): not paid inside \(namespace)"]
        } catch {
            return ["\(record.path): \(error.text)"]
        }
    }
}
