import ChaosFleet
import ChaosPlan
import Foundation
import NIOCore
import NIOPosix
import gauntlet_agent

/// One agent's publisher on an event loop, and what its telemetry tells.
final class PublisherRig: Sendable {
    let agent: String
    let publisher: Publisher
    private let file: String
    private let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)

    init(_ rig: BrokerRig, agent: String) throws {
        self.agent = agent
        file = "\(rig.directory)/\(agent).tsv"
        publisher = Publisher(
            name: agent, fleet: rig.fleet, places: rig.places,
            credentialPath: rig.path(FleetLayout.credential(of: agent)),
            lastPublished: TelemetryFile.lastPublished(path: file), telemetry: try TelemetryFile(path: file),
            loop: group.next())
        group.next().execute { [publisher] in publisher.start() }
    }

    /// Begins a run with a message each `interval`, or ends the one that is on.
    func publish(every interval: Nanoseconds?, stream: String = "agent-events") {
        let order = interval.map {
            RunOrder(
                run: "test-\(FleetClock.now)", seed: 1, startNs: FleetClock.now, requestInterval: .second,
                requestTimeout: .second, messageInterval: $0, stream: stream)
        }
        group.next().execute { [publisher] in publisher.order(order) }
    }

    func order(_ order: RunOrder) { group.next().execute { [publisher] in publisher.order(order) } }

    func stop() throws {
        let stopped = group.next().makePromise(of: Void.self)
        group.next().execute { [publisher] in publisher.stop { stopped.succeed() } }
        try stopped.futureResult.wait()
        try group.syncShutdownGracefully()
    }

    func json() throws -> String { try group.next().submit { [publisher] in publisher.json }.wait() }
    func metrics() throws -> String { try group.next().submit { [publisher] in publisher.metrics }.wait() }

    var facts: [TelemetryLine.Fact] {
        let text = (try? String(contentsOfFile: file, encoding: .utf8)) ?? ""
        return text.split(separator: "\n").compactMap { TelemetryLine($0)?.fact }
    }

    var published: [UInt64] { facts.compactMap { if case .published(let counter) = $0 { counter } else { nil } } }
    var acknowledged: [UInt64] { facts.compactMap { if case .acknowledged(let counter) = $0 { counter } else { nil } } }
    var dropped: [UInt64] { facts.compactMap { if case .dropped(let counter) = $0 { counter } else { nil } } }
    var indeterminate: [UInt64] {
        facts.compactMap { if case .indeterminate(let counter) = $0 { counter } else { nil } }
    }

    func mechanisms(_ mechanism: Mechanism) -> [String] {
        facts.compactMap { fact in
            guard case .mechanism(let event) = fact, event.mechanism == mechanism else { return nil }
            return "\(event.by) \(event.from) > \(event.to)"
        }
    }
}
