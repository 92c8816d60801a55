import CLinuxShims
import ChaosPlan
import Glibc

/// Kills processes and, as long as it is in force, whoever comes back; or kills them once (`restart`).
final class ProcessKill: HostMechanism {
    enum Signal: String, CaseIterable {
        case kill = "KILL"
        case term = "TERM"

        var number: Int32 { self == .kill ? SIGKILL : SIGTERM }
    }

    /// Who is hit, and who starts them again.
    struct Plan {
        var selectors: [ProcessSelector]
        var targets: [ProcessIdentity]
        var starts: [StartCommand]
        /// What keeps their supervisor from starting them.
        var holds: [HoldFile]
        /// Of systemd, that keep the targets.
        var units: [String]
        var signal = Signal.kill

        /// Finds the targets, and refuses if nothing brings them back and that was not allowed.
        init(
            selectors: [ProcessSelector], starts: [StartCommand], holds: [HoldFile] = [], parameters: Value,
            protection: Protection
        ) throws(HostError) {
            self.selectors = selectors
            self.starts = starts
            self.holds = holds
            targets = []
            for selector in selectors {
                let found: [ProcessIdentity]
                do throws(HostError) {
                    found = try selector.targets(protection)
                } catch {
                    // Held by a file it stays down, though it be down just now: by another fault, or between two starts.
                    guard error.code == .missing, !holds.isEmpty else { throw error }
                    continue
                }
                for target in found where !targets.contains(target) { targets.append(target) }
            }
            units = Array(Set(targets.compactMap { SystemdUnit.of($0.pid) })).sorted()
            if starts.isEmpty, units.isEmpty, holds.isEmpty, !parameters.flag("supervised"),
                !parameters.flag("allow-irreversible")
            {
                throw HostError(
                    .malformed,
                    "nothing known here starts \(ProcessTable.names(targets)) again: killing cannot be taken back",
                    hint:
                        "give `start:` with a command, `hold-file:` or `supervised: true` if something outside starts them, "
                        + "or `allow-irreversible: true`")
            }
        }

        func record(_ undo: UndoRecorder) throws(HostError) {
            // Paid from the last to the first: what is to be started is let go of before.
            try undo.record(units.map { .startUnit($0) } + starts.map(\.step) + holds.map(\.step))
        }

        /// Everybody who fits now and may be hit.
        func back(_ protection: Protection) -> [ProcessIdentity] {
            selectors.flatMap { (try? $0.matches()) ?? [] }.filter { protection.reason(against: $0.pid) == nil }
        }
    }

    static var capability: Capability {
        let descriptor = host_pidfd_open(getpid())
        guard descriptor >= 0 else {
            return Capability("pidfd", missing: "the kernel has no pidfd_open", remedy: "Linux 5.3 or later")
        }
        close(descriptor)
        return Capability("pidfd")
    }

    static func make(_ request: FaultRequest) throws(HostError) -> any HostMechanism {
        _ = try ProcessFaults.choose(request.mechanism, of: request.kind, among: [capability])
        let parameters = request.parameters
        let selector = try ProcessSelector(parameters.at("processes"))
        var starts: [StartCommand] = []
        if let start = parameters["start"] { starts.append(try StartCommand(start, port: selector.port)) }
        let hold = try parameters["hold-file"].map { (value) throws(HostError) in
            try HoldFile(value.text, fault: request.id, run: request.host.run)
        }
        var plan = try Plan(
            selectors: [selector], starts: starts, holds: hold.map { [$0] } ?? [], parameters: parameters,
            protection: request.host.protection)
        plan.signal = parameters.word("signal")
        return ProcessKill(
            plan, isOnce: request.kind == .restart, again: request.kind == .kill && parameters.flag("again"),
            protection: request.host.protection)
    }

    let name = "pidfd"
    private let plan: Plan
    private let isOnce: Bool
    private let again: Bool
    private let protection: Protection
    private var alarm: (loop: EventLoop, token: EventLoop.Token)?
    /// How many have been killed since the first ones.
    private var killedAgain = 0

    /// How often it looks whether somebody has come back (ns).
    static let interval: Int64 = 50_000_000

    init(_ plan: Plan, isOnce: Bool, again: Bool, protection: Protection) {
        self.plan = plan
        self.isOnce = isOnce
        self.again = again
        self.protection = protection
    }

    func inject(undo: UndoRecorder) throws(HostError) {
        try plan.record(undo)
        try strike(undo)
    }

