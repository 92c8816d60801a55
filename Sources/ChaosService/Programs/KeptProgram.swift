internal import CLinuxShims
internal import Foundation

/// A program that runs. Used by the keeper's thread alone.
final class KeptProgram {
    let id: String
    private let ended: @Sendable (ProgramEnd) -> Void
    private let pid: Int32
    private let pidfd: Int32
    private var output: Captured
    private var errors: Captured
    private let healing: Int64
    /// CLOCK_BOOTTIME.
    private var limit: Int64
    private var interrupts: [Int64] = []
    private var death: Int64?
    private var isTimedOut = false
    private var isOverdue = false

    /// What it writes. A scorecard of a long run has some megabytes, nothing else as much.
    private struct Captured {
        var descriptor: Int32
        var bytes: [UInt8] = []
        var isAtEnd = false
        /// Of what comes after it only the last is kept.
        static let most = 64 << 20

        mutating func drain() {
            var chunk = [UInt8](repeating: 0, count: 65_536)
            for _ in 0..<64 where !isAtEnd {
                let count = read(descriptor, &chunk, chunk.count)
                if count < 0 && errno == EINTR { continue }
                if count < 0 && errno == EAGAIN { return }
                if count <= 0 {
                    isAtEnd = true
                    return
                }
                bytes += chunk[..<count]
                if bytes.count > Self.most { bytes.removeFirst(bytes.count / 2) }
            }
        }
    }

    init(_ id: String, _ order: ProgramOrder, ended: @escaping @Sendable (ProgramEnd) -> Void) throws(ServiceError) {
        self.id = id
        self.ended = ended
        healing = order.healing
        guard let word = order.command.first, let path = SiblingProgram.locate(word) else {
            throw ServiceError("no program \(order.command.first ?? "")")
        }
        let out = try ClosedPipe()
        defer { close(out.write) }
        let err = try ClosedPipe()
        defer { close(err.write) }
        let variables = ProcessInfo.processInfo.environment.merging(order.environment) { $1 }
        var argv: [UnsafeMutablePointer<CChar>?] = order.command.map { strdup($0) } + [nil]
        var envp: [UnsafeMutablePointer<CChar>?] = variables.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { for pointer in argv + envp { free(pointer) } }
        var descriptors: [Int32] = [-1, out.write, err.write]
        if order.inherited >= 0 { descriptors.append(order.inherited) }
        var pidfd: Int32 = -1
        // A session of its own: Ctrl-C at the service's terminal is for the service to pass on.
        let result = host_spawn(
            path, &argv, &envp, descriptors, Int32(descriptors.count),
            Int32(HOST_SPAWN_DIE_WITH_PARENT) | Int32(HOST_SPAWN_NEW_SESSION), &pidfd)
        guard result > 0 else {
            close(out.read)
            close(err.read)
            throw ServiceError("\(path) cannot be started: \(String(cString: strerror(-result)))")
        }
        pid = result
        self.pidfd = pidfd
        output = Captured(descriptor: out.read)
        errors = Captured(descriptor: err.read)
        limit = host_boottime() + order.limit * 1_000_000_000
    }

    var waits: [pollfd] {
        var waits = [pollfd(fd: pidfd, events: Int16(POLLIN), revents: 0)]
        for stream in [output, errors] where !stream.isAtEnd {
            waits.append(pollfd(fd: stream.descriptor, events: Int16(POLLIN), revents: 0))
        }
        return waits
    }

    /// When it must be looked at though it is silent.
    var nextInstant: Int64? { ([limit, death ?? limit] + interrupts).min() }

    func interrupt(times: Int, healing: Int64) {
        let now = host_boottime()
        // Two at once would be one to it.
        interrupts += (0..<times).map { now + Int64($0) * 300_000_000 }
        death = death ?? now + healing * 1_000_000_000
    }

    func kill() { _ = host_pidfd_send_signal(pidfd, SIGKILL) }

    /// False when it has ended and was told.
    func attend() -> Bool {
        output.drain()
        errors.drain()
        let now = host_boottime()
        if now >= limit {
            isTimedOut = true
            limit = .max
            interrupt(times: 2, healing: healing)
        }
        while let due = interrupts.first, due <= now {
            interrupts.removeFirst()
            _ = host_pidfd_send_signal(pidfd, SIGINT)
        }
        if let death, now >= death {
            kill()
            isOverdue = true
            self.death = .max
        }
        var wait = pollfd(fd: pidfd, events: Int16(POLLIN), revents: 0)
        guard poll(&wait, 1, 0) == 1 else { return true }
        var status: Int32 = 0
        while waitpid(pid, &status, 0) < 0 && errno == EINTR {}
        // What it said last; a child of its own may hold the pipes for ever, and is not waited for.
        output.drain()
        errors.drain()
        for descriptor in [output.descriptor, errors.descriptor, pidfd] { close(descriptor) }
        let signal = status & 0x7F
        ended(
            ProgramEnd(
                code: signal == 0 ? (status >> 8) & 0xFF : 128 + signal,
                output: String(decoding: output.bytes, as: UTF8.self),
                errors: String(decoding: errors.bytes.suffix(4096), as: UTF8.self), isTimedOut: isTimedOut,
                isOverdue: isOverdue && signal == SIGKILL))
        return false
    }
}
