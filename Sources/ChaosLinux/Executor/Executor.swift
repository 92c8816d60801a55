import CLinuxShims
import ChaosPlan
import Glibc

/// The executor on a host: reads requests from its standard input, holds faults by lease, reverts them all when the input
/// ends, the lease runs out, the guardian is lost or a signal asks it to go.
public final class Executor {
    private struct Held {
        var mechanism: any HostMechanism
        var kind: FaultKind
        var parameters: Value
        var probes: [ProbeTarget]
        var before: [ProbeResult]
    }

    /// How long past a lease the guardian waits for the executor to revert by itself (ns).
    static let grace: Int64 = 200_000_000

    private let directories: StateDirectories
    private let loop: EventLoop
    private let prober: Prober
    private var input = LineBuffer()
    private var session: Session?
    private var held: [(id: String, fault: Held)] = []
    private var leaseAlarm: EventLoop.Token?
    /// Set once nothing may be injected any more: why.
    private var closed: String?
    /// What could not be taken back, held on to for another try. Its record stays until one succeeds.
    private var unclean: [(id: String, fault: Held)] = []
    private var retrying: EventLoop.Token?
    private var isGuardianLost = false
    private var inputWatch: EventLoop.Token?
    private var notReverted: Bool { !unclean.isEmpty }

    private struct Session {
        var run: String
        var lease: Int64
        var context: HostContext
        var log: UndoLog
        var lock: RunLock
        var guardian: GuardianLink
    }

    public init(directories: StateDirectories) throws(HostError) {
        self.directories = directories
        loop = try EventLoop()
        prober = Prober(loop: loop)
    }

    /// Serves until the input ends. Returns the exit code: 0, or 3 if something could not be reverted.
    public func run() throws(HostError) -> Int32 {
        signal(SIGPIPE, SIG_IGN)
        let wanted = [SIGTERM, SIGINT, SIGHUP]
        let signals = try SystemCall.check(host_signal_descriptor(wanted, Int32(wanted.count)), "catching signals")
        try loop.watch(signals) { [unowned self] in
            if host_signal_read(signals) != 0 { end("a signal asked for it") }
        }
        try readInput()
        loop.run()
        if let session, !notReverted {
            // Nothing is owed: the host is free when we are gone, not when the guardian has noticed.
            session.guardian.dismiss()
            session.log.finish()
        }
        return notReverted ? 3 : 0
    }

    private func readInput() throws(HostError) {
        do {
            inputWatch = try loop.watch(0) { [unowned self] in readOnce() }
        } catch {
            // A regular file cannot be waited for: it is always ready.
            loop.at(BootTime.now) { [unowned self] in while readOnce() {} }
        }
    }

    /// False at the input's end, or when nothing was there.
    ///
    /// Only what is ready is read, and so nothing is made non-blocking: the standard output, or a terminal, may be the same
    /// open file. Once per wake-up, so that a flood of requests holds no alarm up.
    @discardableResult
    private func readOnce() -> Bool {
        guard !isPastLease() else { return false }
        var buffer = [UInt8](repeating: 0, count: 65_536)
        let count = read(0, &buffer, buffer.count)
        guard count > 0 else {
            if count == 0 {
                end("the input ended")
            } else if errno != EAGAIN && errno != EINTR {
                end("the input failed: \(SystemCall.reason(errno))")
            }
            return count < 0 && errno == EINTR
        }
        for line in input.append(buffer[..<count]) {
            if let line { handle(line) } else { say(.failure(nil, Self.tooLong)) }
        }
        return true
    }

    private static let tooLong = HostError(
        .malformed, "a request of more than \(LineBuffer.limit) bytes", hint: "split it")

    // MARK: - Requests

    private func handle(_ line: String) {
        guard !line.allSatisfy(\.isWhitespace), !isPastLease() else { return }
        let commanded = BootTime.now
        let request: HostRequest
        do {
            request = try HostRequest.read(line)
        } catch {
            return say(.failure(HostRequest.id(in: line), error))
        }
        do throws(HostError) {
            switch request {
            case .hello(let id, let hello): try greet(id, hello)
            case .inject(let id, let fault, let probes): try inject(id, fault, probes, commanded: commanded)
            case .revert(let id, let fault): try revert(id, fault, commanded: commanded)
            case .renew(let id): try renew(id)
            case .status(let id): status(id)
            case .probe(let id, let targets):
                prober.measure(targets, patience: 1_000_000_000, linger: 20_000_000) { [unowned self] results in
                    var reply = HostReply(re: id, ok: true)
                    reply.probes = results
                    say(reply)
                }
            case .load(let id, let path):
                guard let load = MachineLoad(disk: path) else {
                    throw HostError(.unsupported, "/proc does not say how busy this host is", hint: "is it mounted?")
                }
                var reply = HostReply(re: id, ok: true)
                reply.load = load
                say(reply)
            case .halt(let id):
                end("the runner asked for it")
                var reply = HostReply(re: id, ok: !notReverted)
                reply.clean = !notReverted
                say(reply)
            }
        } catch {
            say(.failure(request.id, error))
        }
    }

