import ChaosFleet
package import ChaosLinux
package import ChaosPlan
import Dispatch
import Foundation
import Glibc

/// One host's executor: requests in, replies out, and the lease renewed by a thread of its own, so that whatever else the runner
/// waits for, no fault expires while the runner lives.
package final class HostSession: @unchecked Sendable {
    package let host: String
    private let program: ChildProgram
    private let lock = NSLock()
    private var next = 1
    private var waiting: [Int: DispatchSemaphore] = [:]
    private var replies: [Int: HostReply] = [:]
    private var pendingEvents: [HostReply] = []
    private var isClosed = false
    private var hasGreeted = false
    package private(set) var capabilities: [String: [String]] = [:]
    /// Nil on this machine.
    private let remote: LiveSettings.Remote?
    private let errors: ErrorText?
    /// What its clock is ahead of ours; 0 on this machine.
    private var clockOffset: Nanoseconds = 0

    /// Faults at the far end of ssh outlive a hiccup of the network, and not more.
    package static func lease(isRemote: Bool) -> Nanoseconds { (isRemote ? 5 : 2) * .second }

    /// Starts an executor and greets it.
    /// - Parameter remote: the machine that `command` leads to, if it is another.
    package init(
        host: String, run: String, command: [String], remote: LiveSettings.Remote? = nil
    ) throws(LiveError) {
        self.host = host
        self.remote = remote
        errors = remote == nil ? nil : try ErrorText()
        // An interrupt is the runner's to answer: an executor that ended by it could not be asked to heal.
        program = try ChildProgram(command, errors: errors?.descriptor ?? 2, isApart: true)
        let lease = Self.lease(isRemote: remote != nil)
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
                if FleetClock.now - renewed > lease / 4 {
                    renewed = FleetClock.now
                    self.renew()
                }
            }
        }
        thread.name = "executor \(host)"
        thread.start()
        let hello = send([
            "op": "hello", "version": 1, "run": .text(run), "lease": .text("\(lease / .millisecond)ms"),
        ])
        let reply: HostReply
        do throws(LiveError) { reply = try self.reply(to: hello) } catch {
            let failure = connectionFailure
            program.finish(within: 2_000)
            throw failure ?? error
        }
        capabilities = reply.capabilities ?? [:]
        if remote != nil, reply.bootId != Boot.id { try compareClocks() }
    }

    /// Why ssh leads to no executor; nil on this machine, or where the executor itself said what is wrong.
    private var connectionFailure: LiveError? {
        guard let remote, let errors, !lock.withLock({ hasGreeted }) else { return nil }
        let code = program.end(within: 2_000)
        return SSHCommand.failure(host: host, remote, code: code, errors: errors.text)
    }

    /// Of the program that was started here: the executor, or ssh.
    package var pid: Int32 { program.pid }

    /// Whether its end of the pipe is closed.
    var hasEnded: Bool { lock.withLock { isClosed } }

    /// Why it ended, as far as is known.
    var endText: String {
        let last = errors?.text.split(whereSeparator: \.isNewline).last.map { ": \($0.prefix(200))" } ?? ""
        return "the executor on \(host) has ended\(last)"
    }

    /// Machines count from their own starts. The shortest of a few exchanges tells the difference best: to half its length.
    private func compareClocks() throws(LiveError) {
        var shortest = Int64.max
        for _ in 0..<5 {
            let asked = FleetClock.now
            let reply = try ask(["op": "load"])
            let answered = FleetClock.now
            guard let load = reply.load, answered - asked < shortest else { continue }
            shortest = answered - asked
            clockOffset = load.nowNs - (asked + answered) / 2
        }
    }

    /// Sends a request and waits for its reply.
    /// - Throws: what the executor answers as an error, or that it does not answer.
    @discardableResult
    package func ask(_ request: JSONValue, within seconds: Double = 20) throws(LiveError) -> HostReply {
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
        guard var reply, isThere || reply.re == id else {
            throw LiveError("the executor on \(host) \(closed ? "has ended" : "does not answer")")
        }
        if let error = reply.error {
            throw LiveError(
                "\(host): \(error.message)\(error.hint.isEmpty ? "" : " (\(error.hint))")",
                isMissing: ["privilege", "missing", "unsupported"].contains(error.code))
        }
        reply.commandedNs? -= clockOffset
        reply.effectiveNs? -= clockOffset
        return reply
    }

    /// The reply to a request that was sent, once it is there; never waits. A refusal is a reply, too.
    func takeReply(to id: Int) -> HostReply? {
        lock.withLock {
            guard let reply = replies.removeValue(forKey: id) else { return nil }
            waiting[id] = nil
            return reply
        }
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
    package func event(_ name: String, of fault: String, within seconds: Double) -> HostReply? {
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
    package func finish() {
        program.finish(within: 5_000)
    }

    private func take(_ line: String) {
        guard let reply = try? HostReply.read(line) else { return }
        lock.withLock {
            hasGreeted = true
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
