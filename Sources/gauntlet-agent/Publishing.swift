package import ChaosFleet
package import ChaosPlan
package import NIOCore

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

/// Makes an agent's publisher: the product's talks to the fleet's broker.
package typealias PublisherMaker =
    @Sendable (
        _ name: String, _ fleet: Fleet, _ layout: FleetLayout, _ telemetry: TelemetryFile, _ loop: any EventLoop
    ) -> any MessagePublishing