    /// Hits the targets, waits for their end, and starts them again if it was for once. What is owed is on record.
    func strike(_ undo: UndoRecorder) throws(HostError) {
        for hold in plan.holds {
            try hold.make()
            undo.reach(.midInjection)
        }
        for target in plan.targets {
            try target.signal(plan.signal.number)
            undo.reach(.midInjection)
        }
        // Asked politely, they may take their time: `status` tells.
        Waiting.milliseconds(500) { !plan.targets.contains(where: \.isAlive) }
        guard isOnce else { return }
        for start in plan.starts { _ = try start.startUnlessRunning() }
    }

    func readBack() throws(HostError) -> Evidence {
        let alive = plan.targets.filter(\.isAlive)
        if plan.signal == .kill, let first = alive.first {
            throw HostError(
                .failed, "\(ProcessTable.name(first)) does not die", hint: "is it in an uninterruptible wait?")
        }
        let gone = plan.targets.filter { !$0.isAlive }
        var text = "SIG\(plan.signal.rawValue): \(gone.count) of \(plan.targets.count) processes gone"
        for hold in plan.holds {
            guard hold.isOurs else {
                throw HostError(.failed, "\(hold.path) no longer holds them", hint: "who removed the file?")
            }
            text += ", held by \(hold.path)"
        }
        if killedAgain > 0 { text += ", \(killedAgain) killed again" }
        var isEffective = alive.isEmpty
        if isOnce {
            let running = plan.starts.filter(\.isRunning)
            if !plan.starts.isEmpty { text += "; \(running.count) of \(plan.starts.count) started again" }
        } else {
            let back = plan.back(protection).filter { !plan.targets.contains($0) }
            if !back.isEmpty {
                text += "; back: \(ProcessTable.names(back))"
                // Held down, it is up only between two looks.
                isEffective = isEffective && again
            }
        }
        if plan.targets.isEmpty { text += "; nobody was there to be killed" }
        return Evidence(text, targets: plan.targets.map(\.description), isEffective: isEffective)
    }

    func watch(on loop: EventLoop, report: @escaping (HostEvent) -> Void) {
        guard again else { return }
        look(loop, report)
    }

    private func look(_ loop: EventLoop, _ report: @escaping (HostEvent) -> Void) {
        for identity in plan.back(protection) where !plan.targets.contains(identity) || plan.signal == .kill {
            let name = ProcessTable.name(identity)
            guard (try? identity.signal(plan.signal.number)) == true else { continue }
            killedAgain += 1
            // One that comes back for ever need not fill the journal.
            if killedAgain <= 50 || killedAgain.isMultiple(of: 100) {
                report(.noted("killed again: \(name), \(killedAgain) so far"))
            }
        }
        alarm = (
            loop,
            loop.at(BootTime.now + Self.interval) { [weak self] in
                self?.look(loop, report)
            }
        )
    }

    func revert() throws(HostError) {
        if let alarm { alarm.loop.cancel(alarm.token) }
        alarm = nil
    }

    func residue() throws(HostError) -> [String] {
        plan.holds.filter(\.isOurs).map { "\($0.path) still holds them" }
    }

    // MARK: - Paying

    static func payStartUnit(_ unit: String) -> Payment {
        guard SystemdUnit.isHere else { return .owed("no systemd runs here to start \(unit)") }
        do {
            if try ProgramRun.run(["systemctl", "is-active", "--quiet", unit], limit: 2_000_000_000).isSuccess {
                return .nothingThere
            }
            // Killed again and again it may have reached the limit of its starts.
            _ = try ProgramRun.run(["systemctl", "reset-failed", unit], limit: 2_000_000_000)
            let outcome = try ProgramRun.run(["systemctl", "start", "--no-block", unit], limit: 2_000_000_000)
            return outcome.isSuccess ? .paid : .owed("\(unit) does not start: \(outcome.reason)")
        } catch {
            return .owed("\(unit) does not start: \(error.text)")
        }
    }

    /// Starts no second copy.
    static func payStartCommand(arguments: [String], directory: String, listening: Int?) -> Payment {
        let command = StartCommand(arguments: arguments, directory: directory, listening: listening)
        do {
            return try command.startUnlessRunning() ? .paid : .nothingThere
        } catch {
            return .owed("\(arguments.joined(separator: " ")): \(error.text)")
        }
    }
}
