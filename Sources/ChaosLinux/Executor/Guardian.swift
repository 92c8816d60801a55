import CLinuxShims
import Glibc

/// Watches one executor and pays its debts when it dies, or when its lease has run out and it has not reverted: then it
/// kills the executor first, because the owner of an nftables table keeps everybody else from deleting it.
public final class Guardian {
    private let session: String
    private let directories: StateDirectories
    private let loop: EventLoop
    private let executor: ProcessIdentity
    private let pidfd: Int32
    private let socket: Int32 = 0
    private var expiry: EventLoop.Token?
    private var owed: [String] = []

    /// Throws if the process `parent`, which started this one, has gone already: whose child we are then is not to be
    /// watched, and nothing was injected yet.
    public init(session: String, parent: Int32, directories: StateDirectories) throws(HostError) {
        self.session = session
        self.directories = directories
        loop = try EventLoop()
        guard let executor = ProcessIdentity.of(parent), let pidfd = executor.open(), getppid() == parent else {
            UndoLog.remove(session: session, in: directories)
            throw HostError(.missing, "the guardian's executor is gone")
        }
        self.executor = executor
        self.pidfd = pidfd
    }

    /// Watches until the executor is gone and paid for. 3 if something is still owed.
    public func watch() throws(HostError) -> Int32 {
        // Only its executor's end ends it.
        for signal in [SIGTERM, SIGINT, SIGHUP, SIGPIPE] { Glibc.signal(signal, SIG_IGN) }
        SelfCare.apply()
        watching = try loop.watch(pidfd) { [unowned self] in payAll() }
        let hearing = try loop.watch(socket) { [unowned self] in hear() }
        self.hearing = hearing
        say([UInt8](repeating: 0, count: 8))
        loop.run()
        for line in owed { StandardDescriptors.complain("gauntlet-host: guardian: \(line)") }
        return owed.isEmpty ? 0 : 3
    }

    private var hearing: EventLoop.Token?

    private func hear() {
        var buffer = [UInt8](repeating: 0, count: 512)
        let count = recv(socket, &buffer, buffer.count, 0)
        guard count >= 8 else {
            // The executor's end is told by its pidfd; a closed socket alone changes nothing.
            if count == 0, let hearing { loop.cancel(hearing) }
            return
        }
        let last = buffer[(count - 8)..<count].withUnsafeBytes { $0.loadUnaligned(as: Int64.self) }
        if let expiry { loop.cancel(expiry) }
        expiry = last == 0 ? nil : loop.at(last + Executor.grace) { [unowned self] in leaseRanOut() }
        say(Array(buffer[..<count]))
    }

    private func leaseRanOut() {
        // Its death is told by the pidfd, and then all is paid.
        _ = host_pidfd_send_signal(pidfd, SIGKILL)
        loop.at(BootTime.now + 100_000_000) { [unowned self] in payBeside() }
    }

    /// The executor cannot die yet (it waits uninterruptibly, or its cgroup is frozen). It will execute nothing more of its
    /// own, so that its debts can be paid beside it; all of them are paid once more when it is gone.
    private func payBeside() {
        guard executor.isAlive else { return }
        guard !Undo.pay(session: session, fault: nil, in: directories).isEmpty else { return }
        loop.at(BootTime.now + 500_000_000) { [unowned self] in payBeside() }
    }

    /// What fails now may succeed in a moment: a lock that another program holds, a process that cannot be started.
    private func payAll() {
        if let watching { loop.cancel(watching) }
        watching = nil
        owed = Undo.pay(session: session, fault: nil, in: directories)
        guard !owed.isEmpty, BootTime.now < patience else {
            if owed.isEmpty { Recovery.forget(session: session, in: directories) }
            return loop.stop()
        }
        loop.at(BootTime.now + 100_000_000) { [unowned self] in payAll() }
    }

    private var watching: EventLoop.Token?
    /// Until when payment is tried again.
    private lazy var patience = BootTime.now + 5_000_000_000

    private func say(_ bytes: [UInt8]) { _ = send(socket, bytes, bytes.count, Int32(MSG_NOSIGNAL)) }
}
