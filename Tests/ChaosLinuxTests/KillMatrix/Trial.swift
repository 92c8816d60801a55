import CLinuxShims
import ChaosLinux
import Foundation

/// Who is hit, and how.
enum Victim: String, CaseIterable, Sendable {
    case runner, executor, guardian
    case runnerAndExecutor = "runner + executor"
    case runnerAndGuardian = "runner + guardian"
    case executorAndGuardian = "executor + guardian"
    case stoppedRunner = "runner stopped"
    case stoppedExecutor = "executor stopped"
    case stoppedGuardian = "guardian stopped"

    var isStop: Bool { [.stoppedRunner, .stoppedExecutor, .stoppedGuardian].contains(self) }
    var hitsRunner: Bool { [.runner, .runnerAndExecutor, .runnerAndGuardian, .stoppedRunner].contains(self) }
    var hitsExecutor: Bool {
        [.executor, .runnerAndExecutor, .executorAndGuardian, .stoppedExecutor].contains(self)
    }
    var hitsGuardian: Bool {
        [.guardian, .runnerAndGuardian, .executorAndGuardian, .stoppedGuardian].contains(self)
    }
    /// Nobody is left to pay what the kernel does not.
    var needsRecover: Bool { self == .executorAndGuardian }
}

/// Where in a fault's life the victim is hit.
enum Moment: String, CaseIterable, Sendable {
    case beforeRecord = "before-record"
    case afterRecord = "after-record"
    case midInjection = "mid-injection"
    case inForce = "in-force"
    case midRevert = "mid-revert"
    /// At some instant after the request was sent.
    case random
}

/// What came of one trial.
struct Trial: Sendable {
    enum Outcome: Hashable, Sendable {
        /// Nothing of ours was left after so many ns.
        case clean(Int64)
        /// The fault has no such step (a fault that records nothing never writes a record).
        case notReached
        /// What was left, or what went wrong.
        case residue(String)
    }

    var fault: String
    var victim: Victim
    var moment: Moment
    var outcome: Outcome
}

/// The three processes of one trial, started so that each can be hit by id: `cat` is the runner, whose output is the
/// executor's input.
final class Ensemble {
    static let lease: Int64 = 500_000_000

    let runner: ProcessIdentity
    let executor: ProcessIdentity
    private(set) var guardian: ProcessIdentity?
    private let input: Int32
    private let output: Int32
    private let checkpoint: Int32
    private let release: Int32
    private var pidfds: [Int32] = []
    private var text = ""
    private var next = 1

    init(
        in host: TestHost, state: String, run: String, checkpoint moment: Moment, lease: Int64 = Ensemble.lease,
        environment extra: [String] = []
    ) throws {
        // A runner that was killed no longer reads.
        signal(SIGPIPE, SIG_IGN)
        let toRunner = try Self.makePipe()
        let toExecutor = try Self.makePipe()
        let fromExecutor = try Self.makePipe()
        let reached = try Self.makePipe()
        let released = try Self.makePipe()
        let standing = ["PATH=/usr/sbin:/usr/bin:/sbin:/bin"]
        let inherited = ["LD_LIBRARY_PATH", "SWIFT_BACKTRACE"].compactMap { name in
            ProcessInfo.processInfo.environment[name].map { "\(name)=\($0)" }
        }
        let waits = moment == .random ? [] : ["GAUNTLET_CHECKPOINT=\(moment.rawValue)"]
        runner = try Self.start(["cat"], [toRunner.read, toExecutor.write, 2], standing, &pidfds)
        executor = try Self.start(
            host.entering + [HostProcess.executable, "--state", "\(state)/state", "--durable", "\(state)/durable"],
            [toExecutor.read, fromExecutor.write, -1, -1, -1, -1, -1, -1, released.read, reached.write],
            standing + inherited + waits + extra, &pidfds)
        for end in [toRunner.read, toExecutor.read, toExecutor.write, fromExecutor.write, reached.write, released.read]
        { close(end) }
        (input, output, checkpoint, release) = (toRunner.write, fromExecutor.read, reached.read, released.write)
        _ = fcntl(output, F_SETFL, O_NONBLOCK)
        guard
            try ask(#""op":"hello","version":1,"run":"\#(run)","lease":"\#(lease / 1_000_000)ms""#, within: 10)?.ok
                == true
        else {
            throw TrialFailure("no hello: \(text)")
        }
        let line = try String(contentsOfFile: "/proc/\(executor.pid)/task/\(executor.pid)/children", encoding: .utf8)
        guardian = line.split(separator: " ").compactMap { Int32($0) }.compactMap(ProcessIdentity.of).first
    }

    deinit {
        for process in [guardian, executor, runner].compactMap({ $0 }) where process.isAlive {
            kill(process.pid, SIGKILL)
        }
        for end in [input, output, checkpoint, release] + pidfds { close(end) }
        // Our own children: executor and runner.
        for process in [executor, runner] { waitpid(process.pid, nil, 0) }
    }

    /// Sends a request and returns at once.
    func send(_ fields: String) -> Int {
        let id = next
        next += 1
        let line = Array("{\"id\":\(id),\(fields)}\n".utf8)
        _ = write(input, line, line.count)
        return id
    }

    /// Sends a request and awaits its reply; nil if none comes in time.
    func ask(_ fields: String, within seconds: Double) throws -> HostReply? {
        let id = send(fields)
        let limit = BootTime.now + Int64(seconds * 1e9)
        while BootTime.now < limit {
            if let reply = try replies().first(where: { $0.re == id }) { return reply }
            var wait = pollfd(fd: output, events: Int16(POLLIN), revents: 0)
            poll(&wait, 1, 20)
        }
        return nil
    }

    /// All that the executor has said so far.
    func replies() throws -> [HostReply] {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = read(output, &buffer, buffer.count)
            guard count > 0 else { break }
            text += String(decoding: buffer[..<count], as: UTF8.self)
        }
        return try text.split(separator: "\n").map { try HostReply.read(String($0)) }
    }