    private func greet(_ id: Int, _ hello: HostRequest.Hello) throws(HostError) {
        guard session == nil else {
            throw HostError(.busy, "this executor serves run `\(session?.run ?? "")` already", hint: "say hello once")
        }
        let lock = try RunLock.acquire(run: hello.run, in: directories)
        // What a run of this name left behind must be paid before its records are mixed with new ones.
        let (debts, unreadable) = UndoLog.records(in: directories, session: nil)
        let left = debts.first { $0.header.run == hello.run && !$0.header.executor.isAlive }
        if let first = left?.path ?? unreadable.first {
            throw HostError(.busy, "run `\(hello.run)` left a debt: \(first)", hint: "pay it: gauntlet recover")
        }
        let log = try UndoLog(directories: directories, run: hello.run)
        SelfCare.apply()
        let guardian: GuardianLink
        do throws(HostError) {
            guardian = try GuardianLink.start(
                session: log.session, directories: directories, lock: lock, loop: loop
            ) { [unowned self] reason in guardianLost(reason) }
        } catch {
            log.finish()
            throw error
        }
        try UndoLog.note(guardian: guardian.identity, of: log.session, in: directories)
        let context = HostContext(
            run: hello.run, directories: directories, protection: Protection(others: [guardian.identity]),
            control: hello.control + ControlFlow.inherited, deadline: BootTime.now + hello.lease)
        session = Session(
            run: hello.run, lease: hello.lease, context: context, log: log, lock: lock, guardian: guardian)
        var reply = HostReply(re: id, ok: true)
        reply.version = HostRequest.version
        reply.pid = getpid()
        reply.bootId = Boot.id
        reply.leaseNs = hello.lease
        (reply.host, reply.kernel) = HostFacts.names
        reply.capabilities = Dictionary(
            uniqueKeysWithValues: FaultKind.allCases.map { kind in
                (kind.rawValue, FaultCatalogue.capabilities(of: kind).filter(\.isPresent).map(\.mechanism))
            })
        say(reply)
    }

