package import ChaosFleet
package import ChaosHTTP
package import ChaosPlan

/// A process of the fleet: an agent, a hub or a store.
package protocol FleetProcess: AnyObject, Sendable {
    var member: Member { get }
    var service: Fleet.Service { get }
    /// On the loop, while it warms up and takes no requests yet; `done` may take as long as it needs.
    func prepare(done: @escaping @Sendable () -> Void)
    /// On the loop, when it has warmed up and is about to listen.
    func start()
    /// On the loop.
    func handle(_ request: HTTPRequest, _ responder: HTTPResponder)
    /// On the loop: whether nothing is under way.
    var isIdle: Bool { get }
    /// On the loop, when requests are refused already; `done` is called on it.
    func stop(done: @escaping @Sendable () -> Void)
}

/// What every process of the fleet is made of.
package struct Parts: Sendable {
    package let place: Place
    package let clock: LoopClock
    package let telemetry: TelemetryFile
    /// Of a request's service time, what is computed and not slept.
    package let burn: Share

    package init(place: Place, clock: LoopClock, telemetry: TelemetryFile, burn: Share) {
        self.place = place
        self.clock = clock
        self.telemetry = telemetry
        self.burn = burn
    }
}

extension HTTPResponder {
    func text(_ text: String, status: Int = 200) { respond(HTTPResponse(status: status, text: text)) }

    func json(_ text: String) { respond(HTTPResponse(contentType: "application/json", body: Array(text.utf8))) }
}
