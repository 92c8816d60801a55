import CLinuxShims
import Glibc

/// A worker with a socket to it: it waits for a go, tells in lines how far it is, and ends when the socket closes.
final class PairedWorker {
    let worker: Worker
    private let socket: Int32
    private var lines = LineBuffer()
    private var hasEnded = false
    /// Its end of the socket.
    private(set) var isClosed = false
    private var hearing: EventLoop.Token?
    private var ending: EventLoop.Token?
    private weak var loop: EventLoop?

    /// Started and waiting; it changes nothing before `go`. `file` becomes its descriptor 3.
    static func start(_ arguments: [String], file: Int32? = nil) throws(HostError) -> PairedWorker {
        var pair: [Int32] = [-1, -1]
        try SystemCall.check(host_socket_pair(&pair), "making a worker's socket")
        defer { close(pair[1]) }
        do {
            let worker = try Worker.start(arguments, descriptors: [pair[1], -1, 2] + (file.map { [$0] } ?? []))
            return PairedWorker(worker: worker, socket: pair[0])
        } catch {
            close(pair[0])
            throw error
        }
    }

    private init(worker: Worker, socket: Int32) {
        self.worker = worker
        self.socket = socket
    }

    deinit { end() }

    func go() throws(HostError) {
        var byte: UInt8 = 10
        guard send(socket, &byte, 1, Int32(MSG_NOSIGNAL)) == 1 else {
            throw HostError(.failed, "\(worker.identity) ended before its work began")
        }
    }

    /// A line to it. One that has gone is noticed by its end.
    func say(_ line: String) {
        let bytes = Array((line + "\n").utf8)
        _ = send(socket, bytes, bytes.count, Int32(MSG_NOSIGNAL))
    }

    /// What it has said since the last call; waits up to `patience` (ms) for the first of it. Empty when it has ended.
    func hear(within patience: Int32 = 0) -> [String] {
        var wait = pollfd(fd: socket, events: Int16(POLLIN), revents: 0)
        guard !hasEnded, poll(&wait, 1, patience) == 1 else { return [] }
        var said: [String] = []
        var buffer = [UInt8](repeating: 0, count: 4_096)
        while true {
            let count = recv(socket, &buffer, buffer.count, 0)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else {
                isClosed = count == 0 || errno != EAGAIN
                return said
            }
            said += lines.append(buffer[..<count]).compactMap { $0 }
        }
    }

    var isAlive: Bool { !hasEnded && worker.identity.isAlive }

    /// Calls with each line that it says, and once with nil when it has ended by itself.
    func watch(on loop: EventLoop, _ call: @escaping (String?) -> Void) {
        guard !hasEnded else { return }
        self.loop = loop
        hearing = try? loop.watch(socket) { [weak self] in
            guard let self else { return }
            for line in hear() { call(line) }
            // Its end is told by the pidfd; a closed socket would wake the loop for ever.
            if isClosed, let hearing { loop.cancel(hearing) }
        }
        ending = try? loop.watch(worker.pidfd) { [weak self] in
            self?.unwatch()
            call(nil)
        }
    }

    private func unwatch() {
        for token in [hearing, ending] { if let token { loop?.cancel(token) } }
        (hearing, ending) = (nil, nil)
    }

    /// Kills and reaps it, unless it ends by itself within `patience` ms. Idempotent.
    func end(patience: Int32 = 0) {
        guard !hasEnded else { return }
        unwatch()
        if patience > 0 {
            var wait = pollfd(fd: worker.pidfd, events: Int16(POLLIN), revents: 0)
            while poll(&wait, 1, patience) < 0 && errno == EINTR {}
        }
        hasEnded = true
        worker.end()
        close(socket)
    }
}

/// The worker's end of its socket, at descriptor 0.
struct ExecutorSocket {
    /// Waits for the go; false when the executor has gone.
    func awaitGo() -> Bool {
        var wait = pollfd(fd: 0, events: Int16(POLLIN), revents: 0)
        while poll(&wait, 1, -1) < 0 && errno == EINTR {}
        var byte: UInt8 = 0
        return recv(0, &byte, 1, 0) == 1
    }

    /// Waits so many nanoseconds; false as soon as the executor has gone.
    func pause(_ nanoseconds: Int64) -> Bool {
        // Nothing is ever sent after the go, so that only the end makes it readable.
        let result = host_await(0, nanoseconds)
        return result == 0 || result == -EINTR
    }

    func say(_ line: String) {
        let bytes = Array((line + "\n").utf8)
        _ = send(0, bytes, bytes.count, Int32(MSG_NOSIGNAL))
    }

    /// A worker inherits the executor's own exemptions, which the load of a fault must not have.
    static func giveUpPrivileges(nice: Int32 = 0, oomScore: Int32) {
        try? SmallFile.write("\(oomScore)", to: "/proc/self/oom_score_adj")
        setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, nice)
    }
}

extension HostContext {
    /// How long an injection may wait for its worker (ms): a quarter of the lease, so that the guardian is heard in time.
    var patience: Int32 { Int32(max(0, min(250_000_000, (deadline - BootTime.now) / 4)) / 1_000_000) }
}
