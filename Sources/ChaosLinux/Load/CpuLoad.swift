import CLinuxShims
import ChaosPlan
import Glibc

/// Processors kept busy by workers of ours, one pinned to each, for a share of the time.
package final class CpuLoad: HostMechanism {
    /// Times of one processor from /proc/stat, in ticks.
    package struct Ticks: Hashable {
        package var busy: Int64
        package var all: Int64

        package init(busy: Int64, all: Int64) {
            self.busy = busy
            self.all = all
        }

        /// By the processor's number.
        package static func parse(_ stat: String) -> [Int: Ticks] {
            var ticks: [Int: Ticks] = [:]
            for line in stat.split(separator: "\n") where line.hasPrefix("cpu") {
                let words = line.split(separator: " ")
                // user nice system idle iowait irq softirq steal; guest times are in user already.
                guard let number = Int(words[0].dropFirst(3)), words.count > 5 else { continue }
                let times = words[1...].prefix(8).compactMap { Int64($0) }
                guard times.count >= 5 else { continue }
                let all = times.reduce(0, +)
                ticks[number] = Ticks(busy: all - times[3] - times[4], all: all)
            }
            return ticks
        }
    }

    private struct Sample {
        var instant: Int64
        /// Of each worker, from the kernel's clock of it.
        var used: [Int64]
        var ticks: [Int: Ticks]
    }

    let name = "workers"
    private let share: Int64
    private let nice: Int
    private let processors: [Int32]
    private var workers: [PairedWorker] = []
    private var last: Sample?

    init(_ request: FaultRequest) throws(HostError) {
        share = request.parameters.quantity("load")
        nice = request.parameters.int("nice")
        guard let all = Self.processors() else { throw HostError(.failed, "no processors can be counted") }
        let count = request.parameters["cores"]?.int ?? all.count
        guard count <= all.count else {
            throw HostError(
                .missing, "`cores: \(count)`, but this host has \(all.count)", hint: "at most \(all.count)")
        }
        processors = Array(all.prefix(count))
    }

    package static func processors() -> [Int32]? {
        var numbers = [Int32](repeating: 0, count: 1_024)
        let count = host_processors(&numbers, Int32(numbers.count))
        return count > 0 ? Array(numbers[..<Int(count)]) : nil
    }

    func inject(undo: UndoRecorder) throws(HostError) {
        for processor in processors {
            let worker = try PairedWorker.start(["spin", "\(processor)", "\(share)", "\(nice)"])
            workers.append(worker)
            try undo.record(.worker(worker.worker.identity))
        }
        for worker in workers {
            undo.reach(.midInjection)
            try worker.go()
        }
        last = sample()
    }

    private func sample() -> Sample {
        Sample(
            instant: BootTime.now, used: workers.map { max(0, host_processor_time($0.worker.identity.pid)) },
            ticks: Ticks.parse((try? SmallFile.read("/proc/stat")) ?? ""))
    }

    func readBack() throws(HostError) -> Evidence {
        guard let last, workers.allSatisfy(\.isAlive) else {
            return Evidence("a worker has ended", isEffective: false)
        }
        // Long enough for some periods of the workers, short enough not to keep the executor from its guardian.
        let wait = last.instant + 60_000_000 - BootTime.now
        if wait > 0 { usleep(UInt32(wait / 1_000)) }
        let now = sample()
        self.last = now
        let elapsed = Double(max(1, now.instant - last.instant))
        let used = zip(now.used, last.used).map { Double($0 - $1) / elapsed }
        let wanted = Double(share) / 1e6
        var text = "processors " + processors.map(String.init).joined(separator: ", ") + ": workers used "
        text += used.map { "\(Int(($0 * 100).rounded())) %" }.joined(separator: ", ")
        let busy = processors.compactMap { processor -> Double? in
            guard let a = last.ticks[Int(processor)], let b = now.ticks[Int(processor)], b.all > a.all else {
                return nil
            }
            return Double(b.busy - a.busy) / Double(b.all - a.all)
        }
        if busy.count == processors.count {
            text += ", busy " + busy.map { "\(Int(($0 * 100).rounded())) %" }.joined(separator: ", ")
        }
        if let pressure = Pressure.some("cpu") { text += ", pressure \(pressure)" }
        // On a processor that others keep busy too the workers get only a part of what they want; it is loaded all the same.
        let isEffective = used.enumerated().allSatisfy { index, used in
            used >= wanted / 2 || (used >= wanted / 20 && index < busy.count && busy[index] >= wanted * 0.8)
        }
        return Evidence(text, targets: processors.map { "processor \($0)" }, isEffective: isEffective)
    }

    func revert() throws(HostError) {
        for worker in workers { worker.end() }
    }

    func residue() throws(HostError) -> [String] {
        workers.filter { $0.worker.identity.isAlive }.map { "\($0.worker.identity) still runs" }
    }

    func watch(on loop: EventLoop, report: @escaping (HostEvent) -> Void) {
        for (worker, processor) in zip(workers, processors) {
            worker.watch(on: loop) { line in
                if line == nil { report(.ended("the worker on processor \(processor) ended")) }
            }
        }
    }
}

/// Keeps one processor busy. `worker spin PROCESSOR SHARE NICE`.
enum CpuWorker {
    /// In which the share is kept (ns).
    static let period: Int64 = 20_000_000

    static func run(_ arguments: ArraySlice<String>) throws(HostError) -> Int32 {
        let numbers = arguments.compactMap { Int64($0) }
        guard numbers.count == 3, arguments.count == 3 else { throw HostError(.malformed, "no processor to load") }
        let busy = period * numbers[1] / 1_000_000
        ExecutorSocket.giveUpPrivileges(nice: Int32(numbers[2]), oomScore: 0)
        try SystemCall.check(host_pin(Int32(numbers[0])), "running on processor \(numbers[0])")
        let executor = ExecutorSocket()
        guard executor.awaitGo() else { return 0 }
        var sum: UInt64 = 1
        while true {
            let begin = BootTime.now
            let used = host_own_processor_time()
            // By its own processor time: a worker that others hold up does not make up for it later than in this period.
            while host_own_processor_time() - used < busy, BootTime.now - begin < period { sum = spin(sum) }
            guard executor.pause(max(0, begin + period - BootTime.now)) else { return 0 }
        }
    }

    /// Some ten microseconds of arithmetic that no compiler can leave out.
    @inline(never)
    private static func spin(_ start: UInt64) -> UInt64 {
        var value = start
        for _ in 0..<2_000 { value = value &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407 }
        return value
    }
}
