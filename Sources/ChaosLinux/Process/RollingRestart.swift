import ChaosPlan
import Glibc

/// Restarts groups of processes one after the other, each only when the one before has been healthy for a while.
final class RollingRestart: HostMechanism {
    static let keys: [ObjectShape.Key] = [
        .required(
            "groups",
            .list(
                .object(
                    ObjectShape(
                        "a group",
                        ProcessSelector.keys + [
                            .optional("start", .object(StartCommand.shape), "starts them again, if nobody else does"),
                            .optional("check", .object(checkShape), "in place of the common one"),
                        ])),
                identity: nil, atLeast: 1),
            "who is restarted, in this order"),
        .optional("check", .object(checkShape), "what tells that a group is healthy; else, that it runs again"),
        .byDefault("gate", .scalar(ScalarRule(.duration)), "1s", "a group must be healthy this long before the next"),
        .byDefault(
            "gate-limit", .scalar(ScalarRule(.duration, low: .millisecond)), "30s",
            "not healthy for `gate` by then, and the restart ends there"),
    ]

    private static let checkShape = ObjectShape(
        "a check",
        [
            .optional("port", .scalar(ScalarRule(.integer, low: 1, high: 65_535)), "somebody listens there"),
            .optional(
                "command", .list(.scalar(ScalarRule(.text)), identity: nil, atLeast: 1), "ends with exit code 0"),
        ])

    private enum Check {
        case running
        case port(Int)
        case command([String])

        init(_ value: Value?) throws(HostError) {
            switch (value?["port"], value?["command"]) {
            case (let port?, nil): self = .port(port.int)
            case (nil, let command?): self = .command(command.items.map(\.text))
            case (nil, nil) where value == nil: self = .running
            default: throw HostError(.malformed, "`check` has one of `port` and `command`", hint: "give one of them")
            }
        }
    }

    private struct Group {
        var selector: ProcessSelector
        var starts: [StartCommand]
        var check: Check
        var plan: ProcessKill.Plan
    }

    static func make(_ request: FaultRequest) throws(HostError) -> any HostMechanism {
        _ = try ProcessFaults.choose(request.mechanism, of: .rollingRestart, among: [ProcessKill.capability])
        let parameters = request.parameters
        let protection = request.host.protection
        let groups = try parameters.items("groups").map { (value) throws(HostError) in
            let selector = try ProcessSelector(value)
            var starts: [StartCommand] = []
            if let start = value["start"] { starts.append(try StartCommand(start, port: selector.port)) }
            let plan = try ProcessKill.Plan(
                selectors: [selector], starts: starts, parameters: parameters, protection: protection)
            return Group(
                selector: selector, starts: starts, check: try Check(value["check"] ?? parameters["check"]), plan: plan)
        }
        return RollingRestart(
            groups, parameters: parameters, protection: protection, gate: parameters.quantity("gate"),
            limit: parameters.quantity("gate-limit"))
    }

    let name = "pidfd"
    private let groups: [Group]
    private let parameters: Value
    private let protection: Protection
    private let gate: Int64
    private let limit: Int64
    private var undo: UndoRecorder?
    /// The group being restarted or waited for.
    private var index = 0
    private var plan: ProcessKill.Plan
    private var healthySince: Int64?
    private var gateEnd: Int64 = 0
    private var alarm: (loop: EventLoop, token: EventLoop.Token)?
    private var isOver = false

    private static let interval: Int64 = 100_000_000

    private init(
        _ groups: [Group], parameters: Value, protection: Protection, gate: Int64, limit: Int64
    ) {
        self.groups = groups
        self.parameters = parameters
        self.protection = protection
        self.gate = gate
        self.limit = limit
        plan = groups[0].plan
    }

    /// All debts and the first group; the others follow from the loop.
    func inject(undo: UndoRecorder) throws(HostError) {
        self.undo = undo
        for group in groups { try group.plan.record(undo) }
        try strike(undo)
    }

    private func strike(_ undo: UndoRecorder) throws(HostError) {
        plan.signal = parameters.word("signal")
        try ProcessKill(plan, isOnce: true, again: false, protection: protection).strike(undo)
        healthySince = nil
        gateEnd = BootTime.now + limit
    }

    func readBack() throws(HostError) -> Evidence {
        let text = isOver ? "over" : "group \(index + 1) of \(groups.count) restarted"
        return Evidence("rolling restart: \(text)", targets: plan.targets.map(\.description))
    }

    func watch(on loop: EventLoop, report: @escaping (HostEvent) -> Void) {
        report(.noted("\(step) restarted: \(plan.targets.count) processes"))
        look(loop, report)
    }

    private var step: String { "group \(index + 1) of \(groups.count) (\(groups[index].selector.text))" }

    private func look(_ loop: EventLoop, _ report: @escaping (HostEvent) -> Void) {
        // One that is asked politely may still answer for the one to come.
        guard !plan.targets.contains(where: \.isAlive) else {
            return judge("the old processes still run", loop, report)
        }
        switch groups[index].check {
        case .running:
            let runs = !((try? groups[index].selector.matches()) ?? []).isEmpty
            judge(runs ? nil : "no process matches", loop, report)
        case .port(let port):
            judge(ListeningPorts.isOpen(port) ? nil : "nobody listens on port \(port)", loop, report)
        case .command(let arguments):
            do throws(HostError) {
                let left = max(gateEnd - BootTime.now, Self.interval)
                try ProgramRun(arguments, limit: left).follow(on: loop) { [weak self] outcome in
                    guard let self, !self.isOver else { return }
                    self.judge(outcome.isSuccess ? nil : outcome.reason, loop, report)
                }
            } catch {
                judge(error.text, loop, report)
            }
        }
    }

    /// `problem` is nil if the group is healthy.
    private func judge(_ problem: String?, _ loop: EventLoop, _ report: @escaping (HostEvent) -> Void) {
        let now = BootTime.now
        healthySince = problem == nil ? healthySince ?? now : nil
        if let healthySince, now - healthySince >= gate {
            report(.noted("\(step) is healthy"))
            return advance(loop, report)
        }
        if now >= gateEnd {
            isOver = true
            return report(
                .ended(
                    "\(step) was not healthy for \(gate / 1_000_000) ms within \(limit / 1_000_000) ms: \(problem ?? "too short")"
                ))
        }
        alarm = (loop, loop.at(now + Self.interval) { [weak self] in self?.look(loop, report) })
    }

    private func advance(_ loop: EventLoop, _ report: @escaping (HostEvent) -> Void) {
        guard index + 1 < groups.count, let undo else {
            isOver = true
            return report(.ended("all \(groups.count) groups restarted and healthy"))
        }
        index += 1
        let group = groups[index]
        do throws(HostError) {
            // Anew: since the beginning others may have taken their place.
            plan = try ProcessKill.Plan(
                selectors: [group.selector], starts: group.starts, parameters: parameters, protection: protection)
            try strike(undo)
        } catch {
            isOver = true
            return report(.ended("\(step): \(error.text)"))
        }
        report(.noted("\(step) restarted: \(plan.targets.count) processes"))
        look(loop, report)
    }

    func revert() throws(HostError) {
        isOver = true
        if let alarm { alarm.loop.cancel(alarm.token) }
        alarm = nil
    }

    func residue() throws(HostError) -> [String] { [] }
}
