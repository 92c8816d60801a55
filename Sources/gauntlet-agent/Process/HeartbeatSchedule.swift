package import ChaosPlan
import NIOCore

/// When a heartbeat is due: the k-th at phase + k·period + a jitter drawn for k alone, as the simulator has it.
package struct HeartbeatSchedule: Sendable {
    private let period: Nanoseconds
    private let phase: Nanoseconds
    private let jitter: Nanoseconds
    private let draw: Draw
    /// Time zero, CLOCK_BOOTTIME.
    private let origin: Int64

    /// From member `from` to member `to`; before a run any seed and origin do.
    package init(from: String, to: String, policy: Policies.Heartbeat, seed: UInt64, origin: Int64) {
        let entity = Draw.hash(from + "~" + to)
        period = max(1, policy.period)
        jitter = max(1, policy.jitter)
        phase = Draw(seed: seed, purpose: Draw.Purpose("phase"), entity: entity).uniform(0, below: period)
        draw = Draw(seed: seed, purpose: Draw.Purpose("heartbeat-jitter"), entity: entity)
        self.origin = origin
    }

    /// Also before time zero: who hears of a run ahead of its start must not fall silent until then.
    package func next(after instant: Int64) -> Int64 {
        let time = instant - origin
        let since = time - phase
        var k = (since >= 0 ? since / period : (since + 1) / period - 1) - 1
        while true {
            let due = phase + k * period + draw.uniform(UInt64(bitPattern: k), below: jitter)
            if due > time { return origin + due }
            k += 1
        }
    }
}

/// Sends one heartbeat after the other until it is stopped. What came due while the process was stopped is not made up for.
final class HeartbeatSender: @unchecked Sendable {
    private let clock: LoopClock
    private let send: @Sendable () -> Void
    private var schedule: HeartbeatSchedule
    private var scheduled: Scheduled<Void>?

    init(_ clock: LoopClock, schedule: HeartbeatSchedule, send: @escaping @Sendable () -> Void) {
        self.clock = clock
        self.schedule = schedule
        self.send = send
    }

    func start() {
        scheduled?.cancel()
        scheduled = clock.at(schedule.next(after: clock.now)) { [weak self] in
            guard let self else { return }
            self.send()
            self.start()
        }
    }

    /// Sends one at once: between the last of the old schedule and the first of the new, twice the period may pass.
    func follow(_ schedule: HeartbeatSchedule) {
        self.schedule = schedule
        guard scheduled != nil else { return }
        send()
        start()
    }

    func stop() {
        scheduled?.cancel()
        scheduled = nil
    }
}
