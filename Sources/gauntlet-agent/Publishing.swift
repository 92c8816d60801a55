package import ChaosFleet
import ChaosHTTP
import ChaosPlan

/// What an agent needs of its way to the broker. Everything is called on the agent's event loop.
package protocol MessagePublishing: AnyObject, Sendable {
    func start()
    /// The run that is on from now on; nil while none is.
    func order(_ order: RunOrder?)
    /// Its state as a JSON value, for `/state`.
    var json: String { get }
    /// Its part of `/metrics`, each line with its end.
    var metrics: String { get }
    /// Lets go of the broker in order; `done` is called on the loop.
    func stop(done: @escaping @Sendable () -> Void)
}

extension Publisher {
    /// Of an agent at its place: its servers, its credential and what it has published before.
    package static func make(agent index: Int, parts: Parts) -> any MessagePublishing {
        let place = parts.place
        let name = place.fleet.agents[index].name
        let servers = place.fleet.broker.servers.indices.map { server in
            BrokerPlace(
                name: place.fleet.broker.servers[server].name, address: place.endpoint(of: .broker(server)).text)
        }
        return Publisher(
            name: name, fleet: place.fleet, places: servers, credentialPath: place.credential(of: name),
            lastPublished: TelemetryFile.lastPublished(path: place.telemetry(of: name)), telemetry: parts.telemetry,
            loop: parts.clock.loop)
    }
}
