/// Which recorded runs are asked for; everything unless said otherwise.
public struct RunFilter: Hashable, Sendable {
    public var scenario: String?
    public var world: String?
    public var version: String?
    public var verdict: String?
    /// Started then or later, in seconds since 1970.
    public var since: Int64?
    /// The newest so many.
    public var limit: Int?
    /// Runs whose directories are gone are listed too.
    public var includesPruned = true
    /// Without them a long list is several times quicker.
    public var includesObjectives = true

    public init(
        scenario: String? = nil, world: String? = nil, version: String? = nil, verdict: String? = nil,
        since: Int64? = nil, limit: Int? = nil
    ) {
        self.scenario = scenario
        self.world = world
        self.version = version
        self.verdict = verdict
        self.since = since
        self.limit = limit
    }
}
