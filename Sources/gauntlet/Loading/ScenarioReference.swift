/// A scenario as the operator names it: `hub-failover`, `partition@2m`, `scenarios/partition.yaml@2m`.
struct ScenarioReference {
    /// Of the file found.
    var file: String
    var variant: String?
}
