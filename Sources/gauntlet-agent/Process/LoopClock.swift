import ChaosFleet
package import NIOCore

/// The fleet's clock and the alarms of one process' event loop.
///
/// Everything a process remembers is touched on this one loop and nowhere else; that is what makes its classes safe to hand to
/// callbacks.
package struct LoopClock: Sendable {
    package let loop: any EventLoop

    package init(_ loop: any EventLoop) { self.loop = loop }

    package var now: Int64 { FleetClock.now }

    @discardableResult
    package func after(_ span: Int64, _ call: @escaping @Sendable () -> Void) -> Scheduled<Void> {
        loop.scheduleTask(in: .nanoseconds(max(0, span)), call)
    }

    @discardableResult
    package func at(_ instant: Int64, _ call: @escaping @Sendable () -> Void) -> Scheduled<Void> {
        after(instant - now, call)
    }
}

/// The alarm of a state machine: set to its next deadline, which moves with every event. It may ring early, never late.
///
/// A process that was stopped for a while wakes to deadlines long past while the proof to the contrary still waits in its
/// sockets. So an alarm that rings late by more than `grace` waits once more for so long, and only then counts.
final class DeadlineAlarm: @unchecked Sendable {
    private let clock: LoopClock
    private let grace: Int64
    private let due: @Sendable () -> Void
    private var armedAt = Int64.max
    private var scheduled: Scheduled<Void>?

    init(_ clock: LoopClock, grace: Int64, due: @escaping @Sendable () -> Void) {
        self.clock = clock
        self.grace = grace
        self.due = due
    }

    /// `due` is called at `deadline` or before, and then has to arm anew; nil changes nothing.
    func arm(_ deadline: Int64?) {
        guard let deadline, deadline < armedAt else { return }
        scheduled?.cancel()
        armedAt = deadline
        scheduled = clock.at(deadline) { [weak self] in self?.ring() }
    }

    func cancel() {
        scheduled?.cancel()
        scheduled = nil
        armedAt = .max
    }

    private func ring() {
        let late = clock.now - armedAt
        armedAt = .max
        scheduled = nil
        if late > grace { return arm(clock.now + grace) }
        due()
    }
}
