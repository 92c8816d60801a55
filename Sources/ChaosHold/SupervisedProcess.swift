import CLinuxShims
import ChaosFleet
import ChaosLinux
import ChaosResilience
import Glibc

/// One process of the fleet: where it stands, and whether it is ready.
final class SupervisedProcess {
    let order: LaunchSpec.Process
    /// Where it is reached.
    let address: String
    var environment: [String: String]
    var supervisor: Supervisor
    private(set) var pid: Int32?
    private(set) var isReady = false
    /// Asked to stop; nobody starts it until it is asked to start.
    var isStopped = false
    /// To be started regardless of the supervisor's delay, as soon as nothing holds it: at first, and when an operator asks.
    var isWanted = false
    /// The present start is told of when it is ready.
    private(set) var isTold = false
    private var hasStarted = false
    /// Requests to stop that wait for its end.
    var stopping: [Int] = []
    private(set) var lastEnd = ""
    private var probe: Int32?
    private var probeBegan: Int64 = 0

    init(_ order: LaunchSpec.Process, address: String, policy: RestartPolicy) {
        self.order = order
        self.address = address
        environment = order.environment
        supervisor = Supervisor(policy: policy, now: BootTime.now)
    }

    var isHeld: Bool { isStopped || SmallFile.exists("\(FleetLayout.held)/\(order.name)") }

    /// As `FleetStatus` names it.
    var state: String {
        if pid != nil { return isReady ? "running" : "starting" }
        if isHeld { return "held" }
        if isWanted { return "waiting" }
        switch supervisor.state {
        case .running: return "waiting"
        case .waiting: return "waiting"
        case .stopped: return "ended"
        case .gaveUp: return "gave-up"
        }
    }

    /// It does not run, and nobody is going to start it.
    var isOver: Bool { ["ended", "gave-up"].contains(state) }

    // MARK: - Start and end

    func start(_ program: String, network: Int32, isTold: Bool) throws(HostError) {
        var variables = ["PATH": Programs.path, "HOME": FleetLayout.root, "LANG": "C"]
        variables.merge(environment) { $1 }
        var argv: [UnsafeMutablePointer<CChar>?] = order.command.map { (word: String) in strdup(word) } + [nil]
        var envp: [UnsafeMutablePointer<CChar>?] =
            variables.sorted { $0.key < $1.key }.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { for pointer in argv + envp { free(pointer) } }
        var step: Int32 = 0
        let result = program.withCString { path in
            order.log.withCString { log in
                argv.withUnsafeMutableBufferPointer { argv in
                    envp.withUnsafeMutableBufferPointer { envp in
                        var request = host_program(
                            path: path, argv: argv.baseAddress, envp: envp.baseAddress, log: log, network: network)
                        return host_start(&request, &step)
                    }
                }
            }
        }
        isWanted = false
        if !hasStarted { supervisor = Supervisor(policy: supervisor.policy, now: BootTime.now) }
        hasStarted = true
        guard result > 0 else {
            let what = ["starting a process for", "entering the network of", "opening the log of", "executing"]
            lastEnd = "\(what[Int(step)]) \(order.name) (\(program)): \(SystemCall.reason(-result))"
            throw HostError(.failed, lastEnd)
        }
        pid = result
        self.isTold = isTold
        isReady = order.readyPort == nil
        record(result)
    }

    /// It has ended, with this status of `waitpid`.
    func end(_ status: Int32, now: Int64) {
        let signal = status & 0x7F
        lastEnd = signal == 0 ? "ended with exit code \(status >> 8 & 0xFF)" : "ended by signal \(signal)"
        pid = nil
        isReady = false
        closeProbe()
        unlink(FleetLayout.pidFile(of: order.name))
        supervisor.exited(status == 0 ? .clean : .failure, now: now)
    }

    /// Whole or not at all: faults read it.
    private func record(_ pid: Int32) {
        let path = FleetLayout.pidFile(of: order.name)
        let descriptor = open(path + ".new", O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { return }
        let bytes = Array("\(pid)\n".utf8)
        _ = write(descriptor, bytes, bytes.count)
        close(descriptor)
        rename(path + ".new", path)
    }

    // MARK: - Readiness

    /// Looks whether it accepts connections; true when that has just turned out.
    func becomesReady(now: Int64) -> Bool {
        guard pid != nil, !isReady, let port = order.readyPort else { return false }
        guard let descriptor = probe else {
            let begun = host_connect_begin(address, Int32(port))
            if begun >= 0 {
                probe = begun
                probeBegan = now
            }
            return false
        }
        let state = host_connect_state(descriptor)
        if state == 0 {
            // A lost packet would be sent again only after a second.
            if now - probeBegan > 250_000_000 { closeProbe() }
            return false
        }
        closeProbe()
        isReady = state == 1
        return isReady
    }

    private func closeProbe() {
        if let probe { close(probe) }
        probe = nil
    }
}
