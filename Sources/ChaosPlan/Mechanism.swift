/// What a fleet survives by. A scenario names what it `exercises` and what it `expect`s to fire; a fleet (or `--disable`)
/// can switch each off, which is how a scenario proves that the mechanism matters.
public enum Mechanism: String, CaseIterable, Hashable, Codable, Sendable {
    /// Circuit breakers on every call edge.
    case breaker
    /// Bounded retries with a budget.
    case retry
    /// The supervisor that starts dead processes again.
    case restart
    /// A hub re-points a dead agent's name to its standby.
    case agentFailover = "agent-failover"
    /// Agents move to the other hub when theirs is silent.
    case hubFailover = "hub-failover"
    /// Hubs notice a partition and each go on serving their own side.
    case partitionDetector = "partition-detector"
    /// Hubs merge their registries after a partition.
    case reconciliation
    /// Agents keep messages that the broker cannot take, and replay them in order.
    case buffer
    /// Callers answer from a cache when a store or another agent does not answer.
    case storeFallback = "store-fallback"
    /// Callers remember where an agent lives.
    case discoveryCache = "discovery-cache"
    /// Log files rotate, and disk thresholds act.
    case logRotation = "log-rotation"
    /// Agents re-read rotated credentials.
    case credentialReload = "credential-reload"
    /// A degraded rollout is rolled back by itself.
    case rollback
    /// The broker's servers elect a new leader.
    case brokerElection = "broker-election"
    /// The broker redelivers what was not acknowledged in time.
    case redelivery
    /// Servers refuse work beyond a bounded queue.
    case loadShedding = "load-shedding"
}
