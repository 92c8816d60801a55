import CLinuxShims
import ChaosFleet
import ChaosLinux
import ChaosPlan
import ChaosResilience
import Glibc

/// Starts a fleet's processes stage by stage, reaps them, and starts them again after their policy.
final class FleetSupervisor {
    private let order: InitialOrder
    private let network: FleetNetwork
    private let loop: EventLoop
    private let telemetry: TelemetryFile
    private let startedNs = BootTime.now
    private var processes: [SupervisedProcess] = []
    private var holder: LineChannel?
    /// Stages not yet begun; then the one whose processes are becoming ready, and until when they may.
    private var stages: [Int]
    private var stage: Int?
    private var limit: Int64 = 0
    private var isReady = false
    private var alarm: EventLoop.Token?

    private static let pollInterval: Int64 = 20_000_000
    private static let stopPatience: Int64 = 2_000_000_000

    init(_ order: InitialOrder, _ network: FleetNetwork, on loop: EventLoop) throws(HostError) {
        self.order = order
        self.network = network
        self.loop = loop
        stages = Set(order.spec.processes.map(\.stage)).sorted()
        do throws(TelemetryError) {
            telemetry = try TelemetryFile(path: FleetLayout.telemetry(of: "supervisor"))
        } catch {
            throw HostError(.failed, error.message)
        }
        processes = order.spec.processes.map { process in
            let address = order.spec.hosts.first { $0.name == process.host }?.address ?? FleetLayout.outside
            return SupervisedProcess(process, address: address, policy: policy(of: process))
        }
    }

    private func policy(of process: LaunchSpec.Process) -> RestartPolicy {
        let restart = order.spec.restart
        return RestartPolicy(
            mode: restart.isOn && process.isSupervised ? .always : .never, delay: restart.delay,
            multiplier: restart.multiplier, maxDelay: max(restart.delay, restart.cap), startBurst: restart.limit,
            startInterval: restart.interval, stableAfter: restart.stableAfter)
    }

    /// The loop has to run for anything to happen.
    func begin() throws(HostError) {
        let signals = try SystemCall.check(host_signal_descriptor([SIGCHLD], 1), "taking signals")
        try loop.watch(signals) { [unowned self] in
            while host_signal_read(signals) != 0 {}
            reap()
        }
        holder = try LineChannel(
            order.control, on: loop, heard: { [unowned self] in heard($0) },
            // With the first process the kernel ends all others.
            ended: { _exit(0) })
        nextStage()
        advance()
    }

    // MARK: - Stages

    private func nextStage() {
        guard let next = stages.first else {
            stage = nil
            isReady = true
            holder?.send(HoldReply(status: status).line)
            return
        }
        stages.removeFirst()
        stage = next
        let now = BootTime.now
        limit = now + order.readyLimit
        for process in processes where process.order.stage == next {
            process.isWanted = true
            if !process.isHeld { start(process, now: now, isTold: false) }
        }
    }

    private func watchStage(now: Int64) {
        while let stage {
            let late = processes.filter { $0.order.stage == stage && !$0.isReady && !($0.pid == nil && $0.isHeld) }
            if late.isEmpty {
                nextStage()
                continue
            }
            if let over = late.first(where: { $0.isOver }) {
                return fail([over], "it is not started again")
            }
            if now >= limit { fail(late, "waited for \(order.readyLimit / 1_000_000) ms") }
            return
        }
    }

    private func fail(_ late: [SupervisedProcess], _ why: String) {
        stage = nil
        holder?.send(HoldReply(failure: ReadinessFailure.describe(late, why)).line)
    }

    // MARK: - Time

    /// Does what is due, and sees to it that the next is done in time.
    private func advance() {
        let now = BootTime.now
        for process in processes {
            if process.becomesReady(now: now), process.isTold { tellRunning(process) }
            guard process.pid == nil, isDue(process, now), !process.isHeld else { continue }
            if process.isWanted {
                start(process, now: now, isTold: isReady)
            } else {
                restart(process, now: now)
            }
        }
        watchStage(now: now)
        arm(now)
    }

    private func isDue(_ process: SupervisedProcess, _ now: Int64) -> Bool {
        process.isWanted || (process.supervisor.nextDeadline.map { $0 <= now } ?? false)
    }

