import CLinuxShims
import Glibc

/// The worker that holds processes with ptrace: reads lines of `PID@START` from its input, answers each with `held` or with
/// what went wrong, and lets all go when its input ends.
struct HoldWorker {
    static let held = "held"

    private enum Thread {
        /// Seized and told to stop.
        case stopping
        /// With its wait status.
        case stopped(Int32)
    }

    private var threads: [Int32: Thread] = [:]
    private var input = LineBuffer()

    static func run() throws(HostError) -> Int32 {
        var worker = HoldWorker()
        let signals = try SystemCall.check(host_signal_descriptor([SIGCHLD], 1), "catching signals")
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            var waits = [
                pollfd(fd: 0, events: Int16(POLLIN), revents: 0),
                pollfd(fd: signals, events: Int16(POLLIN), revents: 0),
            ]
            _ = poll(&waits, 2, -1)
            if waits[1].revents != 0 { while host_signal_read(signals) != 0 {} }
            worker.collect()
            guard waits[0].revents != 0 else { continue }
            let count = read(0, &buffer, buffer.count)
            guard count > 0 else {
                worker.release()
                return 0
            }
            for line in worker.input.append(buffer[..<count]) {
                var answer = held
                do { try worker.hold(line ?? "") } catch { answer = error.text }
                try SmallFile.writeAll(Array((answer + "\n").utf8), to: 1, named: "the standard output")
            }
        }
    }

    /// Returns when every thread of them has stopped.
    private mutating func hold(_ line: String) throws(HostError) {
        for word in line.split(separator: " ") {
            let parts = word.split(separator: "@")
            guard parts.count == 2, let pid = Int32(parts[0]), let start = UInt64(parts[1]) else {
                throw HostError(.malformed, "`\(word)` is not PID@START")
            }
            try seize(ProcessIdentity(pid: pid, start: start, boot: Boot.id))
        }
        // Well within the executor's patience.
        let limit = BootTime.now + 650_000_000
        while let running = threads.first(where: { if case .stopping = $0.value { true } else { false } })?.key {
            collect()
            guard BootTime.now < limit else {
                throw HostError(
                    .failed, "thread \(running) does not stop", hint: "is it in an uninterruptible wait?")
            }
            usleep(200)
        }
    }

    /// Every thread, and those begun meanwhile by threads not yet seized, until a look shows no new one.
    private mutating func seize(_ process: ProcessIdentity) throws(HostError) {
        // A thread that ends may be seen in one look more; endless new ones are a fork bomb.
        for _ in 0..<100 {
            let new = ProcessTable.threads(of: process.pid).filter { threads[$0] == nil }
            guard !new.isEmpty, process.isAlive else { return }
            for thread in new {
                let result = host_trace_seize(thread)
                // One that ended meanwhile is refused in either way; one begun by a seized thread is ours already.
                let hasEnded = ProcessStatus.of(thread).map { "ZX".contains($0.state) } ?? true
                if result == -ESRCH || (result == -EPERM && hasEnded) { continue }
                if result != -EPERM || ProcessTable.tracer(of: thread) != getpid() {
                    try SystemCall.check(result, "holding thread \(thread) of \(ProcessTable.name(process))")
                }
                threads[thread] = .stopping
            }
            collect()
        }
        guard !ProcessTable.states(of: process.pid).allSatisfy({ "tZX".contains($0) }) else { return }
        throw HostError(.failed, "\(ProcessTable.name(process)) begins threads faster than they can be held")
    }

    /// Takes note of what stopped or ended.
    private mutating func collect() {
        while true {
            var status: Int32 = 0
            let thread = host_trace_next(&status)
            guard thread > 0 else {
                if thread == -EINTR { continue }
                return
            }
            threads[thread] = host_trace_is_stopped(status) != 0 ? .stopped(status) : nil
        }
    }

    private mutating func release() {
        collect()
        for (thread, state) in threads {
            // One that has not stopped cannot be told to go; the end of this process lets it go.
            guard case .stopped(let status) = state else { continue }
            _ = host_trace_release(thread, host_trace_signal(status))
        }
    }
}
