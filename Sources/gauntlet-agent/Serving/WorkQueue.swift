import ChaosFleet
import ChaosPlan
import NIOCore

/// A process' workers and the bounded line before them. What finds the line full is refused, not left to grow old in it.
final class WorkQueue: @unchecked Sendable {
    typealias Work = @Sendable () -> Void

    private let name: String
    private let clock: LoopClock
    private let telemetry: TelemetryFile
    private let workers: Int
    private let capacity: Int
    private var times: ServiceTime
    private var patience = WorkProgress()
    private var waiting = CircularBuffer<Work>()
    private var isShedding = false
    private(set) var busy = 0
    private(set) var served = 0
    private(set) var shed = 0

    init(
        name: String, service: Fleet.Service, policies: Policies, burn: Share, clock: LoopClock,
        telemetry: TelemetryFile
    ) {
        self.name = name
        self.clock = clock
        self.telemetry = telemetry
        workers = max(1, service.workers)
        // Without load shedding a line only ends where memory does.
        capacity = policies.enabled(.loadShedding) ? service.queue : 8192
        times = ServiceTime(service, burn: burn, name: name)
    }

    var waitingCount: Int { waiting.count }
    var isIdle: Bool { busy == 0 && waiting.isEmpty }

    /// Calls `work` when a worker has spent the service time on it; the worker is busy until `finish`. False: refused.
    func accept(_ work: @escaping Work) -> Bool {
        if busy < workers {
            start(work)
            return true
        }
        if waiting.count < capacity {
            waiting.append(work)
            return true
        }
        shed += 1
        if !isShedding {
            isShedding = true
            telemetry.mechanism(.loadShedding, .change, by: name, from: "accepting", to: "shedding")
        }
        return false
    }

    /// A worker is done and takes the next one.
    func finish() {
        busy -= 1
        served += 1
        guard let next = waiting.popFirst() else { return }
        if isShedding, waiting.count * 2 < capacity {
            isShedding = false
            telemetry.mechanism(.loadShedding, .change, by: name, from: "shedding", to: "accepting")
        }
        start(next)
    }

    private func start(_ work: @escaping Work) {
        busy += 1
        let (idle, toWork) = times.next()
        spend(idle) {
            ServiceTime.work(toWork)
            work()
        }
    }

    /// Waits for `time` as one would who works so long: while the process is kept from the processor, nothing gets done.
    private func spend(_ time: Nanoseconds, then: @escaping Work) {
        let slice = min(time, patience.slice)
        let began = clock.now
        clock.after(slice) { [self] in
            let left = time - patience.progress(of: slice, in: clock.now - began, at: clock.now)
            if left > 0 { spend(left, then: then) } else { then() }
        }
    }
}
