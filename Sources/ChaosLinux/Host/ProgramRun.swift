import CLinuxShims
import Glibc

/// A program run without a shell: arguments as they are, bytes for its standard input, output captured up to a limit, and
/// killed when its time is over.
///
/// It reads no input before `wait` or `follow`, so that its identity can be on disk before it has read what to do.
package final class ProgramRun {
    package struct Outcome: Hashable {
        /// Nil if it could not be waited for.
        package var end: ProgramEnd?
        /// Killed by us because its time was over.
        package var isTimedOut = false
        package var output: [UInt8] = []
        var errors: [UInt8] = []
        /// More was said than is kept.
        package var isCut = false
        /// Nanoseconds from its start to its end.
        package var took: Int64 = 0

        /// Its exit code; nil if a signal ended it.
        package var code: Int32? { end?.code }
        package var isSuccess: Bool { end?.isSuccess == true }
        package var outputText: String { String(decoding: output, as: UTF8.self) }

        /// What went wrong in one line: `exit code 2: iptables-restore v1.8.9: …`.
        package var reason: String {
            let said = [errors, output].first { !$0.isEmpty }.map { String(decoding: $0.prefix(600), as: UTF8.self) }
            let line = (said ?? "").split(whereSeparator: \.isNewline).joined(separator: "; ")
            let how =
                isTimedOut
                ? "killed after \(took / 1_000_000) ms"
                : end?.text ?? "does not end"
            return line.isEmpty ? how : "\(how): \(line)"
        }
    }

    /// How many bytes of its output, and as many of its errors, are kept unless told otherwise.
    static let usualCapture = 65_536

    let identity: ProcessIdentity
    /// Readable when it has ended; closed with the object.
    let pidfd: Int32
    private let started: Int64
    private let limit: Int64
    private var input: Input
    private var output: Stream
    private var errors: Stream
    private var outcome = Outcome()
    private var isReaped = false

    fileprivate struct Input {
        var descriptor: Int32
        var bytes: [UInt8]
        var written = 0
        /// Nothing more is to be written.
        var isDone: Bool
    }

    fileprivate struct Stream {
        var descriptor: Int32
        let limit: Int
        var bytes: [UInt8] = []
        var isCut = false
        var isAtEnd = false
    }

    /// Where a program lies: in PATH, then where administrators' programs lie. Nil if nowhere.
    static func find(_ program: String) -> String? {
        if program.contains("/") { return access(program, X_OK) == 0 ? program : nil }
        let path = getenv("PATH").map { String(cString: $0) } ?? ""
        let directories =
            path.split(separator: ":").map(String.init)
            + ["/usr/local/sbin", "/usr/sbin", "/sbin", "/usr/local/bin", "/usr/bin", "/bin"]
        return directories.map { "\($0)/\(program)" }.first { access($0, X_OK) == 0 }
    }

    /// Runs a program to its end. This thread waits, at most `limit` ns.
    package static func run(
        _ arguments: [String], input: [UInt8] = [], limit: Int64, capture: Int = usualCapture
    ) throws(HostError) -> Outcome {
        try ProgramRun(arguments, input: input, limit: limit, capture: capture).wait()
    }

    /// Starts `arguments[0]` (a path, or a name to be found) with the rest; `limit` is in nanoseconds from now.
    ///
    /// With the usual flags it is killed when the executor dies. `environment` is that of `Worker.spawn`.
    package init(
        _ arguments: [String], input: [UInt8] = [], environment: [String]? = nil, limit: Int64,
        capture: Int = usualCapture, flags: Int32 = Int32(HOST_SPAWN_DIE_WITH_PARENT)
    ) throws(HostError) {
        let name = arguments.first ?? ""
        guard let path = Self.find(name) else {
            throw HostError(.missing, "no program `\(name)`", hint: "install it, or name it by its path")
        }
        self.limit = limit
        var descriptors: [Int32] = [-1, -1, -1]
        var ours: [Int32] = [-1, -1, -1]
        do throws(HostError) {
            if !input.isEmpty {
                // A socket, for writing to a program that has gone must not raise SIGPIPE here.
                let kind = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
                var pair: [Int32] = [-1, -1]
                try SystemCall.call(socketpair(AF_UNIX, kind, 0, &pair), "making the input of \(name)")
                (ours[0], descriptors[0]) = (pair[0], pair[1])
            }
            for index in 1...2 {
                (ours[index], descriptors[index]) = try SystemCall.pipe()
                _ = fcntl(ours[index], F_SETFL, O_NONBLOCK)
            }
            var pidfd: Int32 = -1
            started = BootTime.now
            let pid = try Worker.spawn(
                path, arguments, environment: environment, descriptors: descriptors, flags: flags, pidfd: &pidfd)
            self.pidfd = pidfd
            // Not yet waited for, so /proc shows it even if it has ended.
            guard let identity = ProcessIdentity.of(pid) else {
                preconditionFailure("/proc does not show a child of this process")
            }
            self.identity = identity
        } catch {
            for descriptor in ours + descriptors where descriptor >= 0 { close(descriptor) }
            throw error
        }
        for descriptor in descriptors where descriptor >= 0 { close(descriptor) }
        self.input = Input(descriptor: ours[0], bytes: input, isDone: input.isEmpty)
        output = Stream(descriptor: ours[1], limit: capture)
        errors = Stream(descriptor: ours[2], limit: capture)
    }

    deinit {
        if !isReaped {
            kill()
            reap(patience: 1_000)
        }
        for descriptor in [input.descriptor, output.descriptor, errors.descriptor, pidfd] where descriptor >= 0 {
            close(descriptor)
        }
    }

    /// By its descriptor, so that nobody else can be hit.
    func kill() { _ = host_pidfd_send_signal(pidfd, SIGKILL) }

    /// Feeds it, reads it and waits for its end.
    func wait() -> Outcome {
        while true {
            var waits = [pollfd(fd: pidfd, events: Int16(POLLIN), revents: 0)]
            for stream in [output, errors] where !stream.isAtEnd {
                waits.append(pollfd(fd: stream.descriptor, events: Int16(POLLIN), revents: 0))
            }
            if !input.isDone { waits.append(pollfd(fd: input.descriptor, events: Int16(POLLOUT), revents: 0)) }
            let left = started + limit - BootTime.now
            guard left > 0 else { return finish(isTimedOut: true) }
            _ = poll(&waits, nfds_t(waits.count), Int32(clamping: left / 1_000_000 + 1))
            input.feed()
            output.drain()
            errors.drain()
            if waits[0].revents != 0 { return finish(isTimedOut: false) }
        }
    }

    /// As `wait`, but from the event loop, which goes on. `then` is called once; the loop holds the run until then.
    package func follow(on loop: EventLoop, then: @escaping (Outcome) -> Void) throws(HostError) {
        var tokens: [EventLoop.Token] = []
        let end = { (isTimedOut: Bool) in
            for token in tokens { loop.cancel(token) }
            tokens = []
            guard !self.isReaped else { return }
            then(self.finish(isTimedOut: isTimedOut))
        }
        /// Watches until `isDone`, for what is at its end is always ready.
        func attend(
            _ descriptor: Int32, _ events: UInt32, _ call: @escaping () -> Bool
        ) throws(HostError) {
            var token: EventLoop.Token?
            token = try loop.watch(descriptor, events: events) {
                if call(), let token { loop.cancel(token) }
            }
            if let token { tokens.append(token) }
        }
        try attend(output.descriptor, EPOLLIN.rawValue) {
            self.output.drain()
            return self.output.isAtEnd
        }
        try attend(errors.descriptor, EPOLLIN.rawValue) {
            self.errors.drain()
            return self.errors.isAtEnd
        }
        if !input.isDone {
            try attend(input.descriptor, EPOLLOUT.rawValue) {
                self.input.feed()
                return self.input.isDone
            }
        }
        tokens.append(try loop.watch(pidfd) { end(false) })
        tokens.append(loop.at(started + limit) { end(true) })
    }

    private func finish(isTimedOut: Bool) -> Outcome {
        if isTimedOut { kill() }
        reap(patience: 1_000)
        // What it said last; a child of its own may hold the pipes open for ever, and is not waited for.
        output.drain()
        errors.drain()
        (outcome.output, outcome.errors) = (output.bytes, errors.bytes)
        outcome.isCut = output.isCut || errors.isCut
        outcome.isTimedOut = isTimedOut
        outcome.took = BootTime.now - started
        return outcome
    }

    private func reap(patience: Int32) {
        guard !isReaped else { return }
        isReaped = true
        outcome.end = ProgramEnd.reap(identity.pid, pidfd, patience: patience)
    }
}

