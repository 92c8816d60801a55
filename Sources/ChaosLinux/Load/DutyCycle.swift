import CLinuxShims
import ChaosPlan
import Glibc

/// Keeps processes off the processor for a part of each tenth of a second, by SIGSTOP and SIGCONT: what a processor that is
/// taken by others does to them, where no cgroup tells them from the rest.
///
/// A target that is stopped is stopped whole, its timers too: unlike a quota it is late even where it would only have waited.
final class DutyCycle: HostMechanism {
    static let word = "duty-cycle"

    let name = DutyCycle.word
    private let targets: [ProcessIdentity]
    /// In parts per million of the time.
    private let share: Int64
    private var worker: PairedWorker?

    init(_ request: FaultRequest) throws(HostError) {
        let parameters = request.parameters
        guard let load = parameters["load"], parameters["processes"] != nil, parameters["cgroup"] == nil else {
            throw HostError(
                .malformed, "`\(Self.word)` needs `load` and `processes`",
                hint: "name the targets with `processes`, or leave `mechanism` out")
        }
        share = load.quantity
        targets = try ProcessSelector(parameters.at("processes")).targets(request.host.protection)
    }

    func inject(undo: UndoRecorder) throws(HostError) {
        // Recorded first and so paid last: nobody stops again whom the undo lets go on.
        try undo.record(targets.map { .resume($0) })
        let words = ["throttle", "\(share)"] + targets.map { "\($0.pid)@\($0.start)" }
        let worker = try PairedWorker.start(words)
        self.worker = worker
        try undo.record(.worker(worker.worker.identity))
        undo.reach(.midInjection)
        try worker.go()
    }

    func readBack() throws(HostError) -> Evidence {
        guard let worker, worker.isAlive else {
            return Evidence("the worker that stops the targets has ended", isEffective: false)
        }
        // Seen at some instants of two periods, as often stopped as it is meant to be.
        var stopped = 0
        let looks = 20
        for _ in 0..<looks {
            if targets.contains(where: { $0.status?.state == "T" }) { stopped += 1 }
            usleep(UInt32(2 * ThrottleWorker.period / Int64(looks) / 1_000))
        }
        let seen = stopped * 100 / looks
        return Evidence(
            "kept off the processor \(share / 10_000) % of the time, seen stopped \(seen) % of it",
            targets: targets.map(ProcessTable.name), isEffective: stopped > 0)
    }

    func revert() throws(HostError) {
        worker?.end()
        for target in targets {
            if case .owed(let why) = ProcessPause.payResume(target) { throw HostError(.failed, why) }
        }
        Waiting.milliseconds(500) { !targets.contains { $0.status?.state == "T" } }
    }

    func residue() throws(HostError) -> [String] {
        var left = targets.filter { $0.status?.state == "T" }.map { "\(ProcessTable.name($0)) is still stopped" }
        if let worker, worker.worker.identity.isAlive { left.append("\(worker.worker.identity) still runs") }
        return left
    }

    func watch(on loop: EventLoop, report: @escaping (HostEvent) -> Void) {
        worker?.watch(on: loop) { line in
            if line == nil { report(.ended("the worker that stops the targets ended")) }
        }
    }
}

/// Stops and continues the targets in turn. `worker throttle SHARE PID@START...`.
enum ThrottleWorker {
    /// In which the share is kept (ns): that of the kernel's own quotas.
    static let period: Int64 = 100_000_000

    static func run(_ arguments: ArraySlice<String>) throws(HostError) -> Int32 {
        guard let share = arguments.first.flatMap({ Int64($0) }), (1...1_000_000).contains(share) else {
            throw HostError(.malformed, "no share of the time")
        }
        let targets = arguments.dropFirst().compactMap { word -> ProcessIdentity? in
            let parts = word.split(separator: "@")
            guard parts.count == 2, let pid = Int32(parts[0]), let start = UInt64(parts[1]) else { return nil }
            return ProcessIdentity(pid: pid, start: start, boot: Boot.id)
        }
        let executor = ExecutorSocket()
        guard executor.awaitGo() else { return 0 }
        let stopped = period * share / 1_000_000
        var goesOn = true
        while goesOn {
            for target in targets { _ = try? target.signal(SIGSTOP) }
            goesOn = executor.pause(stopped)
            for target in targets { _ = try? target.signal(SIGCONT) }
            guard goesOn else { break }
            goesOn = executor.pause(max(1_000_000, period - stopped))
        }
        return 0
    }
}
