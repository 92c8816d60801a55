import ChaosFleet
import ChaosHTTP
import ChaosPlan
import NIOCore
import Synchronization
import Testing
import gauntlet_probe

@Suite("The clients of a fleet")
struct FleetProberTests {
    @Test("Each client asks for its agent when its arrivals say, and a 200 is a success")
    func arrivals() async throws {
        let rig = ProbeRig()
        let fleet = try ProbeRig.fleet("single-machine")
        let asked = Mutex<[String: Int]>([:])
        let server = try rig.serve { request, responder in
            let name = request.query["for"] ?? ""
            if request.path == "/work" { asked.withLock { $0[name, default: 0] += 1 } }
            responder.respond(HTTPResponse(status: name == "Diarist" ? 503 : 200))
        }
        defer { server.close() }
        let order = ProbeRig.order()
        let port = server.port
        let result = try await rig.outcomes(fleet, order) { _ in port }
        #expect(result.intended == order.due(fleet))
        let sent = Dictionary(grouping: result.ended, by: { fleet.agents[$0.subject].name }).mapValues(\.count)
        #expect(asked.withLock { $0 } == sent)
        for outcome in result.ended {
            #expect(outcome.isOK == (fleet.agents[outcome.subject].name != "Diarist"))
            #expect(outcome.late >= 0)
            #expect(outcome.end >= outcome.intended + outcome.late)
            #expect(outcome.serving == fleet.members.firstIndex(of: .agent(outcome.subject)))
        }
    }

    @Test("A server that stalls delays no request; all count from when they were due")
    func coordinatedOmission() async throws {
        let rig = ProbeRig()
        let fleet = try ProbeRig.fleet("single-machine")
        let order = ProbeRig.order()
        let expected = order.due(fleet).values.joined().count
        // It answers none before the last is here: a client that waited for an answer would never send its next.
        let held = Mutex<[HTTPResponder]>([])
        let server = try rig.serve { request, responder in
            guard request.path == "/work" else { return responder.respond(HTTPResponse(status: 404)) }
            let all = held.withLock { held in
                held.append(responder)
                return held.count == expected ? held : []
            }
            for responder in all { responder.respond(HTTPResponse()) }
        }
        defer { server.close() }
        let port = server.port
        let result = try await rig.outcomes(fleet, order) { _ in port }
        #expect(result.ended.count == expected)
        #expect(result.intended == order.due(fleet))
        let last = try #require(order.due(fleet).values.joined().max())
        for outcome in result.ended {
            #expect(outcome.isOK)
            #expect(outcome.end >= last)
        }
    }

    @Test("A refusal fails at once, silence at the timeout from when the request was due")
    func failures() async throws {
        let rig = ProbeRig()
        let fleet = try ProbeRig.fleet("single-machine")
        let silent = try rig.serve { _, _ in }
        defer { silent.close() }
        let (silentPort, refusing) = (silent.port, try ProbeRig.freePort())
        let timeout = 900 * Nanoseconds.millisecond
        let order = ProbeRig.order(timeout: timeout)
        let result = try await rig.outcomes(fleet, order) { $0 == .agent(0) ? silentPort : refusing }
        #expect(result.intended == order.due(fleet))
        for outcome in result.ended {
            #expect(!outcome.isOK)
            if outcome.subject == 0 {
                #expect(outcome.end - outcome.intended >= timeout)
            }
        }
        let atOnce = result.ended.filter { $0.subject != 0 && $0.end - $0.intended < timeout }
        #expect(!atOnce.isEmpty)
    }

    @Test("What was due long before the prober could send it is told as not sent")
    func missed() async throws {
        let rig = ProbeRig()
        let fleet = try ProbeRig.fleet("single-machine")
        let server = try rig.serve { _, responder in responder.respond(HTTPResponse()) }
        defer { server.close() }
        let port = server.port
        let order = ProbeRig.order(start: -5 * .second, stop: 5 * .second)
        let result = try await rig.outcomes(fleet, order) { _ in port }
        #expect(result.intended == order.due(fleet))
        for (subject, intended) in result.missed {
            // Five seconds late when it began.
            #expect(intended.count >= 50, "\(subject)")
        }
        #expect(result.missed.count == fleet.agents.count)
        for outcome in result.ended { #expect(outcome.late <= ProbeRun.latest) }
    }

    @Test("A client follows its agent's name to where the hub says that it is")
    func routeChange() async throws {
        let rig = ProbeRig()
        let fleet = try ProbeRig.fleet("single-machine")
        let hasMoved = Mutex(false)
        let standby = try rig.serve { _, responder in responder.respond(HTTPResponse()) }
        let first = try rig.serve { request, responder in
            // Its first request for Greeter moves Greeter's name.
            if request.query["for"] == "Greeter" { hasMoved.withLock { $0 = true } }
            responder.respond(HTTPResponse(status: 500))
        }
        let (firstPort, standbyPort) = (first.port, standby.port)
        let hub = try rig.serve { request, responder in
            let version = hasMoved.withLock { $0 } ? 2 : 1
            guard request.query["since"] != "\(version)" else {
                return responder.respond(HTTPResponse(text: "\(version)\n"))
            }
            let greeter = version == 1 ? "\(firstPort) Greeter" : "\(standbyPort) Router"
            responder.respond(HTTPResponse(text: "\(version)\nGreeter 127.0.0.1:\(greeter)\n"))
        }
        defer { for server in [standby, first, hub] { server.close() } }
        let hubPort = hub.port
        // Ends when the route has been followed, however slow the machine is.
        let promise = rig.eventLoop.makePromise(of: Collected.Result.self)
        let order = ProbeRig.order(stop: nil)
        rig.eventLoop.execute { [eventLoop = rig.eventLoop] in
            let sink = Collected()
            let prober = FleetProber(
                fleet, order: order, on: eventLoop, sink: sink,
                endpoint: { Endpoint(address: "127.0.0.1", port: $0 == .hub(0) ? hubPort : firstPort) }, ended: {})
            prober.start()
            var ticker: Ticker?
            ticker = Ticker(on: eventLoop, after: .zero, every: .milliseconds(20)) {
                guard sink.result.ended.contains(where: { $0.isOK }) else { return }
                ticker?.cancel()
                prober.cancel()
                promise.succeed(sink.result)
            }
        }
        let result = try await promise.futureResult.get()
        let (greeter, router) = (fleet.members.firstIndex(of: .agent(0)), fleet.members.firstIndex(of: .agent(1)))
        for outcome in result.ended {
            if outcome.subject == 0 {
                #expect(outcome.serving == (outcome.isOK ? router : greeter))
            } else {
                #expect(!outcome.isOK)
            }
        }
    }

    @Test("A name in a request is encoded")
    func encoding() {
        #expect(FleetProber.encode("Tutor Agent/2&é~") == "Tutor%20Agent%2F2%26%C3%A9~")
    }
}
