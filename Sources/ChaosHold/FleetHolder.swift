import CLinuxShims
import ChaosFleet
import ChaosLinux
import Glibc

/// The holder itself: outside of the namespaces, it answers for the fleet and ends it.
final class FleetHolder {
    private let spec: LaunchSpec
    private let isDetached: Bool
    private let loop: EventLoop
    private let listener: Int32
    /// The namespaces' first process.
    private let initial: Int32
    private var inside: LineChannel?
    private var clients: [Int: LineChannel] = [:]
    /// Requests that the first process has not answered yet, by number.
    private var asked: [Int: (client: Int, op: HoldRequest.Operation)] = [:]
    private var nextNumber = 1
    private var lifeline: EventLoop.Token?
    private var isListening = true
    private var isReady = false
    private var hasEnded = false
    private var failure: HostError?
    private var ready: (FleetStatus) -> Void = { _ in }
    private static let endPatience: Int64 = 5_000_000_000

    /// Forks the first process, which begins at once. The end of `lifeline` (or, detached, that nobody reads it any more before
    /// the fleet is ready) ends everything.
    init(
        _ spec: LaunchSpec, _ programs: Programs, _ readyLimit: Int64, isDetached: Bool, watching lifeline: Int32
    ) throws(HostError) {
        precondition(SmallFile.names(in: "/proc/self/task").count == 1, "the holder forks: it must have one thread")
        self.spec = spec
        self.isDetached = isDetached
        let signals = try SystemCall.check(
            host_signal_descriptor([SIGTERM, SIGINT, SIGHUP, SIGCHLD], 4), "taking signals")
        listener = try Self.listen(spec.fleet)
        var pair: [Int32] = [-1, -1]
        try SystemCall.check(host_socket_pair(&pair), "making the holder's socket")
        let order = InitialOrder(
            spec: spec, programs: programs, readyLimit: readyLimit, user: geteuid(), group: getegid(),
            control: pair[1], isDetached: isDetached)
        let pid = host_fork_initial()
        if pid == 0 { InitialProcess.live(order) }
        guard pid > 0 else { throw UserNamespaces.failure(-pid, "making a namespace for the fleet") }
        initial = pid
        close(pair[1])
        loop = try EventLoop()
        inside = try LineChannel(
            pair[0], on: loop, heard: { [unowned self] in answered($0) }, ended: { [unowned self] in died() })
        try loop.watch(listener) { [unowned self] in accept() }
        try loop.watch(signals) { [unowned self] in signalled(signals) }
        self.lifeline =
            isDetached
            ? try loop.watch(lifeline, events: 0) { [unowned self] in abandoned() }
            : try loop.watch(lifeline) { [unowned self] in readLifeline(lifeline) }
    }

    private static func listen(_ fleet: String) throws(HostError) -> Int32 {
        let descriptor = host_listen_abstract(FleetControl.socketName(of: fleet, user: geteuid()))
        guard descriptor != -EADDRINUSE else {
            throw HostError(
                .busy, "the fleet `\(fleet)` is up already", hint: "end it first, or give this one another name")
        }
        return try SystemCall.check(descriptor, "listening for the fleet's name")
    }

    /// Until the fleet has ended. `ready` is called once, if it comes up.
    func run(_ ready: @escaping (FleetStatus) -> Void) throws(HostError) {
        self.ready = ready
        loop.run()
        if let failure { throw failure }
    }

    // MARK: - Ending

    /// The kernel ends all that lives in the namespaces before it lets us reap their first process.
    private func end(_ failure: HostError? = nil) {
        guard !hasEnded else { return }
        hasEnded = true
        self.failure = failure
        kill(initial, SIGKILL)
        // It waits for whoever `enter` started, who is reaped outside; if that one is stopped, we do not wait for ever: nothing
        // runs inside any more.
        let limit = BootTime.now + Self.endPatience
        while waitpid(initial, nil, WNOHANG) == 0 && BootTime.now < limit { usleep(500) }
        inside?.close()
        // The name is free before anybody hears that all is gone.
        stopListening()
        for (_, request) in asked.sorted(by: { $0.key < $1.key }) {
            clients[request.client]?.send(
                request.op == .down
                    ? HoldReply().line : HoldReply(failure: HostError(.failed, "the fleet has ended")).line)
        }
        loop.stop()
    }

