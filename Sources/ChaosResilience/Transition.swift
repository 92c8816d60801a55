/// A change of state of one of the machines, for the driver to journal.
///
/// Methods return it as an optional: `nil` says that the event changed nothing worth telling.
@frozen
public struct Transition<State: Sendable & Equatable>: Sendable, Equatable {
    /// The state before the event.
    public var from: State
    /// The state after the event.
    public var to: State

    /// A change between two states.
    @inlinable
    public init(from: State, to: State) {
        self.from = from
        self.to = to
    }
}