    private func arm(_ now: Int64) {
        let needsLook = processes.contains { $0.pid == nil ? isDue($0, now) && !$0.isStopped : !$0.isReady }
        var next: Int64? = needsLook ? now + Self.pollInterval : nil
        for process in processes where process.pid == nil && !process.isStopped {
            guard let deadline = process.supervisor.nextDeadline, deadline > now else { continue }
            next = min(next ?? deadline, deadline)
        }
        if let alarm { loop.cancel(alarm) }
        alarm = next.map { instant in loop.at(instant) { [unowned self] in advance() } }
    }

    // MARK: - Starts and ends

    private func start(_ process: SupervisedProcess, now: Int64, isTold: Bool) {
        do throws(HostError) {
            try process.start(
                order.programs[process.order.command[0]], network: network.descriptor(of: process.order.host),
                isTold: isTold)
            if process.isReady, isTold { tellRunning(process) }
        } catch {
            // As one that ends at once.
            process.supervisor.exited(.failure, now: now)
        }
    }

    private func restart(_ process: SupervisedProcess, now: Int64) {
        guard let change = process.supervisor.tick(now: now) else { return }
        guard change.to == .running else { return tell(process, .change, "waiting", "gave-up") }
        tell(process, .change, "waiting", "starting")
        start(process, now: now, isTold: true)
    }

    /// All children that have ended, also those that the fleet's processes left behind.
    private func reap() {
        var status: Int32 = 0
        while true {
            let pid = waitpid(-1, &status, WNOHANG)
            guard pid > 0 else { break }
            guard let process = processes.first(where: { $0.pid == pid }) else { continue }
            process.end(status, now: BootTime.now)
            for id in process.stopping { holder?.send(HoldReply(id: id).line) }
            process.stopping = []
        }
        advance()
    }

    private func tellRunning(_ process: SupervisedProcess) { tell(process, .restore, "starting", "running") }

    private func tell(_ process: SupervisedProcess, _ role: MechanismEvent.Role, _ from: String, _ to: String) {
        telemetry.write(
            .mechanism(
                MechanismEvent(
                    mechanism: .restart, role: role, by: "supervisor", about: process.order.name, from: from, to: to)))
    }

    // MARK: - Requests

    private var status: FleetStatus {
        FleetStatus(
            fleet: order.spec.fleet, holder: 0, initial: 0, startedNs: startedNs, isReady: isReady,
            processes: processes.map { process in
                FleetStatus.Process(
                    name: process.order.name, host: process.order.host, pid: process.pid, outerPid: nil,
                    state: process.state, restarts: process.supervisor.restarts, isReady: process.isReady)
            })
    }

    private func heard(_ line: String) {
        guard let request: HoldRequest = HoldJSON.read(line), let id = request.id else { return }
        switch request.op {
        case .status, .down: holder?.send(HoldReply(id: id, status: status).line)
        case .stop, .start:
            guard let process = processes.first(where: { $0.order.name == request.process }) else {
                let names = processes.map(\.order.name).joined(separator: ", ")
                return refuse(id, .unknown, "no process `\(request.process ?? "")`; there are \(names)")
            }
            if request.op == .stop { stop(process, id) } else { begin(process, request, id) }
        }
    }

    private func refuse(_ id: Int, _ code: HostError.Code, _ message: String) {
        holder?.send(HoldReply(failure: HostError(code, message), id: id).line)
    }

    /// In order; by force when that takes too long. Answered when it has ended.
    private func stop(_ process: SupervisedProcess, _ id: Int) {
        process.isStopped = true
        process.isWanted = false
        guard let pid = process.pid else {
            holder?.send(HoldReply(id: id).line)
            return arm(BootTime.now)
        }
        process.stopping.append(id)
        kill(pid, SIGTERM)
        loop.at(BootTime.now + Self.stopPatience) { [weak process] in
            // Its whole session: what it started goes with it.
            if let process, process.pid == pid, process.isStopped { kill(-pid, SIGKILL) }
        }
    }

    /// Answered when it runs, or is to run as soon as nothing else holds it.
    private func begin(_ process: SupervisedProcess, _ request: HoldRequest, _ id: Int) {
        guard process.pid == nil else { return refuse(id, .busy, "\(process.order.name) runs; stop it first") }
        if let environment = request.environment { process.environment = environment }
        process.isStopped = false
        process.supervisor.reset(now: BootTime.now)
        process.isWanted = true
        advance()
        guard process.pid != nil || process.isHeld else { return refuse(id, .failed, process.lastEnd) }
        holder?.send(HoldReply(id: id).line)
    }
}
