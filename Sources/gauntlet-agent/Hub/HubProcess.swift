import ChaosFleet
package import ChaosHTTP
package import ChaosPlan
import ChaosResilience

/// A hub: knows who is alive, who serves whom and where a name leads, and shares that with the other hub.
package final class HubProcess: FleetProcess, @unchecked Sendable {
    package let member: Member
    package let service: Fleet.Service
    private let name: String
    private let fleet: Fleet
    private let clock: LoopClock
    private let caller: HTTPCaller
    private let queue: WorkQueue
    private let watch: AgentWatch
    private let peers: PeerSide
    private let replication: Replication
    private let orders: RunOrderWatch
    private let agents: [String: Int]
    private var reports = 0
    private var registrations = 0

    package init(hub: Int, parts: Parts) {
        fleet = parts.place.fleet
        member = .hub(hub)
        name = fleet.hubs[hub].name
        service = fleet.hubs[hub].service
        clock = parts.clock
        caller = HTTPCaller(on: clock.loop)
        queue = WorkQueue(
            name: name, service: service, policies: fleet.policies, burn: parts.burn, clock: clock,
            telemetry: parts.telemetry)
        watch = AgentWatch(hub: hub, parts: parts)
        peers = PeerSide(hub: hub, parts: parts, caller: caller)
        replication = Replication(hub: hub, parts: parts, caller: caller, peers: peers)
        orders = RunOrderWatch(path: parts.place.runFile, clock: clock)
        agents = Dictionary(uniqueKeysWithValues: fleet.agents.enumerated().map { ($0.element.name, $0.offset) })
    }

    package func prepare(done: @escaping @Sendable () -> Void) { replication.catchUp(done: done) }

    package func start() {
        let replication = replication
        watch.judged = { replication.judged($0, isWell: $1) }
        peers.seize = { replication.seize() }
        peers.reconnected = { replication.markDirty() }
        watch.start()
        peers.start()
        replication.start()
        let peers = peers
        orders.start { order in
            peers.follow(order)
            replication.follow(order)
        }
    }

    package var isIdle: Bool { queue.isIdle }

    package func stop(done: @escaping @Sendable () -> Void) {
        orders.stop()
        watch.stop()
        peers.stop()
        replication.stop()
        caller.close()
        done()
    }

    // MARK: Requests

    package func handle(_ request: HTTPRequest, _ responder: HTTPResponder) {
        switch (request.method, request.path) {
        case ("POST", "/report"): report(request, responder)
        case ("POST", "/register"): register(request, responder)
        case ("GET", "/where"):
            // A look-up costs the hub's service time, as any question to it does.
            let agent = agent(request)
            serve(responder) { [watch] in
                guard let agent else { return responder.text("unknown\n", status: 404) }
                responder.text(watch.names.line(agent) + "\n")
            }
        case ("GET", "/ask"): serve(responder) { responder.text("\n") }
        case ("GET", "/names"): responder.text(watch.names.text(since: request.query["since"].flatMap { Int64($0) }))
        case ("POST", "/point"):
            guard let agent = agent(request), let other = request.query["at"].flatMap({ agents[$0] }) else {
                return responder.text("unknown\n", status: 404)
            }
            watch.point(agent, at: other)
            responder.text("")
        case ("POST", "/beat"):
            peers.heard()
            responder.text("")
        case ("POST", "/sync"):
            let wanted = request.query["request"].flatMap { ReplicationMessage.Request(rawValue: $0) } ?? .merge
            guard let answer = replication.answer(request.body, to: wanted) else {
                return responder.text("entries of another fleet\n", status: 400)
            }
            responder.text(answer)
        case ("POST", "/partition-handling"):
            peers.isHandling = request.query["on"] != "0" && fleet.policies.enabled(.partitionDetector)
            responder.text("")
        case ("GET", "/healthz"): responder.text("ok")
        case ("GET", "/metrics"): responder.text(metrics)
        case ("GET", "/state"): responder.json(stateJSON)
        default: responder.text("no such thing here\n", status: 404)
        }
    }

    private func serve(_ responder: HTTPResponder, _ answer: @escaping @Sendable () -> Void) {
        let isAccepted = queue.accept { [queue] in
            answer()
            queue.finish()
        }
        if !isAccepted { responder.text("shed\n", status: 503) }
    }

    private func agent(_ request: HTTPRequest) -> Int? { request.query["agent"].flatMap { agents[$0] } }

    /// A sign of life; with an epoch, also of an agent that believes that this hub serves it. The answer carries the version of
    /// the names.
    private func report(_ request: HTTPRequest, _ responder: HTTPResponder) {
        guard let agent = agent(request) else { return responder.text("unknown\n", status: 404) }
        reports += 1
        watch.heard(agent)
        let epoch = request.query["epoch"].flatMap { UInt32($0) } ?? 0
        let isServed = epoch == 0 || replication.serves(agent, epoch: epoch)
        responder.text("\(watch.names.version)", status: isServed ? 200 : 409)
    }

    private func register(_ request: HTTPRequest, _ responder: HTTPResponder) {
        guard let agent = agent(request) else { return responder.text("unknown\n", status: 404) }
        registrations += 1
        let known = request.query["epoch"].flatMap { UInt32($0) } ?? 0
        let epoch = replication.claim(agent, beyond: known)
        watch.heard(agent)
        responder.text("\(epoch)")
    }

    // MARK: State

    private struct State: Encodable {
        struct Agent: Encodable {
            var agent: String
            var owner: String?
            var epoch: UInt32
            var isSuspected: Bool
            var at: String
        }
        var name: String
        var partition: String
        var handlesPartitions: Bool
        var isDiverged: Bool
        var conflicts: Int
        var names: Int64
        var digest: String
        var agents: [Agent]
    }

    private var stateJSON: String {
        let registry = replication.registry
        return JSONText.of(
            State(
                name: name, partition: "\(peers.detector.state)", handlesPartitions: peers.isHandling,
                isDiverged: replication.isDiverged,
                conflicts: replication.conflicts, names: watch.names.version,
                digest: String(registry.digest, radix: 16),
                agents: fleet.agents.indices.map { index in
                    let owner = Int(registry[index].owner)
                    return State.Agent(
                        agent: fleet.agents[index].name,
                        owner: fleet.hubs.indices.contains(owner) ? fleet.hubs[owner].name : nil,
                        epoch: registry[index].epoch, isSuspected: watch.suspects[index],
                        at: watch.names.line(index))
                }))
    }

    private var metrics: String {
        var text = Metrics()
        text.counter("gauntlet_hub_requests_total", "Look-ups and requests served.", queue.served)
        text.counter("gauntlet_hub_shed_total", "Requests refused because the queue was full.", queue.shed)
        text.counter("gauntlet_hub_reports_total", "Agents' signs of life.", reports)
        text.counter("gauntlet_hub_registrations_total", "Agents taken over.", registrations)
        text.counter("gauntlet_hub_conflicts_total", "Entries that both hubs had changed.", replication.conflicts)
        text.gauge("gauntlet_hub_suspects", "Agents believed dead.", watch.suspects.filter { $0 }.count)
        text.gauge("gauntlet_hub_degraded", "1 while the other side is cut off.", peers.detector.isDegraded ? 1 : 0)
        text.gauge("gauntlet_hub_diverged", "1 while the hubs' registries are apart.", replication.isDiverged ? 1 : 0)
        return text.text
    }
}
