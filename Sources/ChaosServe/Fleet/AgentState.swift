/// What is known of one agent now, as a set of marks; empty while it serves from where it belongs.
package struct AgentState: OptionSet, Hashable, Codable, Sendable {
    package var rawValue: Int

    package init(rawValue: Int) { self.rawValue = rawValue }

    /// Its clients get no good answer.
    package static let down = AgentState(rawValue: 1)
    /// Target of a fault in force.
    package static let hit = AgentState(rawValue: 2)
    /// With its other hub.
    package static let onStandbyHub = AgentState(rawValue: 4)
    /// On its way from one hub to the other.
    package static let switching = AgentState(rawValue: 8)
    /// No hub answers it.
    package static let isolated = AgentState(rawValue: 16)
    /// Another agent serves in its name.
    package static let replaced = AgentState(rawValue: 32)
    package static let restarting = AgentState(rawValue: 64)
    /// The supervisor gave it up.
    package static let givenUp = AgentState(rawValue: 128)
    /// Keeps messages that the broker cannot take.
    package static let buffering = AgentState(rawValue: 256)
    /// Refuses work beyond its queue.
    package static let shedding = AgentState(rawValue: 512)
}
