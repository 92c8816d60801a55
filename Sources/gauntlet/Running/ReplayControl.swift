import ChaosPlan
import Synchronization

/// Interrupts a replay where the run was interrupted, and ends it at once where it has diverged.
final class ReplayControl: Sendable {
    private let reached = Atomic<Int64>(0)
    private let isStopped = Atomic<Bool>(false)
    private let interruptAt: Nanoseconds?
    private let interrupts: Int

    init(_ record: RunRecord) {
        interruptAt = record.interruptedAtNs
        interrupts = record.interrupts ?? 1
    }

    func reach(_ now: Nanoseconds) { reached.store(now, ordering: .relaxed) }

    func stop() { isStopped.store(true, ordering: .relaxed) }

    /// See `Runner.InterruptCount`.
    var count: Int {
        if isStopped.load(ordering: .relaxed) || Interrupts.count > 0 { return 2 }
        guard let interruptAt, reached.load(ordering: .relaxed) >= interruptAt else { return 0 }
        return interrupts
    }
}
