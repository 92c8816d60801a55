import ChaosPlan

/// Relations between numbers that no real system does without, and that the model takes for granted: what breaks one of them would
/// look better in the simulator than it is.
enum SensibleFleet {
    /// Names of the relations that a fleet breaks.
    static func broken(_ fleet: Fleet) -> Set<String> {
        var broken: Set<String> = []
        let (policies, broker) = (fleet.policies, fleet.broker)
        // A follower that waits no longer than a heartbeat takes would vote its healthy leader out; the model holds no such vote.
        if !broker.servers.isEmpty, broker.electionMin < 2 * broker.heartbeat { broken.insert("election") }
        // Hubs and agents judge silence by heartbeats: less than two of them is no silence.
        let least = 2 * policies.heartbeat.period
        if policies.partition.detectAfter < least { broken.insert("partition") }
        if policies.hubFailover.detectAfter < least { broken.insert("hub") }
        if policies.heartbeat.detector == .fixed, policies.heartbeat.timeout < least { broken.insert("heartbeat") }
        return broken
    }
}
