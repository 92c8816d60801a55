import ChaosPlan

/// One event as a person reads it.
struct TraceLine {
    var time: Nanoseconds
    /// How it concerns the agent: `itself`, `its hub EdgeHub`, `calls ModelManagerAgent`, `host PC2`, `run`.
    var relation: String
    var text: String
}
