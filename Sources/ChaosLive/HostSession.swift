import ChaosFleet
import ChaosLinux
import ChaosPlan
import Dispatch
import Foundation
import Glibc

/// One host's executor: requests in, replies out, and the lease renewed by a thread of its own, so that whatever else the runner
/// waits for, no fault expires while the runner lives.
final class HostSession: @unchecked Sendable {
    let host: String
    private let program: ChildProgram
    private let lock = NSLock()
    private var next = 1
    private var waiting: [Int: DispatchSemaphore] = [:]
    private var replies: [Int: HostReply] = [:]
    private var pendingEvents: [HostReply] = []
    private var isClosed = false
    private(set) var capabilities: [String: [String]] = [:]

    static let lease: Nanoseconds = 2 * .second

    /// Starts an executor and greets it.
    init(host: String, run: String, command: [String]) throws(LiveError) {
        self.host = host
        program = try ChildProgram(command)
        let thread = Thread { [weak self, program] in
            var reader = LineReader()
            var renewed = FleetClock.now
            while true {
                var wait = pollfd(fd: program.output, events: Int16(POLLIN), revents: 0)
                _ = poll(&wait, 1, 100)
                let lines = reader.lines(from: program.output)
                guard let self else { return }
                for line in lines { self.take(line) }
                if reader.isAtEnd {
                    self.close()
                    return
                }
                if FleetClock.now - renewed > Self.lease / 4 {
                    renewed = FleetClock.now
                    self.renew()
                }
            }
        }
        thread.name = "executor \(host)"
        thread.start()
        let reply = try ask([
            "op": "hello", "version": 1, "run": .text(run), "lease": .text("\(Self.lease / .millisecond)ms"),
        ])
        capabilities = reply.capabilities ?? [:]
    }

    /// Sends a request and waits for its reply.
    /// - Throws: what the executor answers as an error, or that it does not answer.
    @discardableResult
    func ask(_ request: JSONValue, within seconds: Double = 20) throws(LiveError) -> HostReply {
        try reply(to: send(request), within: seconds)
    }

    /// Sends without waiting: `reply(to:)` with the result gives the reply.
    func send(_ request: JSONValue) -> Int {
        lock.withLock {
            let id = next
            next += 1
            waiting[id] = DispatchSemaphore(value: 0)
            program.send(request.merging(["id": .number(Int64(id))]).line)
            return id
        }
    }

    func reply(to id: Int, within seconds: Double = 20) throws(LiveError) -> HostReply {
        let (semaphore, closed) = lock.withLock { (waiting[id], isClosed) }
        guard let semaphore else { preconditionFailure("a request that was never sent") }
        let isThere = !closed && semaphore.wait(timeout: .now() + seconds) == .success
        let reply = lock.withLock {
            waiting[id] = nil
            return replies.removeValue(forKey: id)
        }
        guard let reply, isThere || reply.re == id else {
            throw LiveError("the executor on \(host) \(closed ? "has ended" : "does not answer")")
        }
        if let error = reply.error {
            throw LiveError(
                "\(host): \(error.message)\(error.hint.isEmpty ? "" : " (\(error.hint))")",
                isMissing: ["privilege", "missing", "unsupported"].contains(error.code))
        }
        return reply
    }

    /// What the executor told on its own since the last time.
    func events() -> [HostReply] {
        lock.withLock {
            let events = pendingEvents
            pendingEvents = []
            return events
        }
    }

    /// Waits for an event of a fault; others stay for `events`.
    func event(_ name: String, of fault: String, within seconds: Double) -> HostReply? {
        let limit = FleetClock.now + Int64(seconds * 1e9)
        while FleetClock.now < limit {
            let found = lock.withLock { () -> HostReply? in
                guard let index = pendingEvents.firstIndex(where: { $0.event == name && $0.fault == fault }) else {
                    return nil
                }
                return pendingEvents.remove(at: index)
            }
            if let found { return found }
            usleep(5_000)
        }
        return nil
    }

    /// Ends the executor; it reverts whatever it still holds.
    func finish() {
        program.finish(within: 5_000)
    }

    private func take(_ line: String) {
        guard let reply = try? HostReply.read(line) else { return }
        lock.withLock {
            if let id = reply.re {
                guard let semaphore = waiting[id] else { return }
                replies[id] = reply
                semaphore.signal()
            } else if reply.event != nil {
                pendingEvents.append(reply)
            }
        }
    }

    private func renew() {
        lock.withLock {
            let id = next
            next += 1
            program.send(#"{"id":\#(id),"op":"renew"}"#)
        }
    }

    private func close() {
        lock.withLock {
            isClosed = true
            for semaphore in waiting.values { semaphore.signal() }
        }
    }
}
