public import ChaosPlan

extension JournalHeader {
    /// The tables that a run of `plan` under `schedule` refers to.
    public init(plan: Plan, schedule: Schedule, world: String) {
        let fleet = plan.fleet
        var groups: [String] = []
        for agent in fleet.agents where !groups.contains(agent.group) { groups.append(agent.group) }
        self.init(
            version: EngineVersion.text, scenario: plan.name, seed: schedule.seed, planDigest: plan.digest,
            fleetDigest: fleet.digest, world: world, phases: plan.phases,
            subjects: fleet.agents.map { agent in
                Subject(name: agent.name, group: groups.firstIndex(of: agent.group)!, host: agent.host)
            },
            groups: groups, hosts: fleet.hosts.map(\.name),
            faults: schedule.instances.map {
                FaultEntry(id: $0.id, faultID: $0.faultID, kind: $0.fault.kind.rawValue, duration: $0.duration)
            },
            requestInterval: plan.workload.requests.interval)
    }
}