    /// Whether the executor stands at its checkpoint within `seconds`; ends early once `isOver` says it will not come.
    func standsAtCheckpoint(within seconds: Double, unless isOver: () throws -> Bool) rethrows -> Bool {
        let limit = BootTime.now + Int64(seconds * 1e9)
        while BootTime.now < limit {
            var wait = pollfd(fd: checkpoint, events: Int16(POLLIN), revents: 0)
            if poll(&wait, 1, 10) == 1 { return wait.revents & Int16(POLLIN) != 0 }
            if try isOver() { return false }
        }
        return false
    }

    func goOn() {
        var byte: UInt8 = 1
        _ = write(release, &byte, 1)
    }

    func hit(_ victim: Victim) {
        let signal = victim.isStop ? SIGSTOP : SIGKILL
        if victim.hitsRunner { kill(runner.pid, signal) }
        if victim.hitsExecutor { kill(executor.pid, signal) }
        if victim.hitsGuardian, let guardian, guardian.isAlive { kill(guardian.pid, signal) }
    }

    /// Wakes whoever was stopped, as an operator or a scheduler might.
    func wake(_ victim: Victim) {
        guard victim.isStop else { return }
        for process in [runner, executor, guardian].compactMap({ $0 }) where process.isAlive {
            kill(process.pid, SIGCONT)
        }
    }

    private static func makePipe() throws -> (read: Int32, write: Int32) {
        var ends: [Int32] = [-1, -1]
        // Another thread's child may inherit an end between the two calls; it closes all but its own before it runs.
        guard pipe(&ends) == 0 else { throw TrialFailure("no pipe: \(String(cString: strerror(errno)))") }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        return (ends[0], ends[1])
    }

    private static func start(
        _ arguments: [String], _ descriptors: [Int32], _ environment: [String], _ pidfds: inout [Int32]
    ) throws -> ProcessIdentity {
        let path = Shell.path(of: arguments[0]) ?? arguments[0]
        var argv: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) } + [nil]
        var envp: [UnsafeMutablePointer<CChar>?] = environment.map { strdup($0) } + [nil]
        defer { for pointer in argv + envp { free(pointer) } }
        var pidfd: Int32 = -1
        let pid = host_spawn(path, &argv, &envp, descriptors, Int32(descriptors.count), 0, &pidfd)
        guard pid > 0, let identity = ProcessIdentity.of(pid) else {
            throw TrialFailure("cannot start \(arguments[0]): \(pid)")
        }
        pidfds.append(pidfd)
        return identity
    }
}

struct TrialFailure: Error, CustomStringConvertible {
    var description: String
    init(_ description: String) { self.description = description }
}
