import ChaosFleet
import ChaosHTTP
import ChaosPlan
import Dispatch
import Glibc
import NIOCore
import NIOPosix
import Synchronization

/// A process from its start to its orderly end.
package final class Running: Sendable {
    /// How long requests under way may take to be answered when the process ends.
    private static let lastAnswers: Nanoseconds = .second

    private let process: any FleetProcess
    private let parts: Parts
    private let server: HTTPServer
    private let ending: Ending

    /// Returns when it listens. Not for an event loop's thread.
    ///
    /// - Parameters:
    ///   - began: when the process began (CLOCK_BOOTTIME): what it has taken since is part of its startup time.
    ///   - isAsked: whether it shall end before it has warmed up; then nil.
    package init?(
        _ process: any FleetProcess, parts: Parts, began: Int64, isAsked: () -> Bool = { false }
    ) throws(ProcessError) {
        let ending = Ending()
        self.ending = ending
        self.process = process
        self.parts = parts
        parts.telemetry.write(.started(pid: getpid()), at: began)
        let name = parts.place.fleet.name(of: process.member)
        var chance = Chance(name)
        let startup = chance.around(process.service.startup)
        let loop = parts.clock.loop
        let prepared = loop.makePromise(of: Void.self)
        loop.execute { process.prepare { prepared.succeed() } }
        let endpoint = parts.place.endpoint(of: process.member)
        do {
            try prepared.futureResult.wait()
            while FleetClock.now < began + startup {
                if isAsked() { return nil }
                usleep(UInt32(clamping: min(10_000, max(0, began + startup - FleetClock.now) / 1000)))
            }
            // First, so that the first request finds everything in its place.
            try loop.submit { process.start() }.wait()
            server = try HTTPServer.start(on: loop, host: endpoint.address, port: endpoint.port) { request, responder in
                guard !ending.hasBegun.load(ordering: .relaxed) else {
                    return responder.text("ending\n", status: 503)
                }
                process.handle(request, responder)
            }
        } catch {
            throw ProcessError("\(name) cannot listen on \(endpoint.text): \(error)")
        }
    }

    /// Answers what is under way, for a second at most, says goodbye and closes. Not for an event loop's thread.
    package func end() {
        guard !ending.hasBegun.exchange(true, ordering: .relaxed) else { return }
        server.stopListening()
        let clock = parts.clock
        let process = process
        let ended = clock.loop.makePromise(of: Void.self)
        clock.loop.execute {
            let goodbye = Goodbye(process, clock: clock, until: clock.now + Self.lastAnswers) { ended.succeed() }
            goodbye.begin()
        }
        try? ended.futureResult.wait()
        server.close()
    }

    /// As a kill does: nothing is answered any more.
    package func halt() { server.close() }
}

private final class Ending: Sendable {
    let hasBegun = Atomic(false)
}

/// The end of a process, on its loop: waits for what is under way, lets the process stop, and does not wait for ever.
private final class Goodbye: @unchecked Sendable {
    private let process: any FleetProcess
    private let clock: LoopClock
    private let limit: Int64
    private var done: (@Sendable () -> Void)?

    init(_ process: any FleetProcess, clock: LoopClock, until limit: Int64, done: @escaping @Sendable () -> Void) {
        self.process = process
        self.clock = clock
        self.limit = limit
        self.done = done
    }

    func begin() {
        clock.at(limit) { self.finish() }
        drain()
    }

    private func drain() {
        guard process.isIdle else {
            clock.after(5 * .millisecond) { if self.done != nil { self.drain() } }
            return
        }
        process.stop { self.finish() }
    }

    private func finish() {
        let done = self.done
        self.done = nil
        done?()
    }
}
