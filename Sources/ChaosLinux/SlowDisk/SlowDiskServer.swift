import CLinuxShims
import Glibc

/// A directory as a file system of its own, at full speed until somebody says how slow it is to be.
///
/// The slowness belongs to a connection to its control socket: it ends when that closes, whoever died, or when its lease is
/// not renewed. So nothing needs to be taken back, and nobody who hangs keeps a disk slow.
public final class SlowDiskServer {
    private let place: String
    private let control: String
    private let device: Int32
    private let listener: Int32
    private let files: PassThrough
    private let loop: EventLoop
    private var holders: [Int32: Holder] = [:]
    /// Operations that wait for their time, in the order in which they came.
    private var waiting: [UInt64: (request: [UInt8], alarm: EventLoop.Token)] = [:]
    private var nextWaiting: UInt64 = 0
    private var delayed = 0
    private var failed = 0
    private var buffer = [UInt8](repeating: 0, count: PassThrough.largest + 65_536)

    private struct Holder {
        var lines = LineBuffer()
        var order = SlowDiskOrder()
        var watch: EventLoop.Token
        var lease: EventLoop.Token?
    }

    /// Mounts `backing` on the directory `place` (which may be the same) and listens at `control`.
    public init(backing: String, at place: String, control: String) throws(HostError) {
        guard let real = realpath(place, nil) else { throw SystemCall.failure(errno, "looking at \(place)") }
        self.place = String(cString: real)
        free(real)
        self.control = control
        loop = try EventLoop()
        var status = stat()
        try SystemCall.call(stat(place, &status), "looking at \(place)")
        files = try PassThrough(backing: backing)
        device = open("/dev/fuse", O_RDWR | O_NONBLOCK | O_CLOEXEC)
        guard device >= 0 else {
            let error = errno
            throw HostError(
                error == EACCES || error == EPERM ? .privilege : .unsupported,
                "/dev/fuse cannot be opened: \(SystemCall.reason(error))", hint: SlowDiskServer.remedy)
        }
        _ = fuse_open_files()
        umask(0)
        listener = try Self.listen(at: control)
        let result = fuse_attach(place, device, UInt32(S_IFDIR))
        if result < 0 {
            close(listener)
            unlink(control)
            close(device)
            try SystemCall.check(result, "mounting \(backing) on \(place)")
        }
    }

    package static let remedy = "kernel option CONFIG_FUSE_FS, and /dev/fuse"

    /// Serves until a signal asks it to go or the file system is unmounted. Leaves no mount.
    public func run() throws(HostError) -> Int32 {
        signal(SIGPIPE, SIG_IGN)
        let wanted = [SIGTERM, SIGINT, SIGHUP]
        let signals = try SystemCall.check(host_signal_descriptor(wanted, Int32(wanted.count)), "catching signals")
        try loop.watch(signals) { [unowned self] in if host_signal_read(signals) != 0 { loop.stop() } }
        try loop.watch(device) { [unowned self] in serve() }
        try loop.watch(listener) { [unowned self] in accept() }
        loop.run()
        // Whoever waits for us is answered before we go.
        releaseAll()
        _ = fuse_detach(place)
        unlink(control)
        return 0
    }

    // MARK: - Requests of the kernel

    /// A few at a time: a flood of them must not keep a holder from being heard.
    private func serve() {
        for _ in 0..<32 {
            let count = read(device, &buffer, buffer.count)
            if count < 0 {
                // ENOENT: the request was taken back before we read it.
                if errno == EINTR || errno == ENOENT { continue }
                if errno == ENODEV { loop.stop() }
                return
            }
            take(count)
        }
    }

    private func take(_ count: Int) {
        let slow = buffer.withUnsafeBytes { FuseRequest(UnsafeRawBufferPointer(rebasing: $0[..<count]))?.writes }
        let delay = delay
        guard slow == true, delay > 0 else {
            return buffer.withUnsafeBytes { perform(UnsafeRawBufferPointer(rebasing: $0[..<count])) }
        }
        let number = nextWaiting
        nextWaiting += 1
        delayed += 1
        let alarm = loop.at(BootTime.now + delay) { [unowned self] in release(number) }
        waiting[number] = (Array(buffer[..<count]), alarm)
    }

    private func release(_ number: UInt64) {
        guard let held = waiting.removeValue(forKey: number) else { return }
        loop.cancel(held.alarm)
        held.request.withUnsafeBytes { perform($0) }
    }

    private func releaseAll() {
        for number in waiting.keys.sorted() { release(number) }
    }

