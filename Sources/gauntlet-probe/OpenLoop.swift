import ChaosFleet
package import ChaosPlan
package import NIOCore

/// Says when each client's next request is due. One timer for all clients, set to the earliest.
package final class OpenLoop {
    private struct Due {
        var time: Nanoseconds
        var client: Int
        var k: Int
    }

    /// So many are sent before the event loop may do other work.
    private static let turn = 32

    /// CLOCK_BOOTTIME of time zero.
    package let startNs: Int64
    /// Nothing is due from here on.
    package var stop: Nanoseconds? { didSet { wake() } }
    private let eventLoop: any EventLoop
    private let schedules: [Schedule]
    private let due: (_ client: Int, _ intended: Nanoseconds) -> Void
    private let ended: () -> Void
    /// A binary heap by time.
    private var heap: [Due] = []
    private var timer: Scheduled<Void>?
    private var hasEnded = false

    /// Of the event loop, all of it. `ended` is called once, after the last that is due before `stop`.
    package init(
        on eventLoop: any EventLoop, startNs: Int64, schedules: [Schedule], stop: Nanoseconds? = nil,
        due: @escaping (_ client: Int, _ intended: Nanoseconds) -> Void, ended: @escaping () -> Void
    ) {
        self.eventLoop = eventLoop
        self.startNs = startNs
        self.schedules = schedules
        self.stop = stop
        self.due = due
        self.ended = ended
        heap = schedules.indices.map { Due(time: schedules[$0][0], client: $0, k: 0) }.sorted { $0.time < $1.time }
    }

    package func start() { wake() }

    package func cancel() {
        timer?.cancel()
        timer = nil
        hasEnded = true
    }

    private func wake() {
        timer?.cancel()
        timer = nil
        guard !hasEnded else { return }
        var now = FleetClock.now - startNs
        var left = Self.turn
        while let first = heap.first, first.time < stop ?? .max {
            if first.time > now {
                // The last one took its time.
                now = FleetClock.now - startNs
                if first.time > now { return setTimer(in: first.time - now) }
            }
            // One that is behind must not leave the answers lying: they give back connections, without which it is slower still.
            if left == 0 { return setTimer(in: 0) }
            left -= 1
            heap[0].k += 1
            heap[0].time = schedules[first.client][first.k + 1]
            sink()
            due(first.client, first.time)
        }
        hasEnded = true
        ended()
    }

    private func setTimer(in wait: Nanoseconds) {
        // A clock that jumps ahead in a suspend is not the timer's.
        let wait = min(wait, .second)
        timer = eventLoop.assumeIsolated().scheduleTask(in: .nanoseconds(wait)) { self.wake() }
    }

    private func sink() {
        var parent = 0
        while true {
            var least = parent
            for child in [2 * parent + 1, 2 * parent + 2]
            where child < heap.count && heap[child].time < heap[least].time {
                least = child
            }
            if least == parent { return }
            heap.swapAt(parent, least)
            parent = least
        }
    }
}
