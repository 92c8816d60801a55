import CLinuxShims
import ChaosPlan
import Glibc

/// Stops processes and lets them go on: alive, silent, their connections up.
enum ProcessPause {
    static var capabilities: [Capability] {
        [unifiedFreezer, oldFreezer, trace, Capability("stop")]
    }

    private static var unifiedFreezer: Capability {
        guard let unified = Cgroup.unified else {
            return Capability(
                "freezer", missing: "no cgroup version 2 is mounted", remedy: "mount -t cgroup2 none /sys/fs/cgroup")
        }
        if let missing = unwritable(unified.path) {
            return Capability("freezer", missing: missing, remedy: "run as root")
        }
        let version = HostFacts.names.kernel.split(whereSeparator: { !$0.isNumber }).prefix(2).compactMap { Int($0) }
        guard version.count < 2 || (version[0], version[1]) >= (5, 2) else {
            return Capability("freezer", missing: "the kernel's cgroup v2 has no freezer", remedy: "Linux 5.2 or later")
        }
        return Capability("freezer")
    }

    private static var oldFreezer: Capability {
        guard let freezer = Cgroup.freezer else {
            return Capability(
                "freezer-v1", missing: "no freezer hierarchy of cgroup version 1 is mounted",
                remedy: "use `freezer`, the one of version 2")
        }
        if let missing = unwritable(freezer.path) {
            return Capability("freezer-v1", missing: missing, remedy: "run as root")
        }
        return Capability("freezer-v1")
    }

    private static var trace: Capability {
        let scope = (try? SmallFile.read("/proc/sys/kernel/yama/ptrace_scope")).flatMap { Int($0.prefix(1)) } ?? 0
        if scope >= 3 {
            return Capability(
                "ptrace", missing: "ptrace is switched off until reboot (kernel.yama.ptrace_scope is 3)",
                remedy: "use `freezer` or `stop`")
        }
        if scope > 0, geteuid() != 0 {
            return Capability(
                "ptrace", missing: "only root may trace others here (kernel.yama.ptrace_scope is \(scope))",
                remedy: "run as root")
        }
        return Capability("ptrace")
    }

    private static func unwritable(_ path: String) -> String? {
        access(path, W_OK) == 0 ? nil : "\(path) cannot be written to"
    }

    static func make(_ request: FaultRequest) throws(HostError) -> any HostMechanism {
        let selector = try ProcessSelector(request.parameters.at("processes"))
        let targets = try selector.targets(request.host.protection)
        let set = PauseTargets(selector: selector, first: targets, protection: request.host.protection)
        switch try ProcessFaults.choose(request.mechanism, of: .pause, among: capabilities) {
        case "freezer":
            guard let unified = Cgroup.unified else { preconditionFailure("the capability was checked") }
            return try FreezerPause(set, in: unified, fault: request.id, name: "freezer")
        case "freezer-v1":
            guard let freezer = Cgroup.freezer else { preconditionFailure("the capability was checked") }
            return try FreezerPause(set, in: freezer, fault: request.id, name: "freezer-v1")
        case "ptrace": return try TracePause(set)
        default: return StopPause(set)
        }
    }

    static func payResume(_ process: ProcessIdentity) -> Payment {
        do {
            // Even if it does not look stopped yet: the stop may be on its way.
            return try process.signal(SIGCONT) ? .paid : .nothingThere
        } catch {
            return .owed(error.text)
        }
    }
}

/// Whom a pause is about, and who has joined them between the selection and the stop.
struct PauseTargets {
    let selector: ProcessSelector
    private(set) var all: [ProcessIdentity]
    private let protection: Protection
    /// Children that were there before are not meant, unless selected; those begun since are.
    private let before: Set<ProcessIdentity>

    init(selector: ProcessSelector, first: [ProcessIdentity], protection: Protection) {
        self.selector = selector
        all = first
        self.protection = protection
        before = Set(ProcessTable.descendants(of: first.map(\.pid)))
    }

    /// Who fits the selection now, or was begun by a target since it was made, and is not known yet; they are from now on.
    mutating func late() throws(HostError) -> [ProcessIdentity] {
        let known = Set(all)
        var found = try selector.matches()
        found += ProcessTable.descendants(of: all.map(\.pid)).filter { !before.contains($0) }
        var new: [ProcessIdentity] = []
        for identity in found where !known.contains(identity) && !new.contains(identity) {
            try protection.check(identity.pid)
            new.append(identity)
        }
        all += new
        return new
    }

