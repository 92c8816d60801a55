import ChaosFleet
import ChaosPlan

/// When an agent's messages of a run are due: a fixed schedule, which nothing that happens can shift.
struct PublishSchedule: Sendable {
    var order: RunOrder
    private let arrivals: Arrivals
    private var k: Int

    /// From the first that is due at `now` (CLOCK_BOOTTIME) or later: what came due while the process was away is nobody's.
    init(_ order: RunOrder, agent: String, now: Int64) {
        self.order = order
        arrivals = .messages(seed: order.seed, agent: agent, interval: order.messageInterval)
        k = arrivals.first(from: max(0, now - order.startNs))
    }

    /// Whether an order is this run's, though it may have come to its end meanwhile.
    func isOf(_ other: RunOrder) -> Bool {
        other.run == order.run && other.seed == order.seed && other.startNs == order.startNs
            && other.messageInterval == order.messageInterval
    }

    /// CLOCK_BOOTTIME; nil when the run asks for no more.
    var due: Int64? {
        let time = arrivals[k]
        if let stop = order.stopNs, time >= stop { return nil }
        return order.startNs + time
    }

    /// On to the next. A process that was stopped for a while skips what came due meanwhile, as the simulated one does; one that is
    /// merely late catches up.
    mutating func advance(now: Int64) {
        k += 1
        let late = now - order.startNs - arrivals[k]
        if late > max(order.messageInterval, .second) { k = arrivals.first(from: now - order.startNs) }
    }
}
