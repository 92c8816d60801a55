import ChaosFleet
package import ChaosHTTP
package import ChaosPlan
import ChaosResilience
import Glibc
import NIOCore

/// An agent: serves requests, asks others for them, reports to its hubs, keeps its log and publishes.
package final class AgentProcess: FleetProcess, @unchecked Sendable {
    package let member: Member
    package let service: Fleet.Service
    let name: String
    let parts: Parts
    let fleet: Fleet
    let caller: HTTPCaller
    let queue: WorkQueue
    let hubs: HubSide
    let dependencies: Dependencies
    let log: LogFile
    let houseKeeping: HouseKeeping
    let publisher: any MessagePublishing
    private let orders: RunOrderWatch
    /// The share of requests that this version fails, for rollouts.
    private let badVersion: Share
    private var chance: Chance
    private var toldCalls = 0
    private var callsTimer: Scheduled<Void>?
    private var isStopping = false
    private(set) var requests = 0
    private(set) var failures = 0

    package init(agent index: Int, parts: Parts, badVersion: Share = .zero, publisher: any MessagePublishing) {
        let place = parts.place
        fleet = place.fleet
        member = .agent(index)
        name = fleet.agents[index].name
        service = fleet.agents[index].service
        self.parts = parts
        self.publisher = publisher
        self.badVersion = badVersion
        chance = Chance(name)
        caller = HTTPCaller(on: parts.clock.loop)
        queue = WorkQueue(
            name: name, service: service, policies: fleet.policies, burn: parts.burn, clock: parts.clock,
            telemetry: parts.telemetry)
        hubs = HubSide(
            agent: index, place: place, clock: parts.clock, caller: caller, telemetry: parts.telemetry)
        dependencies = Dependencies(
            agent: index, place: place, hubs: hubs, clock: parts.clock, caller: caller, telemetry: parts.telemetry)
        log = LogFile(
            path: place.log(of: member), policies: fleet.policies, policy: MachinePolicies(fleet).logRotation,
            clock: parts.clock)
        houseKeeping = HouseKeeping(
            agent: index, place: place, log: log, clock: parts.clock, telemetry: parts.telemetry)
        orders = RunOrderWatch(path: place.runFile, clock: parts.clock)
    }

    package func prepare(done: @escaping @Sendable () -> Void) {
        log.open()
        done()
    }

    package func start() {
        let dependencies = dependencies
        hubs.names.renamed = { dependencies.renamed($0) }
        dependencies.start()
        hubs.start()
        houseKeeping.start()
        publisher.start()
        orders.start { [weak self] order in
            self?.hubs.follow(order)
            self?.publisher.order(order)
        }
        tellCallsLater()
    }

    package var isIdle: Bool { queue.isIdle }

    package func stop(done: @escaping @Sendable () -> Void) {
        isStopping = true
        callsTimer?.cancel()
        tellCalls()
        orders.stop()
        hubs.stop()
        houseKeeping.stop()
        dependencies.close()
        caller.close()
        publisher.stop(done: done)
    }

    // MARK: Requests

    package func handle(_ request: HTTPRequest, _ responder: HTTPResponder) {
        switch (request.method, request.path) {
        case ("GET", "/work"): work(for: request.query["for"] ?? name, responder)
        case ("GET", "/healthz"): responder.text("ok")
        case ("GET", "/metrics"): responder.text(metrics)
        case ("GET", "/state"): responder.json(stateJSON)
        case ("POST", "/fail-back"):
            hubs.beginWithPrimary()
            responder.text("")
        default: responder.text("no such thing here\n", status: 404)
        }
    }

    /// Whoever it is asked for: a standby serves with its own workers and its own dependencies.
    private func work(for subject: String, _ responder: HTTPResponder) {
        requests += 1
        let arrived = parts.clock.now
        let isAccepted = queue.accept { [weak self] in
            guard let self else { return }
            self.dependencies.ask { succeeded in
                self.finish(subject, arrived: arrived, succeeded: succeeded, responder)
            }
        }
        if !isAccepted { responder.text("shed\n", status: 503) }
    }

    private func finish(_ subject: String, arrived: Int64, succeeded: Bool, _ responder: HTTPResponder) {
        let took = (parts.clock.now - arrived) / .microsecond
        log.append("\(succeeded ? "info" : "failed") work for=\(subject) took=\(took)us")
        let isServed = succeeded && !chance.happens(badVersion) && !isBlockedByLog
        if !isServed { failures += 1 }
        queue.finish()
        responder.text(isServed ? "\(name)\n" : "failed\n", status: isServed ? 200 : 500)
    }

    /// Without rotation a full disk blocks whoever writes its log: the request fails with it.
    private var isBlockedByLog: Bool { log.isBlocked && !fleet.policies.enabled(.logRotation) }

    // MARK: Calls

    private func tellCallsLater() {
        callsTimer = parts.clock.after(.second) { [weak self] in
            guard let self, !self.isStopping else { return }
            self.tellCalls()
            self.tellCallsLater()
        }
    }

    private func tellCalls() {
        guard dependencies.needed + dependencies.sent > toldCalls else { return }
        toldCalls = dependencies.needed + dependencies.sent
        parts.telemetry.write(.calls(needed: dependencies.needed, sent: dependencies.sent))
    }
}
