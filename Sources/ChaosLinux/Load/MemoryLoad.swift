import CLinuxShims
import ChaosPlan
import Glibc

/// Memory taken by workers of ours: from the host, or from the targets' cgroup, which they then join.
final class MemoryLoad: HostMechanism {
    let name = "workers"
    private let host: HostContext
    private let amount: Int64
    private let effect: String
    private let target: TargetCgroup?
    private let victims: MemoryVictims?
    /// Several where the target is to die first: none of them is then a larger victim than it, even where this process
    /// may not put its workers behind others (no CAP_SYS_RESOURCE).
    private var workers: [PairedWorker] = []
    private var hands: Int { victims == nil ? 1 : 4 }
    private var before: HostMemory?
    private weak var loop: EventLoop?
    private var alarm: EventLoop.Token?
    private static let interval: Int64 = 250_000_000

    init(_ request: FaultRequest) throws(HostError) {
        host = request.host
        let parameters = request.parameters
        effect = parameters.text("effect")
        let isTargetVictim = parameters.text("victim") == "target"
        // Only a cgroup with a limit lets memory run out without the host's.
        let memory = try HostMemory.read()
        if parameters["cgroup"] == nil, effect == "stall" {
            target = nil
            let targets = try parameters["processes"].map { (value) throws(HostError) in
                try ProcessSelector(value).targets(request.host.protection)
            }
            amount =
                parameters["amount"]?.quantity
                ?? Int64(Double(memory.total) * parameters.share("fill-to").fraction)
                - (memory.total - memory.available)
            victims = isTargetVictim ? try MemoryVictims(targets ?? []) : nil
        } else {
            let found = try TargetCgroup.find(request, controller: "memory") { version in
                version == 2 ? "memory.max" : "memory.limit_in_bytes"
            }
            guard let found else {
                throw HostError(
                    .protected, "`effect: kill` would need the host's last memory, which is never taken",
                    hint: "name a cgroup with a memory limit: `cgroup: …`")
            }
            let cgroup = try CgroupMemory(found)
            guard let limit = cgroup.limit else {
                throw HostError(
                    .unsupported, "\(found.directory) has no memory limit that could be reached",
                    hint: "give it one with the key `limit`, or for good: systemctl set-property UNIT MemoryMax=…")
            }
            target = found
            amount =
                parameters["amount"]?.quantity
                ?? Int64(Double(limit) * parameters.share("fill-to").fraction) - cgroup.working
            let left = limit - cgroup.working
            if effect == "kill", amount <= left {
                throw HostError(
                    .malformed,
                    "\(ByteText.of(amount)) more kill nobody in \(found.directory): \(ByteText.of(left)) are left",
                    hint: "take more, or write `effect: stall`")
            }
            if effect == "stall", amount >= left {
                throw HostError(
                    .malformed, "\(ByteText.of(amount)) more kill in \(found.directory): \(ByteText.of(left)) are left",
                    hint: "take less, or write `effect: kill`")
            }
            victims = isTargetVictim ? try MemoryVictims(found.processes.compactMap { .of($0) }) : nil
        }
        guard amount > 0 else {
            throw HostError(.malformed, "so much is in use already", hint: "fill further")
        }
        guard amount <= memory.takeable else {
            throw HostError(
                .protected,
                "\(ByteText.of(amount)) are more than this host can spare: of \(ByteText.of(memory.available)) available, "
                    + "\(ByteText.of(memory.floor)) are left alone",
                hint: "take at most \(ByteText.of(memory.takeable))")
        }
    }

    func inject(undo: UndoRecorder) throws(HostError) {
        before = try HostMemory.read()
        for _ in 0..<hands {
            let worker = try PairedWorker.start([
                "occupy", "\(amount / Int64(hands))", victims == nil ? "1000" : "-500",
            ])
            workers.append(worker)
            try undo.record(.worker(worker.worker.identity))
            undo.reach(.midInjection)
            if let target {
                // It leaves with its death; nothing else of the cgroup is changed.
                try SmallFile.write("\(worker.worker.identity.pid)", to: "\(target.directory)/cgroup.procs")
            }
        }
        try victims?.raise(undo: undo)
        for worker in workers { try worker.go() }
        for worker in workers { _ = worker.hear(within: host.patience / Int32(hands)) }
    }

