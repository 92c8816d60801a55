import CLinuxShims
import Glibc

/// The executor's end of its guardian: starts it, tells it each lease, notices when it is gone or no longer answers.
final class GuardianLink {
    let identity: ProcessIdentity
    private let socket: Int32
    private let pidfd: Int32
    private let loop: EventLoop
    private let lost: (String) -> Void
    private var patience: EventLoop.Token?
    private var watches: [EventLoop.Token] = []
    private var isLost = false
    /// Sent and not yet answered.
    private var unanswered = 0

    static func start(
        session: String, directories: StateDirectories, lock: RunLock, loop: EventLoop, lost: @escaping (String) -> Void
    ) throws(HostError) -> GuardianLink {
        var pair: [Int32] = [-1, -1]
        try SystemCall.check(host_socket_pair(&pair), "making the guardian's socket")
        defer { close(pair[1]) }
        var pidfd: Int32 = -1
        let arguments = [
            "gauntlet-host", "guardian", "--session", session, "--parent", "\(getpid())", "--state",
            directories.volatile, "--durable", directories.durable,
        ]
        do throws(HostError) {
            // In a session of its own: what a terminal sends to the executor's group must not end both.
            let pid = try Worker.spawn(
                HostContext.executable, arguments, descriptors: [pair[1], -1, 2, lock.descriptor],
                flags: Int32(HOST_SPAWN_NEW_SESSION), pidfd: &pidfd)
            guard let identity = ProcessIdentity.of(pid) else { throw HostError(.failed, "the guardian ended at once") }
            return try GuardianLink(identity: identity, socket: pair[0], pidfd: pidfd, loop: loop, lost: lost)
        } catch {
            close(pair[0])
            throw error
        }
    }

    private init(
        identity: ProcessIdentity, socket: Int32, pidfd: Int32, loop: EventLoop, lost: @escaping (String) -> Void
    ) throws(HostError) {
        self.identity = identity
        self.socket = socket
        self.pidfd = pidfd
        self.loop = loop
        self.lost = lost
        // It says one byte-word when it watches; nothing may be injected before.
        guard let word = Self.receive(socket, within: 5_000), word == 0 else {
            _ = host_pidfd_send_signal(pidfd, SIGKILL)
            throw HostError(.failed, "the guardian did not start")
        }
        watches.append(try loop.watch(socket) { [unowned self] in hear() })
        watches.append(try loop.watch(pidfd) { [unowned self] in lose("it ended") })
    }

    /// A fault is or will be held until `deadline`; without an answer in `patience` (ns) the guardian is lost.
    func hold(until deadline: Int64, patience: Int64) { say(deadline, patience: patience) }

    /// No fault is held any more.
    func release() { say(0, patience: 500_000_000) }

    private func say(_ deadline: Int64, patience: Int64) {
        guard !isLost else { return }
        var word = deadline
        // A full buffer means that it has not read for thousands of leases.
        guard withUnsafeBytes(of: &word, { Glibc.send(socket, $0.baseAddress, 8, Int32(MSG_NOSIGNAL)) }) == 8
        else { return lose("it cannot be reached") }
        unanswered += 1
        if self.patience == nil {
            self.patience = loop.at(BootTime.now + patience) { [unowned self] in lose("it does not answer") }
        }
    }

    private func hear() {
        var buffer = [UInt8](repeating: 0, count: 512)
        let count = Glibc.recv(socket, &buffer, buffer.count, 0)
        if count <= 0 {
            if count == 0 || (errno != EAGAIN && errno != EINTR) { lose("it closed its socket") }
            return
        }
        // Answers are as long as what they answer; a stream may split them, but only whole words are ever sent.
        unanswered -= count / 8
        if unanswered <= 0, let patience {
            loop.cancel(patience)
            self.patience = nil
        }
    }

    /// Ends it: nothing is owed any more.
    func dismiss() {
        isLost = true
        _ = host_pidfd_send_signal(pidfd, SIGKILL)
        var status: Int32 = 0
        while waitpid(identity.pid, &status, 0) < 0 && errno == EINTR {}
    }

    private func lose(_ reason: String) {
        guard !isLost else { return }
        isLost = true
        for token in watches { loop.cancel(token) }
        if let patience { loop.cancel(patience) }
        // If it only hangs, it must not wake later and revert beside us.
        _ = host_pidfd_send_signal(pidfd, SIGKILL)
        lost(reason)
    }

    private static func receive(_ socket: Int32, within milliseconds: Int32) -> Int64? {
        var wait = pollfd(fd: socket, events: Int16(POLLIN), revents: 0)
        guard poll(&wait, 1, milliseconds) == 1 else { return nil }
        var word: Int64 = 0
        return withUnsafeMutableBytes(of: &word) { Glibc.recv(socket, $0.baseAddress, 8, 0) } == 8 ? word : nil
    }
}
