import CLinuxShims
import Glibc

/// The worker that holds processes with ptrace: reads lines of `PID@START` from its input, answers each with `held` or with
/// what went wrong, and lets all go when its input ends.
struct HoldWorker {
    static let held = "held"

    /// The wait status at which each seized thread last stopped; nil before it does.
    private var threads: [Int32: Int32?] = [:]
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

    private mutating func hold(_ line: String) throws(HostError) {
        for word in line.split(separator: " ") {
            let parts = word.split(separator: "@")
            guard parts.count == 2, let pid = Int32(parts[0]), let start = UInt64(parts[1]) else {
                throw HostError(.malformed, "`\(word)` is not PID@START")
            }
            try hold(ProcessIdentity(pid: pid, start: start, boot: Boot.id))
        }
        // Two thirds of the executor's patience.
        let limit = BootTime.now + 650_000_000
        while let running = threads.first(where: { $0.value == nil })?.key {
            collect()
            guard BootTime.now < limit else {
                throw HostError(
                    .failed, "thread \(running) does not stop", hint: "is it in an uninterruptible wait?")
            }
            usleep(200)
        }
    }

    /// Seizes every thread, and those begun meanwhile by threads not yet seized, until a look shows no new one.
    private mutating func hold(_ process: ProcessIdentity) throws(HostError) {
        var isFirst = true
        while true {
            let new = ProcessTable.threads(of: process.pid).filter { threads[$0] == nil }
            guard !new.isEmpty, process.isAlive else { return }
            for thread in new {
                let result = host_trace_seize(thread)
                if result == -ESRCH { continue }  // ended meanwhile
                if result == -EPERM, !isFirst, let tracer = ProcessTable.tracer(of: thread), tracer == getpid() {
                    // Begun by a seized one: it is ours already, and its stop will be told.
                } else {
                    try SystemCall.check(result, "holding thread \(thread) of \(ProcessTable.name(process))")
                }
                threads[thread] = .some(nil)
            }
            isFirst = false
            // The number was checked before the first thread was seized; from then on it cannot change hands.
            collect()
        }
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
            threads[thread] = host_trace_is_stopped(status) != 0 ? .some(status) : nil
        }
    }

    private mutating func release() {
        collect()
        for (thread, status) in threads {
            // One that is not stopped cannot be told to go; the end of this process lets it go.
            guard let status else { continue }
            _ = host_trace_release(thread, host_trace_signal(status))
        }
    }
}