    var alive: [ProcessIdentity] { all.filter(\.isAlive) }
    var words: [String] { alive.map(ProcessTable.name) }

    func threadCount() -> Int { alive.reduce(0) { $0 + ProcessTable.threads(of: $1.pid).count } }

    /// How often a mechanism looks for late ones before it takes them for a fork bomb.
    static let rounds = 20
}

/// By the cgroup freezer: the selected cgroup itself, or cgroups of ours below the targets' own, into which they move for
/// the time. What they start there is frozen with them; limits and accounting of their own cgroups go on.
final class FreezerPause: HostMechanism {
    let name: String
    private var targets: PauseTargets
    private let hierarchy: Cgroup.Hierarchy
    private let fault: String
    /// A cgroup frozen as a whole; nil if the targets move.
    private let whole: (path: String, inode: UInt64)?
    private struct Own {
        var path: String
        var inode: UInt64
        var home: String
    }
    private var own: [Own] = []

    init(_ targets: PauseTargets, in hierarchy: Cgroup.Hierarchy, fault: String, name: String) throws(HostError) {
        self.name = name
        self.targets = targets
        self.hierarchy = hierarchy
        self.fault = fault
        // A cgroup of another hierarchy names processes only.
        guard let path = try targets.selector.wholeCgroup(), path.hasPrefix(hierarchy.path + "/"),
            let inode = Cgroup.inode(of: path), let state = Cgroup.state(of: path)
        else {
            whole = nil
            for target in targets.all {
                guard Cgroup.directory(of: target.pid, in: hierarchy) != nil else {
                    throw HostError(
                        .unsupported, "the cgroup of \(ProcessTable.name(target)) lies outside \(hierarchy.path)",
                        hint: "use `mechanism: ptrace` or `mechanism: stop`")
                }
            }
            return
        }
        guard state == .thawed else {
            throw HostError(.busy, "the cgroup \(path) is frozen already", hint: "thaw it first")
        }
        whole = (path, inode)
    }

    func inject(undo: UndoRecorder) throws(HostError) {
        if let whole {
            try undo.record(.thaw(cgroup: whole.path, inode: whole.inode))
            try Cgroup.freeze(whole.path)
            undo.reach(.midInjection)
            try settle(whole.path)
            return
        }
        var next = targets.all
        for _ in 0..<PauseTargets.rounds {
            for target in next { try take(target, undo) }
            undo.reach(.midInjection)
            next = try targets.late()
            if next.isEmpty { break }
        }
        guard next.isEmpty else {
            throw HostError(.failed, "the targets start processes faster than they can be frozen")
        }
        for group in own { try settle(group.path) }
    }

    /// Moves a process into our frozen cgroup below its own, where it freezes as it arrives.
    private func take(_ target: ProcessIdentity, _ undo: UndoRecorder) throws(HostError) {
        guard target.isAlive, let home = Cgroup.directory(of: target.pid, in: hierarchy),
            // What was started by one already frozen is frozen there.
            !own.contains(where: { $0.path == home })
        else { return }
        let group: Own
        if let made = own.first(where: { $0.home == home }) {
            group = made
        } else {
            let path = "\(home)/\(Cgroup.ownName(fault))"
            try undo.record(.cgroup(path: path, inode: 0, home: home))
            group = Own(path: path, inode: try Cgroup.make(path), home: home)
            own.append(group)
            guard Cgroup.state(of: path) != nil else {
                throw HostError(
                    .unsupported, "\(hierarchy.path) has no freezer",
                    hint: "use `mechanism: ptrace` or `mechanism: stop`")
            }
            try undo.record(.thaw(cgroup: path, inode: group.inode))
            try Cgroup.freeze(path)
        }
        try Cgroup.move(target.pid, to: group.path)
        guard target.isAlive || Cgroup.directory(of: target.pid, in: hierarchy) != group.path else {
            throw HostError(.failed, "\(target) ended, and another of its number was caught; it is let go")
        }
    }

    private func settle(_ path: String) throws(HostError) {
        // An empty one, whose processes have all ended, has nothing to freeze.
        guard !Cgroup.wait(for: .frozen, of: path, patience: 500), !Cgroup.members(of: path).isEmpty else { return }
        throw HostError(
            .failed, "\(path) does not freeze", hint: "a process in an uninterruptible wait? use `mechanism: ptrace`")
    }

    private var groups: [String] { whole.map { [$0.path] } ?? own.map(\.path) }