    private func perform(_ bytes: UnsafeRawBufferPointer) {
        guard let request = FuseRequest(bytes) else { return }
        let answer: FuseAnswer
        if request.operation == FUSE_INIT.rawValue {
            answer = Self.greet(request)
        } else if request.writes, fails {
            failed += 1
            answer = .error(EIO)
        } else {
            answer = files.answer(request)
        }
        var head = fuse_out_header()
        head.unique = request.header.unique
        var body: [UInt8] = []
        switch answer {
        case .none: return
        case .error(let error): head.error = -error
        case .bytes(let bytes): body = bytes
        }
        head.len = UInt32(MemoryLayout<fuse_out_header>.size + body.count)
        // One that was interrupted meanwhile is answered in vain.
        withUnsafeBytes(of: head) { head in
            body.withUnsafeBytes { body in
                var parts = [
                    iovec(iov_base: UnsafeMutableRawPointer(mutating: head.baseAddress), iov_len: head.count),
                    iovec(iov_base: UnsafeMutableRawPointer(mutating: body.baseAddress), iov_len: body.count),
                ]
                while writev(device, &parts, body.isEmpty ? 1 : 2) < 0, errno == EINTR {}
            }
        }
    }

    private static func greet(_ request: FuseRequest) -> FuseAnswer {
        guard let wanted = request.body(fuse_init_in.self), wanted.major == 7, wanted.minor >= 31 else {
            return .error(EPROTO)
        }
        var out = fuse_init_out()
        out.major = 7
        out.minor = 31
        out.max_readahead = wanted.max_readahead
        // Reads at once, truncation with the open, large writes of several pages, directories read by several.
        out.flags = wanted.flags & (1 << 0 | 1 << 3 | 1 << 5 | 1 << 18 | 1 << 22)
        out.max_background = 64
        out.congestion_threshold = 48
        out.max_write = UInt32(PassThrough.largest)
        out.max_pages = UInt16(PassThrough.largest / 4_096)
        out.time_gran = 1
        return .value(out)
    }

    // MARK: - Holders

    private var delay: Int64 { holders.values.reduce(0) { $0 + $1.order.delayNs } }

    private var fails: Bool {
        holders.values.contains { $0.order.errors > 0 && Int64.random(in: 0..<1_000_000) < $0.order.errors }
    }

    private var state: SlowDiskState {
        // Each holder's failures hit what the others leave.
        let whole = holders.values.reduce(1.0) { $0 * (1 - Double($1.order.errors) / 1e6) }
        return SlowDiskState(
            at: place, delayNs: delay, errors: Int64(((1 - whole) * 1e6).rounded()),
            holders: holders.values.count { $0.lease != nil }, waiting: waiting.count, delayed: delayed, failed: failed)
    }

    private func accept() {
        let socket = Glibc.accept(listener, nil, nil)
        guard socket >= 0 else { return }
        _ = fcntl(socket, F_SETFD, FD_CLOEXEC)
        _ = fcntl(socket, F_SETFL, O_NONBLOCK)
        guard let watch = try? loop.watch(socket, { [unowned self] in hear(socket) }) else {
            close(socket)
            return
        }
        holders[socket] = Holder(watch: watch)
    }

    private func hear(_ socket: Int32) {
        var bytes = [UInt8](repeating: 0, count: 4_096)
        let count = recv(socket, &bytes, bytes.count, 0)
        guard count > 0 else {
            if count == 0 || (errno != EAGAIN && errno != EINTR) { drop(socket) }
            return
        }
        guard let lines = holders[socket]?.lines.append(bytes[..<count]) else { return }
        for line in lines { obey(line ?? "", socket) }
    }

    private func obey(_ line: String, _ socket: Int32) {
        guard var holder = holders[socket] else { return }
        let order = SlowDiskLine.read(line, as: SlowDiskOrder.self)
        var problem =
            order == nil
            ? "an order is one JSON object a line, such as {\"delayNs\":1000000,\"leaseNs\":2000000000}" : nil
        if let order {
            problem = order.problem
            if problem == nil, order.leaseNs > 0 {
                if let lease = holder.lease { loop.cancel(lease) }
                holder.order = order
                // A holder that hangs is no holder; one that wakes later finds its connection closed.
                holder.lease = loop.at(BootTime.now + order.leaseNs) { [unowned self] in drop(socket) }
                holders[socket] = holder
                if delay == 0 { releaseAll() }
            }
        }
        var state = state
        state.error = problem
        let answer = SlowDiskLine.of(state)
        if send(socket, answer, answer.count, Int32(MSG_NOSIGNAL)) != answer.count { drop(socket) }
    }

    private func drop(_ socket: Int32) {
        guard let holder = holders.removeValue(forKey: socket) else { return }
        loop.cancel(holder.watch)
        if let lease = holder.lease { loop.cancel(lease) }
        close(socket)
        if delay == 0 { releaseAll() }
    }

    private static func listen(at path: String) throws(HostError) -> Int32 {
        let socket = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue), 0)
        try SystemCall.call(socket, "making a control socket")
        do throws(HostError) {
            if try SlowDiskClient.isServed(path) {
                throw HostError(.busy, "somebody serves \(path) already", hint: "name another control socket")
            }
            var status = stat()
            if lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFSOCK { unlink(path) }
            var address = try SlowDiskClient.address(path)
            let bound = withUnsafePointer(to: &address) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    bind(socket, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
                }
            }
            try SystemCall.call(bound, "making the control socket \(path)")
            chmod(path, 0o600)
            try SystemCall.call(Glibc.listen(socket, 16), "listening at \(path)")
            return socket
        } catch {
            close(socket)
            throw error
        }
    }
}
