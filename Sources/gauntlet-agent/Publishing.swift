package import ChaosFleet

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
