import ChaosFleet
import ChaosHTTP
import ChaosPlan
import Foundation
import NIOCore
import NIOPosix
import Synchronization
import Testing
import gauntlet_probe

/// An event loop for the prober, another for the servers that it asks, and fleets whose members are anywhere.
final class ProbeRig: Sendable {
    private let clients = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    private let servers = MultiThreadedEventLoopGroup(numberOfThreads: 1)

    deinit {
        servers.shutdownGracefully { _ in }
        clients.shutdownGracefully { _ in }
    }

    var eventLoop: any EventLoop { clients.any() }

    func serve(_ handle: @escaping @Sendable (HTTPRequest, HTTPResponder) -> Void) throws -> HTTPServer {
        try HTTPServer.start(on: servers, host: "127.0.0.1", port: 0, handle: handle)
    }

    static func fleet(_ name: String) throws -> Fleet {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let file = root.appending(path: "scenarios/fleets/\(name).yaml").path()
        let (fleet, problems) = FleetReader.read(text: try String(contentsOfFile: file, encoding: .utf8), file: file)
        return try #require(fleet, "\(problems)")
    }

    /// Clients every 50 ms with 60 s of patience, unless said otherwise, from `start` on (from now).
    static func order(
        timeout: Nanoseconds = 60 * .second, start: Nanoseconds = 100 * .millisecond, stop: Nanoseconds? = .second
    ) -> RunOrder {
        RunOrder(
            run: "r", seed: 7, startNs: FleetClock.now + start, requestInterval: 50 * .millisecond,
            requestTimeout: timeout, messageInterval: 0, stream: "s", stopNs: stop)
    }

    /// A port of 127.0.0.1 on which nobody listens, at least not now.
    static func freePort() throws -> Int {
        let group = MultiThreadedEventLoopGroup.singleton
        let server = try HTTPServer.start(on: group, host: "127.0.0.1", port: 0) { _, _ in }
        defer { server.close() }
        return server.port
    }

    /// The whole of a run: what became of each request.
    func outcomes(
        _ fleet: Fleet, _ order: RunOrder, ports: @escaping @Sendable (Member) -> Int
    ) async throws -> Collected.Result {
        let promise = eventLoop.makePromise(of: Collected.Result.self)
        eventLoop.execute { [eventLoop] in
            let sink = Collected()
            var prober: FleetProber?
            prober = FleetProber(
                fleet, order: order, on: eventLoop, sink: sink,
                endpoint: { Endpoint(address: "127.0.0.1", port: ports($0)) },
                ended: {
                    prober?.cancel()
                    prober = nil
                    promise.succeed(sink.result)
                })
            prober?.start()
        }
        return try await promise.futureResult.get()
    }

    /// One request of one client of `target`; nil if it was not sent.
    func ask(
        _ target: ProbeTarget, _ addresses: [Endpoint], timeout: Nanoseconds = 60 * .second, times: Int = 1
    ) async throws -> [Bool] {
        let promise = eventLoop.makePromise(of: Collected.Result.self)
        eventLoop.execute { [eventLoop] in
            let sink = Collected()
            let client = TargetProber(on: eventLoop).client(
                subject: 0, schedule: .constant(phase: 0, interval: 200 * .millisecond), timeout: timeout,
                target: target, addresses: addresses)
            ProbeRun(
                on: eventLoop, startNs: FleetClock.now, stop: Nanoseconds(times) * 200 * .millisecond,
                clients: [client], sink: sink, ended: { promise.succeed(sink.result) }
            ).start()
        }
        return try await promise.futureResult.get().ended.sorted { $0.intended < $1.intended }.map(\.isOK)
    }
}

/// What a prober said, in its order.
final class Collected: ProbeSink {
    struct Result: Sendable {
        var ended: [ProbeOutcome] = []
        var missed: [Int: [Nanoseconds]] = [:]
        var errors: [String] = []

        /// When each subject's requests were due, in order, sent or not.
        var intended: [Int: [Nanoseconds]] {
            var all = missed
            for outcome in ended { all[outcome.subject, default: []].append(outcome.intended) }
            return all.mapValues { $0.sorted() }
        }
    }

    private(set) var result = Result()

    func ended(_ outcome: ProbeOutcome) { result.ended.append(outcome) }

    func error(_ text: String) { result.errors.append(text) }

    func missed(subject: Int, intended: Nanoseconds) { result.missed[subject, default: []].append(intended) }
}

extension RunOrder {
    /// When each client's requests are due, before the stop.
    func due(_ fleet: Fleet) -> [Int: [Nanoseconds]] {
        var due: [Int: [Nanoseconds]] = [:]
        for (index, agent) in fleet.agents.enumerated() {
            let arrivals = Arrivals.requests(seed: seed, agent: agent.name, interval: requestInterval)
            due[index] = (0..<arrivals.first(from: stopNs ?? 0)).map { arrivals[$0] }
        }
        return due
    }
}
