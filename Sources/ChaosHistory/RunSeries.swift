/// A scenario in a world: what a trend is drawn of.
public struct RunSeries: Hashable, Sendable {
    /// With its variant.
    public var scenario: String
    /// `simulated` or `live`.
    public var world: String

    public init(scenario: String, world: String) {
        self.scenario = scenario
        self.world = world
    }
}
