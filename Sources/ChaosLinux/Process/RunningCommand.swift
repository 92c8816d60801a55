import CLinuxShims
import Glibc

/// A command that runs beside the event loop in a cgroup, or at least a session, of its own: it ends with all its children.
final class RunningCommand {
    struct Outcome {
        /// Nil if it could not be waited for.
        var end: ProgramEnd?
        var isOverLimit: Bool
        /// Nanoseconds from its start.
        var took: Int64
        var output: CommandOutput
        /// Its children that still run.
        var left: Int
    }

    let identity: ProcessIdentity
    private let pidfd: Int32
    private let cgroup: String?
    private let started = BootTime.now
    private var pipe: Int32
    private var output = CommandOutput()
    private var isOverLimit = false
    private var isReaped = false
    private var loop: EventLoop?
    private var tokens: [EventLoop.Token] = []

    /// Starts it; `cgroup` is a directory of ours, nil if there is none to be had. It executes only when `record` has
    /// returned: what is known of it by then is on disk.
    init(
        _ path: String, _ arguments: [String], directory: String, cgroup: String?,
        record: (ProcessIdentity) throws(HostError) -> Void
    ) throws(HostError) {
        let ends = try SystemCall.pipe()
        defer { close(ends.writing) }
        // Only ours: the command's writes wait as they would anywhere.
        _ = fcntl(ends.reading, F_SETFL, O_NONBLOCK)
        self.cgroup = cgroup
        pipe = ends.reading
        var pidfd: Int32 = -1
        let child: Worker.Gated
        do throws(HostError) {
            child = try Worker.spawnGated(
                path, arguments, in: CommandPlace(directory: directory, cgroup: cgroup),
                descriptors: [-1, ends.writing, ends.writing],
                flags: Int32(HOST_SPAWN_NEW_SESSION | HOST_SPAWN_ORDINARY), pidfd: &pidfd)
        } catch {
            close(ends.reading)
            throw error
        }
        self.pidfd = pidfd
        guard let identity = ProcessIdentity.of(child.pid) else {
            preconditionFailure("/proc does not show a child that was not waited for")
        }
        self.identity = identity
        // From here on the end of this object ends it.
        do throws(HostError) {
            try record(identity)
        } catch {
            child.giveUp()
            throw error
        }
        try child.release()
    }

    deinit {
        if !isReaped {
            try? kill()
            reap()
        }
        close(pidfd)
        if pipe >= 0 { close(pipe) }
    }

    /// Calls once, when it has ended or `limit` (ns from its start) is over and it has been killed.
    func follow(on loop: EventLoop, limit: Int64, then: @escaping (Outcome) -> Void) throws(HostError) {
        self.loop = loop
        tokens.append(try loop.watch(pipe) { [weak self] in self?.drain() })
        tokens.append(
            try loop.watch(pidfd) { [weak self] in
                guard let self else { return }
                then(self.finish())
            })
        tokens.append(
            loop.at(started + limit) { [weak self] in
                guard let self, !self.isReaped else { return }
                self.isOverLimit = true
                try? self.kill()
            })
    }

    /// It and all its children, by its cgroup, else by its session.
    func kill() throws(HostError) {
        if let cgroup { return try Cgroup.killAll(in: cgroup) }
        try Self.killSession(of: identity)
        try identity.signal(SIGKILL)
    }

    /// Everybody in the session that this living process leads, itself last: as long as it is there the session's number
    /// cannot be another's.
    static func killSession(of leader: ProcessIdentity) throws(HostError) {
        for _ in 0..<100 {
            let members = ProcessTable.pids.filter { $0 != leader.pid && ProcessTable.session(of: $0) == leader.pid }
                .compactMap(ProcessIdentity.of).filter(\.isAlive)
            guard !members.isEmpty, ProcessIdentity.of(leader.pid) == leader else { return }
            for member in members { try member.signal(SIGKILL) }
            usleep(2_000)
        }
    }

    private func drain() {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while pipe >= 0 {
            let count = read(pipe, &buffer, buffer.count)
            if count > 0 {
                output.append(buffer[..<count])
            } else if count == 0 || (errno != EINTR && errno != EAGAIN) {
                if let loop, let first = tokens.first { loop.cancel(first) }
                close(pipe)
                pipe = -1
            } else if errno == EAGAIN {
                return
            }
        }
    }

    private func finish() -> Outcome {
        drain()
        let took = BootTime.now - started
        stopFollowing()
        let end = reap()
        let left = cgroup.map { Cgroup.members(of: $0).compactMap(ProcessIdentity.of).filter(\.isAlive).count } ?? 0
        return Outcome(end: end, isOverLimit: isOverLimit, took: took, output: output, left: left)
    }

    /// Ends it without a word.
    func end() throws(HostError) {
        stopFollowing()
        if cgroup != nil || !isReaped { try kill() }
        reap()
    }

    private func stopFollowing() {
        for token in tokens { loop?.cancel(token) }
        tokens = []
    }

    @discardableResult
    private func reap() -> ProgramEnd? {
        guard !isReaped else { return nil }
        isReaped = true
        return ProgramEnd.reap(identity.pid, pidfd, patience: 1_000)
    }
}

/// What a command says, its beginning and its end if it says too much.
package struct CommandOutput {
    package static let half = 32_768

    package private(set) var head: [UInt8] = []
    private var tail: [UInt8] = []
    /// Bytes in all.
    package private(set) var size = 0

    package init() {}

    package mutating func append(_ bytes: ArraySlice<UInt8>) {
        size += bytes.count
        let first = min(bytes.count, Self.half - head.count)
        head += bytes.prefix(first)
        tail += bytes.dropFirst(first)
        if tail.count > 2 * Self.half { tail.removeFirst(tail.count - Self.half) }
    }

    /// The last bytes, cut at the beginning of a line where there is one.
    package func end(_ count: Int) -> String {
        let kept = tail.count >= count ? tail : head + tail.suffix(Self.half)
        var last = kept.suffix(count)
        if last.count < size, let line = last.firstIndex(of: 10), line < last.endIndex - 1 {
            last = last[(line + 1)...]
        }
        let text = String(decoding: last, as: UTF8.self)
        return String(text.reversed().drop(while: \.isWhitespace).reversed())
    }

    /// All of it, or its two ends with a line that says how much is left out between them.
    package var text: String {
        let end = tail.suffix(Self.half)
        let left = size - head.count - end.count
        let gap = left > 0 ? Array("\n… \(left) bytes left out …\n".utf8) : []
        return String(decoding: head + gap + end, as: UTF8.self)
    }
}
