/// A scenario as the operator names it: `hub-failover`, `partition@2min`, `scenarios/partition.yaml@2min`.
struct ScenarioReference {
    /// Of the file found.
    var file: String
    var variant: String?
}
