import ChaosPlan
import Synchronization

/// Passes the operator's interrupts on to a run and keeps the instants at which the run noticed them: a replay must be
/// interrupted at the same ones.
final class InterruptLog: Sendable {
    private struct State {
        var now: Nanoseconds = 0
        var noticed: [Nanoseconds] = []
    }

    /// Interrupts of before this run: they ended something else.
    private let earlier = Interrupts.count
    private let state = Mutex(State())

    /// The run has come so far; called before it asks.
    func reach(_ now: Nanoseconds) { state.withLock { $0.now = now } }

    /// See `Runner.InterruptCount`.
    func look() -> Int {
        let count = min(Interrupts.count - earlier, 2)
        if count > 0 {
            state.withLock { state in
                if state.noticed.isEmpty {
                    Terminal.note("interrupted: healing and measuring; once more heals at once")
                }
                while state.noticed.count < count { state.noticed.append(state.now) }
            }
        }
        return count
    }

    /// When it saw the first, and when the second.
    var noticed: [Nanoseconds] { state.withLock { $0.noticed } }
}