    private func open() throws(HostError) -> Session {
        guard let session else {
            throw HostError(
                .malformed, "no `hello` yet", hint: #"begin with {"op":"hello","id":1,"version":1,"run":"NAME"}"#)
        }
        if let closed { throw HostError(.busy, "this executor injects no more: \(closed)", hint: "start another") }
        return session
    }

    private func inject(_ id: Int, _ fault: Value, _ probes: [ProbeTarget], commanded: Int64) throws(HostError) {
        let session = try open()
        let name = fault.text("id")
        try checkIsNew(name)
        guard let kind = FaultKind(rawValue: fault.text("kind")) else {
            preconditionFailure("the shape admits no other")
        }
        let mechanism = try FaultCatalogue.mechanism(
            for: FaultRequest(
                id: name, kind: kind, mechanism: fault["mechanism"]?.text, parameters: fault, host: session.context))
        guard !probes.isEmpty else {
            return put(
                id, name, Held(mechanism: mechanism, kind: kind, parameters: fault, probes: [], before: []), commanded)
        }
        prober.measure(probes, patience: 200_000_000) { [unowned self] before in
            put(
                id, name, Held(mechanism: mechanism, kind: kind, parameters: fault, probes: probes, before: before),
                commanded)
        }
    }

    private func checkIsNew(_ name: String) throws(HostError) {
        guard held.contains(where: { $0.id == name }) || unclean.contains(where: { $0.id == name }) else { return }
        throw HostError(.busy, "fault `\(name)` is in force already", hint: "revert it first, or choose another id")
    }

    /// Puts a checked fault in force and answers; then lets the probes judge.
    private func put(_ id: Int, _ name: String, _ fault: Held, _ commanded: Int64) {
        let mechanism = fault.mechanism
        let session: Session
        do {
            session = try open()
            // Another of its name may have come while this one was being probed.
            try checkIsNew(name)
            // From here on a lease runs; the guardian knows it before anything is changed.
            try extendLease(session)
        } catch {
            return say(.failure(id, error))
        }
        held.append((name, fault))
        do {
            try mechanism.inject(undo: UndoRecorder(log: session.log, fault: name, kind: fault.kind))
            let evidence = try mechanism.readBack()
            Checkpoint.reach(.inForce)
            var reply = HostReply(re: id, ok: true)
            reply.fault = name
            reply.mechanism = mechanism.name
            reply.evidence = evidence.text
            reply.targets = evidence.targets.isEmpty ? nil : evidence.targets
            reply.effective = evidence.isEffective
            reply.commandedNs = commanded
            reply.effectiveNs = BootTime.now
            say(reply)
        } catch {
            let failure = takeBack(name)
            var said = error
            if let failure { said.message += "; and what was done could not be taken back: \(failure.text)" }
            return say(.failure(id, said))
        }
        mechanism.watch(on: loop) { [unowned self] event in follow(event, name) }
        if !fault.probes.isEmpty { prove(name, fault) }
    }

    private func prove(_ name: String, _ fault: Held) {
        let patience = ProofOfEffect.patience(kind: fault.kind, parameters: fault.parameters, probes: fault.probes)
        prober.measure(fault.probes, patience: patience, linger: 20_000_000) { [unowned self] after in
            guard held.contains(where: { $0.id == name }) else { return }
            let finding = ProofOfEffect.judge(
                kind: fault.kind, parameters: fault.parameters, before: fault.before, after: after)
            var event = HostReply(event: "proof")
            event.fault = name
            event.proven = finding.isProven
            event.evidence = finding.text
            event.probes = after
            say(event)
        }
    }

    private func follow(_ event: HostEvent, _ name: String) {
        guard !isPastLease() else { return }
        var said: HostReply
        switch event {
        case .ended(let text):
            said = HostReply(event: "ended")
            said.evidence = text
        case .noted(let text):
            said = HostReply(event: "noted")
            said.evidence = text
        }
        said.fault = name
        say(said)
    }

    private func revert(_ id: Int, _ name: String, commanded: Int64) throws(HostError) {
        guard held.contains(where: { $0.id == name }) else {
            let ids = held.map(\.id)
            throw HostError(
                .unknown, "no fault `\(name)` is in force",
                hint: ids.isEmpty ? "none is" : NearestWord.hint(name, among: ids))
        }
        if let failure = takeBack(name) { throw failure }
        var reply = HostReply(re: id, ok: true)
        reply.fault = name
        reply.clean = true
        reply.commandedNs = commanded
        reply.effectiveNs = BootTime.now
        say(reply)
    }

    private func renew(_ id: Int) throws(HostError) {
        let session = try open()
        try extendLease(session)
        var reply = HostReply(re: id, ok: true)
        reply.leaseNs = session.lease
        say(reply)
    }

    private func status(_ id: Int) {
        var reply = HostReply(re: id, ok: true)
        reply.held = held.map { name, fault in
            let evidence: Evidence
            do throws(HostError) {
                evidence = try fault.mechanism.readBack()
            } catch {
                evidence = Evidence(error.text, isEffective: false)
            }
            return .init(
                fault: name, kind: fault.kind.rawValue, mechanism: fault.mechanism.name, evidence: evidence.text,
                effective: evidence.isEffective)
        }
        // Nothing that is not taken back goes unsaid.
        reply.held? += unclean.map { name, fault in
            .init(
                fault: name, kind: fault.kind.rawValue, mechanism: fault.mechanism.name,
                evidence: "not taken back yet; its record stays", effective: true)
        }
        say(reply)
    }

    // MARK: - Taking back

    /// Reverts one fault, pays its record and proves it clean. What is left, if anything, stays on record.
    private func takeBack(_ name: String) -> HostError? {
        guard let session, let index = held.firstIndex(where: { $0.id == name }) else { return nil }
        let fault = held[index].fault
        // Still held: a mechanism that is let go of may close what the kernel ties the fault to.
        if Undo.isDisabledForTest { return nil }
        let problems = problems(takingBack: name, fault, session)
        held.remove(at: index)
        if held.isEmpty { endLease(session) }
        guard problems.isEmpty else {
            unclean.append((name, fault))
            if isGuardianLost { retryLater() }
            return Self.failure(name, problems)
        }
        session.log.settle(fault: name)
        return nil
    }

    private static func failure(_ name: String, _ problems: [String]) -> HostError {
        HostError(
            .failed, "fault `\(name)` is not clean: \(problems.joined(separator: "; "))",
            hint: "run `gauntlet recover`")
    }

    /// Takes it back once; what is wrong after that.
    private func problems(takingBack name: String, _ fault: Held, _ session: Session) -> [String] {
        var problems: [String] = []
        do { try fault.mechanism.revert() } catch { problems.append(error.text) }
        Checkpoint.reach(.midRevert)
        problems += Undo.pay(session: session.log.session, fault: name, in: directories)
        do {
            problems += try fault.mechanism.residue()
        } catch {
            problems.append("cannot prove it clean: \(error.text)")
        }
        return problems
    }

    /// Without a guardian nobody else is left to try again.
    private func retryLater() {
        guard retrying == nil else { return }
        retrying = loop.at(BootTime.now + Self.retryInterval) { [unowned self] in
            retrying = nil
            retry()
            if notReverted { retryLater() } else if isEnding { loop.stop() }
        }
    }

    private func retry() {
        guard let session else { return }
        for (name, fault) in unclean where problems(takingBack: name, fault, session).isEmpty {
            unclean.removeAll { $0.id == name }
            session.log.settle(fault: name)
            var said = HostReply(event: "guardian-lost", ok: true)
            said.fault = name
            said.clean = true
            say(said)
        }
    }

    /// Between two tries of taking back what did not go (ns).
    private static let retryInterval: Int64 = 200_000_000
    /// How long it goes on trying when its input has ended (ns), as long as a guardian would.
    private static let retryPatience: Int64 = 5_000_000_000
    /// It was asked to go, and stays only to take back what is left.
    private var isEnding = false

    /// In reverse order of injection; what may take long last, for nothing else may wait for it.
    private func takeBackAll(event: String?) {
        let order = held.reversed()
        for (name, _) in [0, 1, 2].flatMap({ rank in order.filter { $0.fault.kind.slowness == rank } }) {
            let failure = takeBack(name)
            guard let event else { continue }
            var said = HostReply(event: event, ok: failure == nil)
            said.fault = name
            said.clean = failure == nil
            if let failure {
                said.error = .init(code: failure.code.rawValue, message: failure.message, hint: failure.hint)
            }
            say(said)
        }
    }

    private func end(_ reason: String) {
        guard !isPastLease() else { return }
        closed = reason
        takeBackAll(event: nil)
        // A guardian tries again when we are gone.
        let isGuarded = !isGuardianLost && session?.guardian.identity.isAlive == true
        guard notReverted, !isGuarded else { return loop.stop() }
        guard !isEnding else { return }
        isEnding = true
        // Its end would wake us for ever.
        if let inputWatch { loop.cancel(inputWatch) }
        retryLater()
        loop.at(BootTime.now + Self.retryPatience) { [unowned self] in loop.stop() }
    }

    // MARK: - Lease and guardian

    /// Throws if it finds the guardian gone: then all has been taken back, and nothing may be put in force.
    private func extendLease(_ session: Session) throws(HostError) {
        session.context.deadline = BootTime.now + session.lease
        session.guardian.hold(until: session.context.deadline, patience: min(session.lease / 2, 500_000_000))
        _ = try open()
        if let leaseAlarm { loop.cancel(leaseAlarm) }
        leaseAlarm = loop.at(session.context.deadline) { [unowned self] in leaseRanOut() }
        // What the kernel holds by a timeout of its own must not end before the lease does.
        for (_, fault) in held { try fault.mechanism.extend(until: session.context.deadline) }
    }

    private func endLease(_ session: Session) {
        session.guardian.release()
        if let leaseAlarm { loop.cancel(leaseAlarm) }
        leaseAlarm = nil
    }

    private func leaseRanOut() {
        guard !isPastLease() else { return }
        closed = "its lease ran out"
        takeBackAll(event: "expired")
        // The guardian tries again when we are gone.
        if notReverted { loop.stop() }
    }

    private func guardianLost(_ reason: String) {
        guard !isPastLease() else { return }
        closed = "its guardian was lost (\(reason))"
        isGuardianLost = true
        takeBackAll(event: "guardian-lost")
        if notReverted { retryLater() }
    }

    /// Whoever wakes past its lease and grace changes nothing: the guardian has taken over. Ends the process, unless the
    /// guardian is gone too or stopped, when nobody else is left to pay; one that wakes later pays what is left then.
    private func isPastLease() -> Bool {
        guard let session, !held.isEmpty, BootTime.now > session.context.deadline + Self.grace else { return false }
        if let guardian = session.guardian.identity.status, !"Tt".contains(guardian.state) { _exit(4) }
        return false
    }

    private func say(_ reply: HostReply) {
        // A runner that no longer listens is noticed by the end of the input.
        try? SmallFile.writeAll(reply.line, to: 1, named: "the standard output")
    }
}

extension FaultKind {
    /// How long taking it back may take: 0 if the kernel does it, 1 if programs are started after that, 2 if it is all a
    /// matter of programs.
    fileprivate var slowness: Int {
        switch self {
        case .pause, .partition, .latency, .loss, .corrupt, .duplicate, .reorder, .bandwidth, .diskFill, .diskSlow,
            .cpu, .memory,
            .clock:
            0
        case .hostDown: 1
        case .kill, .restart, .rollingRestart, .credential, .procedure: 2
        }
    }
}