    private func stopListening() {
        if isListening { close(listener) }
        isListening = false
    }

    private func died() {
        end(HostError(.failed, "the fleet `\(spec.fleet)` is gone: its first process was ended from outside"))
    }

    private func abandoned() {
        let failure = HostError(.failed, "the caller went away before the fleet was ready: all of it was ended again")
        end(isReady ? nil : failure)
    }

    private func readLifeline(_ descriptor: Int32) {
        var buffer = [UInt8](repeating: 0, count: 4096)
        let count = read(descriptor, &buffer, buffer.count)
        if count > 0 || (count < 0 && (errno == EAGAIN || errno == EINTR)) { return }
        abandoned()
    }

    private func signalled(_ descriptor: Int32) {
        while true {
            let signal = host_signal_read(descriptor)
            if signal == 0 { return }
            guard signal == SIGCHLD else { return abandoned() }
            guard hasDied else { continue }
            // Our only child. What it said last is the reason, and may still be to be read.
            loop.at(BootTime.now + 100_000_000) { [unowned self] in died() }
        }
    }

    /// Without reaping it.
    private var hasDied: Bool {
        var info = siginfo_t()
        return waitid(P_PID, id_t(initial), &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_signo == SIGCHLD
    }

    // MARK: - The first process

    private func answered(_ line: String) {
        guard let reply = HoldReply.read(line) else {
            return end(HostError(.failed, "the fleet's first process says `\(line)`"))
        }
        guard let id = reply.id else {
            // Unasked: the fleet is ready, or never will be.
            if let failure = reply.failure { return end(failure) }
            guard let status = reply.status else { return }
            isReady = true
            if isDetached, let lifeline {
                loop.cancel(lifeline)
                self.lifeline = nil
            }
            return ready(complete(status))
        }
        guard let request = asked.removeValue(forKey: id), let client = clients[request.client] else { return }
        if let status = reply.status { return client.send(complete(status).json + "\n") }
        var answer = reply
        answer.id = nil
        client.send(answer.line)
    }

    /// With what only the outside knows.
    private func complete(_ status: FleetStatus) -> FleetStatus {
        var status = status
        status.holder = getpid()
        status.initial = initial
        let numbers = OuterPids.children(of: initial)
        for index in status.processes.indices {
            status.processes[index].outerPid = status.processes[index].pid.flatMap { numbers[$0] }
        }
        return status
    }

    // MARK: - Clients

    private func accept() {
        while true {
            let descriptor = host_accept(listener)
            guard descriptor >= 0 else { return }
            let user = host_peer_user(descriptor)
            guard user == Int64(geteuid()) || user == 0 else {
                close(descriptor)
                continue
            }
            let number = nextNumber
            nextNumber += 1
            clients[number] = try? LineChannel(
                descriptor, on: loop, heard: { [unowned self] in heard($0, from: number) },
                ended: { [unowned self] in clients[number] = nil })
            if clients[number] == nil { close(descriptor) }
        }
    }

    private func heard(_ line: String, from client: Int) {
        guard var request: HoldRequest = HoldJSON.read(line) else {
            let failure = HostError(
                .malformed, "not a request: `\(line.prefix(80))`",
                hint: "as in {\"op\":\"status\"}; there are status, down, stop and start")
            clients[client]?.send(HoldReply(failure: failure).line)
            return
        }
        let id = nextNumber
        nextNumber += 1
        asked[id] = (client, request.op)
        if request.op == .down {
            return end(isReady ? nil : HostError(.failed, "the fleet was ended before it was ready"))
        }
        request.id = id
        inside?.send(request.line)
    }
}
