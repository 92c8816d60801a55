import ChaosPlan
import Synchronization

/// Interrupts a replay where the run was interrupted, and ends it at once where it has diverged.
final class ReplayControl: Sendable {
    private let reached = Atomic<Int64>(0)
    private let isStopped = Atomic<Bool>(false)
    private let interrupts: [Nanoseconds]

    init(_ record: RunRecord) { interrupts = record.interruptsNs }

    func reach(_ now: Nanoseconds) { reached.store(now, ordering: .relaxed) }

    func stop() { isStopped.store(true, ordering: .relaxed) }

    /// See `Runner.InterruptCount`.
    var count: Int {
        if isStopped.load(ordering: .relaxed) || Interrupts.count > 0 { return 2 }
        let now = reached.load(ordering: .relaxed)
        return interrupts.count { $0 <= now }
    }
}