    func readBack() throws(HostError) -> Evidence {
        for path in groups where Cgroup.state(of: path) != .frozen && !Cgroup.members(of: path).isEmpty {
            throw HostError(.failed, "\(path) is not frozen")
        }
        let held = Set(groups.flatMap(Cgroup.members(of:)))
        for target in targets.alive where !held.contains(target.pid) {
            throw HostError(.failed, "\(ProcessTable.name(target)) is not in a frozen cgroup")
        }
        let alive = held.compactMap(ProcessIdentity.of).sorted { $0.pid < $1.pid }
        let threads = alive.reduce(0) { $0 + ProcessTable.threads(of: $1.pid).count }
        return Evidence(
            "\(hierarchy.isUnified ? "cgroup v2" : "cgroup v1") freezer: \(alive.count) processes (\(threads) threads) frozen in "
                + groups.joined(separator: ", "),
            targets: alive.map(ProcessTable.name), isEffective: !alive.isEmpty)
    }

    func revert() throws(HostError) {
        var owed: [String] = []
        func pay(_ payment: Payment) { if case .owed(let why) = payment { owed.append(why) } }
        if let whole { pay(Cgroup.payThaw(path: whole.path, inode: whole.inode)) }
        // All go on at once before the first moves.
        for group in own { pay(Cgroup.payThaw(path: group.path, inode: group.inode)) }
        for group in own { pay(Cgroup.payCgroup(path: group.path, inode: group.inode, home: group.home)) }
        guard owed.isEmpty else { throw HostError(.failed, owed.joined(separator: "; ")) }
    }

    func residue() throws(HostError) -> [String] {
        if let whole {
            return Cgroup.inode(of: whole.path) == whole.inode && Cgroup.state(of: whole.path) != .thawed
                ? ["\(whole.path) is still frozen"] : []
        }
        return own.filter { Cgroup.inode(of: $0.path) == $0.inode }.map { "the cgroup \($0.path) is still there" }
    }
}

/// By a worker that holds every thread with ptrace: when it dies, for whatever reason, the kernel lets them go on.
final class TracePause: HostMechanism {
    let name = "ptrace"
    private var targets: PauseTargets
    private var worker: Worker?
    /// Closing it asks the worker to let go.
    private var command: Int32 = -1
    private var answers: Int32 = -1
    private var ended: (EventLoop, EventLoop.Token)?

    init(_ targets: PauseTargets) throws(HostError) {
        self.targets = targets
        for target in targets.all {
            if let tracer = ProcessTable.tracer(of: target.pid) {
                throw HostError(
                    .busy, "\(ProcessTable.name(target)) is traced by process \(tracer) already",
                    hint: "end the debugger, or use `mechanism: freezer` or `mechanism: stop`")
            }
        }
    }

    deinit { closeAll() }

    func inject(undo: UndoRecorder) throws(HostError) {
        let input = try SystemCall.pipe()
        let output: (reading: Int32, writing: Int32)
        do {
            output = try SystemCall.pipe()
        } catch {
            close(input.reading)
            close(input.writing)
            throw error
        }
        command = input.writing
        answers = output.reading
        defer {
            close(input.reading)
            close(output.writing)
        }
        let worker = try Worker.start(["hold"], descriptors: [input.reading, output.writing, 2])
        self.worker = worker
        try undo.record(.worker(worker.identity))
        undo.reach(.midInjection)
        var next = targets.all
        for _ in 0..<PauseTargets.rounds {
            try hold(next)
            next = try targets.late()
            // What a held one started is held with it.
            next.removeAll { ProcessTable.tracer(of: $0.pid) == worker.identity.pid }
            if next.isEmpty { return }
        }
        throw HostError(.failed, "the targets start processes faster than they can be held")
    }

    /// Returns when the worker holds every thread of them.
    private func hold(_ identities: [ProcessIdentity]) throws(HostError) {
        let line = identities.map { "\($0.pid)@\($0.start)" }.joined(separator: " ") + "\n"
        try SmallFile.writeAll(Array(line.utf8), to: command, named: "the holder's input")
        var answer = LineBuffer()
        var buffer = [UInt8](repeating: 0, count: 1024)
        while true {
            var wait = pollfd(fd: answers, events: Int16(POLLIN), revents: 0)
            guard poll(&wait, 1, 1_000) == 1 else { throw HostError(.failed, "the holder does not answer") }
            let count = read(answers, &buffer, buffer.count)
            guard count > 0 else { throw HostError(.failed, "the holder ended") }
            guard let said = answer.append(buffer[..<count]).first.flatMap({ $0 }) else { continue }
            guard said == HoldWorker.held else { throw HostError(.failed, said) }
            return
        }
    }