    func readBack() throws(HostError) -> Evidence {
        let memory = try HostMemory.read()
        let names = victims?.processes.map { "process \($0.identity.pid)" } ?? target.map { [$0.directory] } ?? []
        let killed = victims.map { $0.processes.count - $0.living } ?? 0
        let living = workers.filter(\.isAlive)
        guard !living.isEmpty else {
            return Evidence(
                "the workers were killed by memory's end" + (victims == nil ? "" : ", \(killed) targets before it"),
                targets: names, isEffective: effect == "kill" && (victims == nil || killed > 0))
        }
        let held = living.reduce(0) { $0 + Self.resident($1.worker.identity.pid) }
        var text =
            living.map { "\($0.worker.identity)" }.joined(separator: ", ")
            + ": \(ByteText.of(held)) of \(ByteText.of(amount))"
        if let target, let cgroup = try? CgroupMemory(target) {
            text += ", \(target.directory): \(ByteText.of(cgroup.usage))"
            text += cgroup.limit.map { " of \(ByteText.of($0))" } ?? ""
        } else {
            text += ", available \(ByteText.of(memory.available)) of \(ByteText.of(memory.total))"
        }
        if let pressure = Pressure.some("memory") { text += ", pressure \(pressure)" }
        if effect == "kill", let victims {
            text += ", \(killed) of \(victims.processes.count) targets killed"
            return Evidence(text, targets: names, isEffective: killed > 0)
        }
        return Evidence(text, targets: names, isEffective: held >= amount / 20 * 19)
    }

    /// Bytes of its own that a process has in memory, its program and libraries left out; 0 when it has gone.
    private static func resident(_ pid: Int32) -> Int64 {
        let pages = ((try? SmallFile.read("/proc/\(pid)/statm")) ?? "").split(separator: " ").compactMap { Int64($0) }
        return pages.count > 2 ? (pages[1] - pages[2]) * Int64(sysconf(Int32(_SC_PAGESIZE))) : 0
    }

    func revert() throws(HostError) {
        if let alarm { loop?.cancel(alarm) }
        alarm = nil
        for worker in workers { worker.end() }
        try victims?.revert()
    }

    func residue() throws(HostError) -> [String] {
        var left = victims?.residue ?? []
        for worker in workers where worker.worker.identity.isAlive {
            left.append("\(worker.worker.identity) still holds its memory")
        }
        return left
    }

    func watch(on loop: EventLoop, report: @escaping (HostEvent) -> Void) {
        self.loop = loop
        for worker in workers {
            worker.watch(on: loop) { [weak self] line in
                guard let self else { return }
                if let line { return report(.noted("memory: \(line)")) }
                let text = "\(worker.worker.identity), which held memory, ended"
                report(effect == "kill" ? .noted(text) : .ended(text))
            }
        }
        guard target == nil else { return }
        guardFloor(loop, report)
    }

    /// What others take while the fault is in force may not bring the host to its end.
    private func guardFloor(_ loop: EventLoop, _ report: @escaping (HostEvent) -> Void) {
        alarm = loop.at(BootTime.now + Self.interval) { [weak self] in
            guard let self, workers.contains(where: \.isAlive) else { return }
            if let memory = try? HostMemory.read(), memory.available < memory.floor / 2 {
                for worker in workers { worker.end() }
                return report(
                    .ended(
                        "given back: only \(ByteText.of(memory.available)) of the host's memory were still available"))
            }
            guardFloor(loop, report)
        }
    }
}

/// Takes memory and keeps it. `worker occupy BYTES OOM-SCORE`.
enum MemoryWorker {
    private static let slice = 16 << 20

    static func run(_ arguments: ArraySlice<String>) throws(HostError) -> Int32 {
        let numbers = arguments.compactMap { Int($0) }
        guard numbers.count == 2, arguments.count == 2, numbers[0] > 0 else {
            throw HostError(.malformed, "no amount of memory to hold")
        }
        ExecutorSocket.giveUpPrivileges(oomScore: Int32(numbers[1]))
        let executor = ExecutorSocket()
        guard executor.awaitGo() else { return 0 }
        let page = sysconf(Int32(_SC_PAGESIZE))
        var taken = 0
        while taken < numbers[0] {
            let count = min(slice, numbers[0] - taken)
            guard let memory = mmap(nil, count, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0),
                memory != MAP_FAILED
            else { throw SystemCall.failure(errno, "taking memory") }
            // One word of each page, different ones: nothing for the kernel to share or to leave out.
            for offset in stride(from: 0, to: count, by: page) {
                memory.storeBytes(of: UInt64(taken + offset) | 1, toByteOffset: offset, as: UInt64.self)
            }
            taken += count
            guard executor.pause(0) else { return 0 }
        }
        executor.say("\(ByteText.of(Int64(taken))) taken")
        while executor.pause(3_600_000_000_000) {}
        return 0
    }
}