extension ProgramRun.Input {
    /// Writes what fits now, and the end after the last byte.
    fileprivate mutating func feed() {
        while !isDone {
            let count = bytes.withUnsafeBytes {
                send(
                    descriptor, $0.baseAddress! + written, bytes.count - written, Int32(MSG_NOSIGNAL | MSG_DONTWAIT))
            }
            if count < 0 && errno == EINTR { continue }
            if count < 0 && errno == EAGAIN { return }
            written += max(count, 0)
            // Or it no longer reads.
            if written == bytes.count || count < 0 {
                isDone = true
                shutdown(descriptor, Int32(SHUT_WR))
            }
        }
    }
}

extension ProgramRun.Stream {
    /// Reads what is there, and keeps it up to the limit. No more than a full pipe at once: who never stops talking must
    /// not keep us from looking at the time.
    fileprivate mutating func drain() {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        for _ in 0..<16 where !isAtEnd {
            let count = read(descriptor, &buffer, buffer.count)
            if count < 0 && errno == EINTR { continue }
            if count < 0 && errno == EAGAIN { return }
            if count <= 0 {
                isAtEnd = true
                return
            }
            let kept = min(count, limit - bytes.count)
            bytes += buffer[..<kept]
            if kept < count { isCut = true }
        }
    }
}
