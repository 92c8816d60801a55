import ChaosPlan
import Glibc

/// Slow and failing writes on a directory that `gauntlet-host slow-disk` serves.
///
/// What makes it slow is our connection to that server: it goes when the executor dies, and with its lease when the executor
/// hangs. So nothing is left on this host to be taken back, and there is no step to record.
final class SlowDisk: HostMechanism {
    static let keys: [ObjectShape.Key] = [
        .required("control", .scalar(ScalarRule(.text)), "the control socket of the directory's server"),
        .byDefault("delay", .scalar(ScalarRule(.duration, low: 0, high: .hour)), "0s", "added to each write"),
        .byDefault("errors", .scalar(ScalarRule(.share)), "0%", "of the writes that fail with an input/output error"),
    ]

    static let mechanism = "fuse"

    static var capabilities: [Capability] {
        guard access("/dev/fuse", R_OK | W_OK) == 0 else {
            return [Capability(mechanism, missing: "no /dev/fuse to use", remedy: SlowDiskServer.remedy)]
        }
        return [Capability(mechanism)]
    }

    static func make(_ request: FaultRequest) throws(HostError) -> any HostMechanism {
        let parameters = request.parameters
        _ = try ProcessFaults.choose(request.mechanism, of: .diskSlow, among: capabilities)
        let path = parameters.text("control")
        guard path.hasPrefix("/") else {
            throw HostError(.malformed, "`\(path)` is not an absolute path", hint: "begin with `/`")
        }
        let order = SlowDiskOrder(
            delayNs: parameters.quantity("delay"), errors: parameters.share("errors").partsPerMillion)
        guard order.delayNs > 0 || order.errors > 0 else {
            throw HostError(
                .malformed, "a slow disk that is neither slow nor fails", hint: "give `delay: 50ms` or `errors: 5%`")
        }
        // Whether it is served at all; changes nothing.
        _ = try SlowDiskClient(path).order(SlowDiskOrder())
        return SlowDisk(path, order, request.host)
    }

    let name = SlowDisk.mechanism
    private let path: String
    private let order: SlowDiskOrder
    private let host: HostContext
    private var client: SlowDiskClient?
    private var watching: (loop: EventLoop, token: EventLoop.Token)?

    private init(_ path: String, _ order: SlowDiskOrder, _ host: HostContext) {
        self.path = path
        self.order = order
        self.host = host
    }

    func inject(undo: UndoRecorder) throws(HostError) {
        let client = try SlowDiskClient(path)
        self.client = client
        undo.reach(.midInjection)
        _ = try client.order(leased(until: host.deadline), patience: max(50, host.patience))
    }

    func readBack() throws(HostError) -> Evidence {
        guard let client, !client.isClosed else {
            throw HostError(.failed, "the server of \(path) has let go", hint: "did it end, or the lease?")
        }
        // The answer to a question, which renews nothing.
        let state = try client.order(SlowDiskOrder(), patience: max(50, host.patience))
        guard state.delayNs >= order.delayNs, state.errors >= order.errors else {
            throw HostError(.failed, "\(state.at) is not as slow as commanded: \(Self.text(state))")
        }
        return Evidence("\(state.at): \(Self.text(state))", targets: [state.at])
    }

    func extend(until deadline: Int64) throws(HostError) {
        // One whose server has gone must not keep the others from being renewed: `watch` tells of it.
        try? client?.tell(leased(until: deadline))
    }

    func watch(on loop: EventLoop, report: @escaping (HostEvent) -> Void) {
        guard let client else { return }
        let token = try? loop.watch(client.descriptor) { [weak self] in
            // Answers to renewals wait for the next read back, but must not wake us again.
            guard let self, client.drain() else { return }
            stopWatching()
            report(.ended("the server of \(path) has gone or let go"))
        }
        watching = token.map { (loop, $0) }
    }

    private func stopWatching() {
        if let watching { watching.loop.cancel(watching.token) }
        watching = nil
    }

    func revert() throws(HostError) {
        stopWatching()
        client = nil
    }

    func residue() throws(HostError) -> [String] {
        client == nil ? [] : ["the connection to \(path) is still there"]
    }

    private func leased(until deadline: Int64) -> SlowDiskOrder {
        var order = order
        order.leaseNs = max(1, deadline - BootTime.now + Executor.grace)
        return order
    }

    private static func text(_ state: SlowDiskState) -> String {
        "writes wait \(ScalarText.show(state.delayNs, .duration)), \(ScalarText.show(state.errors, .share)) fail; "
            + "\(state.delayed) have waited, \(state.failed) have failed"
    }
}