    func watch(on loop: EventLoop, report: @escaping (HostEvent) -> Void) {
        guard let worker else { return }
        let token = try? loop.watch(worker.pidfd) { [weak self] in
            guard let self, let ended = self.ended else { return }
            ended.0.cancel(ended.1)
            self.ended = nil
            report(.ended("the process that held the targets ended; they go on"))
        }
        ended = token.map { (loop, $0) }
    }

    func readBack() throws(HostError) -> Evidence {
        guard let worker else { throw HostError(.failed, "nothing holds the targets") }
        for target in targets.alive {
            let states = ProcessTable.states(of: target.pid)
            guard ProcessTable.tracer(of: target.pid) == worker.identity.pid, states.allSatisfy({ "tZX".contains($0) })
            else {
                throw HostError(
                    .failed, "\(ProcessTable.name(target)) is not held: its threads are in state \(String(states))")
            }
        }
        let alive = targets.alive
        return Evidence(
            "ptrace: \(alive.count) processes (\(targets.threadCount()) threads) held by process \(worker.identity.pid)",
            targets: targets.words, isEffective: !alive.isEmpty)
    }

    func revert() throws(HostError) {
        if let ended { ended.0.cancel(ended.1) }
        ended = nil
        guard let worker else { return }
        closeAll()
        // Asked, it hands each thread the signal that it held back; killed, the kernel does.
        var wait = pollfd(fd: worker.pidfd, events: Int16(POLLIN), revents: 0)
        _ = poll(&wait, 1, 300)
        worker.end()
        self.worker = nil
    }

    private func closeAll() {
        for descriptor in [command, answers] where descriptor >= 0 { close(descriptor) }
        (command, answers) = (-1, -1)
    }

    func residue() throws(HostError) -> [String] {
        targets.alive.compactMap { target in
            guard let tracer = ProcessTable.tracer(of: target.pid),
                ProcessStatus.of(tracer)?.command == WorkerRole.name(of: "hold")
            else { return nil }
            return "\(ProcessTable.name(target)) is still held"
        }
    }
}

/// By SIGSTOP: needs the guardian, for the kernel does not take it back.
final class StopPause: HostMechanism {
    let name = "stop"
    private var targets: PauseTargets
    /// Those that ran before; whoever was stopped already stays so.
    private var stopped: [ProcessIdentity] = []

    init(_ targets: PauseTargets) { self.targets = targets }

    func inject(undo: UndoRecorder) throws(HostError) {
        var next = targets.all
        for _ in 0..<PauseTargets.rounds {
            let running = next.filter { $0.status.map { $0.state != "T" } ?? false }
            if !running.isEmpty { try undo.record(running.map { .resume($0) }) }
            for target in running {
                stopped.append(target)
                try target.signal(SIGSTOP)
                undo.reach(.midInjection)
            }
            next = try targets.late()
            if next.isEmpty { return settle() }
        }
        throw HostError(.failed, "the targets start processes faster than they can be stopped")
    }

    /// The signal has been sent; each thread stops when it next runs.
    private func settle() {
        Waiting.milliseconds(500) { running() == nil }
    }

    private func running() -> ProcessIdentity? {
        targets.alive.first { ProcessTable.states(of: $0.pid).contains { !"TtZX".contains($0) } }
    }

    func readBack() throws(HostError) -> Evidence {
        if let running = running() {
            throw HostError(
                .failed,
                "\(ProcessTable.name(running)) is not stopped: its threads are in state "
                    + String(ProcessTable.states(of: running.pid)))
        }
        let alive = targets.alive
        return Evidence(
            "SIGSTOP: \(alive.count) processes (\(targets.threadCount()) threads) stopped", targets: targets.words,
            isEffective: !alive.isEmpty)
    }

    func revert() throws(HostError) {
        for target in stopped {
            if case .owed(let why) = ProcessPause.payResume(target) { throw HostError(.failed, why) }
        }
        Waiting.milliseconds(500) { !stopped.contains { $0.status?.state == "T" } }
    }

    func residue() throws(HostError) -> [String] {
        stopped.filter { $0.status?.state == "T" }.map { "\(ProcessTable.name($0)) is still stopped" }
    }
}
