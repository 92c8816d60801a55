import ChaosPlan
import NIOCore

/// When a heartbeat is due: the k-th at phase + k·period + a jitter drawn for k alone, as the simulator has it.
struct HeartbeatSchedule: Sendable {
    private let period: Nanoseconds
    private let phase: Nanoseconds
    private let jitter: Nanoseconds
    private let draw: Draw
    /// Time zero, CLOCK_BOOTTIME.
    private let origin: Int64

    /// From member `from` to member `to`; before a run any seed and origin do.
    init(from: String, to: String, policy: Policies.Heartbeat, seed: UInt64, origin: Int64) {
        let entity = Draw.hash(from + "~" + to)
        period = max(1, policy.period)
        jitter = max(1, policy.jitter)
        phase = Draw(seed: seed, purpose: Draw.Purpose("phase"), entity: entity).uniform(0, below: period)
        draw = Draw(seed: seed, purpose: Draw.Purpose("heartbeat-jitter"), entity: entity)
        self.origin = origin
    }

    func next(after instant: Int64) -> Int64 {
        let time = instant - origin
        var k = max(0, (time - phase) / period - 1)
        while true {
            let due = phase + k * period + draw.uniform(UInt64(k), below: jitter)
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

    func follow(_ schedule: HeartbeatSchedule) {
        self.schedule = schedule
        if scheduled != nil { start() }
    }

    func stop() {
        scheduled?.cancel()
        scheduled = nil
    }
}
