import CLinuxShims
import ChaosPlan
import Glibc

/// Delay, reordering, duplication and corruption of packets by a process of ours at a netfilter queue: for kernels without
/// netem, and for corruption that the application shall see.
enum DelayEngine {
    static let mechanism = "nfqueue"

    /// Checks everything that can be checked; changes nothing.
    static func make(
        _ request: FaultRequest, match: TrafficMatch, treatment: QueueTreatment
    ) throws(HostError) -> any HostMechanism {
        try treatment.check()
        if let missing { throw missing }
        let number = try QueueNumbers.takeFree()
        let rules = try NftFault(
            request, match, .queue(number, isNative: NftSupport.current.hasQueue))
        return QueueFault(rules: rules, number: number, treatment: treatment, match: match, host: request.host)
    }

    static var capability: Capability {
        Capability(mechanism, missing: missing?.message, remedy: missing?.hint ?? "")
    }

    private static let missing: HostError? = {
        let support = NftSupport.current
        if let missing = support.missing { return missing }
        guard support.hasQueue || support.hasXtQueue else {
            return HostError(
                .unsupported, "this kernel's nftables cannot queue packets",
                hint: "a kernel with CONFIG_NFT_QUEUE, or CONFIG_NFT_COMPAT and CONFIG_NETFILTER_XT_TARGET_NFQUEUE")
        }
        do throws(HostError) {
            let socket = try NetlinkSocket(.netfilter)
            defer { socket.close() }
            do throws(NetlinkAnswer) {
                try socket.perform(QueueMessage.command(.probe, queue: 0))
            } catch {
                return NftSocket.failure(error, "asking for netfilter queues")
            }
            return nil
        } catch {
            return HostError(
                error.code, "this kernel has no netfilter queues: \(error.message)",
                hint: "a kernel with CONFIG_NETFILTER_NETLINK_QUEUE")
        }
    }()
}

/// Rules that queue the packets of a match, and the engine at the other end of the queue.
///
/// Dead engine: packets pass (`bypass`). Hung engine: seen at the next renewal and killed; if the executor hangs too, the
/// lease on the match runs out. Packets that it holds are released by a revert, and dropped by the kernel if it is killed.
final class QueueFault: HostMechanism {
    let name = DelayEngine.mechanism

    /// How long an engine may take to answer, in ms. It runs before all that is not real-time.
    private static let patience: Int32 = 500

    private let rules: NftFault
    private let number: UInt16
    private let treatment: QueueTreatment
    private let match: TrafficMatch
    private let host: HostContext

    private var engine: EngineProcess?
    private var portid: UInt32 = 0
    private var isRealTime = false
    private var counts = QueueCounts()
    /// Why it is over, if it is.
    private var ended: String?

    private var loop: EventLoop?
    private var report: ((HostEvent) -> Void)?
    private var tokens: [EventLoop.Token] = []
    /// Rings when a ping was not answered.
    private var alarm: EventLoop.Token?

    init(rules: NftFault, number: UInt16, treatment: QueueTreatment, match: TrafficMatch, host: HostContext) {
        self.rules = rules
        self.number = number
        self.treatment = treatment
        self.match = match
        self.host = host
    }

    func inject(undo: UndoRecorder) throws(HostError) {
        let engine = try EngineProcess(queue: number, treatment: treatment)
        self.engine = engine
        try undo.record(.worker(engine.worker.identity))
        (portid, isRealTime) = try engine.go()
        undo.reach(.midInjection)
        // Only now: a rule without a listener would let packets pass untreated.
        try rules.inject(undo: undo)
    }

    func readBack() throws(HostError) -> Evidence {
        if let ended { throw HostError(.failed, ended) }
        guard let entry = QueueNumbers.bound.first(where: { $0.number == number }), entry.portid == portid else {
            throw HostError(.failed, "nobody of ours listens at netfilter queue \(number)")
        }
        var evidence = try rules.readBack()
        evidence.text += "; queue \(number): \(treatment.text)"
        engine?.say("ping")
        if case .counts(let now) = engine?.answer(within: Self.patience) {
            counts = now
            evidence.text += "; \(counts.text)"
        } else {
            evidence.isEffective = false
            evidence.text += "; the engine does not answer"
        }
        if entry.waiting >= Int(QueueWorker.length) {
            evidence.text += ", the queue is full: later packets pass at once"
        }
        if entry.dropped > 0 { evidence.text += ", \(entry.dropped) dropped by the kernel" }
        if !isRealTime { evidence.text += "; not real-time: a busy host delays longer" }
        if match.place == .end, match.direction != .in {
            evidence.text +=
                "; what this host sends counts against its sockets' buffers while it is held (UDP: some 130 packets per "
                + "socket), so queue at the receiver where that matters"
        }
        if treatment.duplicate.partsPerMillion > 0, match.place == .end, match.direction != .out {
            evidence.text += "; copies of arriving packets come by the loopback interface"
        }
        return evidence
    }

    func watch(on loop: EventLoop, report: @escaping (HostEvent) -> Void) {
        guard let engine else { return }
        self.loop = loop
        self.report = report
        do {
            tokens.append(try loop.watch(engine.worker.pidfd) { [unowned self] in over("the delay engine ended") })
            tokens.append(try loop.watch(engine.line) { [unowned self] in hear() })
        } catch {
            report(.noted("the delay engine cannot be watched: \(error.text)"))
        }
    }

    func extend(until deadline: Int64) throws(HostError) {
        guard ended == nil, let engine else { return }
        try rules.extend(until: deadline)
        guard alarm == nil, let loop else { return }
        engine.say("ping")
        alarm = loop.at(BootTime.now + Int64(Self.patience) * 1_000_000) { [unowned self] in
            // If it was this executor that was late, the answer is there.
            hear()
            guard alarm != nil else { return }
            alarm = nil
            over("the delay engine did not answer for \(Self.patience) ms and was killed")
        }
    }

    private func hear() {
        guard let engine else { return }
        for case .counts(let now) in engine.heard() {
            counts = now
            if let alarm { loop?.cancel(alarm) }
            alarm = nil
        }
        // Its end of the line is closed by its death only; the pidfd tells of that.
    }

    /// Packets pass from here on.
    private func over(_ why: String) {
        guard ended == nil else { return }
        ended = why
        stop(patience: 0)
        report?(.ended("\(why); packets pass"))
    }

    private func stop(patience: Int32) {
        for token in tokens { loop?.cancel(token) }
        if let alarm { loop?.cancel(alarm) }
        tokens = []
        alarm = nil
        engine?.end(patience: patience)
        engine = nil
    }

    func revert() throws(HostError) {
        // The kernel drops what a queue holds when any chain of the namespace goes. So first nothing more comes in, then
        // what is held goes out, and only then go the chains.
        var failure: HostError?
        do { try rules.release() } catch { failure = error }
        stop(patience: Self.patience)
        do { try rules.revert() } catch { failure = failure ?? error }
        if let failure, failure.code != .missing { throw failure }
    }

    func residue() throws(HostError) -> [String] {
        var left = try rules.residue()
        if portid != 0, QueueNumbers.bound.contains(where: { $0.number == number && $0.portid == portid }) {
            left.append("netfilter queue \(number) is bound by our engine")
        }
        return left
    }
}
