import ChaosPlan

/// A schedule as `schedule.json` and `plan --json` have it: names instead of indices.
struct ScheduleRecord: Encodable {
    struct Instance: Encodable {
        var id: String
        var fault: String
        var kind: String
        var targets: [String]
        /// From the start of the run; absent where only the run can tell.
        var atNs: Nanoseconds?
        var afterRevertOf: String?
        var afterStartOf: String?
        var delayNs: Nanoseconds?
        var durationNs: Nanoseconds?
        var irreversible: Bool
    }

    struct Radius: Encodable {
        var hosts: [String]
        var agents: [String]
        var exposed: [String]
    }

    var gauntletSchedule = 1
    var scenario: String
    var fleet: String
    /// How many agents the fleet has.
    var fleetAgents: Int
    var seed: UInt64
    var planDigest: String
    var baselineNs: Nanoseconds
    var faultsNs: Nanoseconds
    var recoveryNs: Nanoseconds
    var instances: [Instance]
    var blastRadius: Radius

    init(_ schedule: Schedule, of plan: Plan) {
        let fleet = plan.fleet
        scenario = plan.name
        self.fleet = fleet.name
        fleetAgents = fleet.agents.count
        seed = schedule.seed
        planDigest = JournalHash.text(plan.digest)
        baselineNs = plan.phases.baseline
        faultsNs = plan.phases.faults
        recoveryNs = plan.phases.recovery
        instances = schedule.instances.map { instance in
            var entry = Instance(
                id: instance.id, fault: instance.faultID, kind: instance.fault.kind.rawValue,
                targets: Self.targets(instance.targets, fleet), durationNs: instance.duration,
                irreversible: instance.fault.isIrreversible)
            switch instance.start {
            case .at(let time): entry.atNs = time
            case .afterRevert(let other, let delay):
                entry.afterRevertOf = schedule.instances[other].id
                entry.delayNs = delay
            case .afterStart(let other, let delay):
                entry.afterStartOf = schedule.instances[other].id
                entry.delayNs = delay
            }
            return entry
        }
        blastRadius = Radius(
            hosts: schedule.blastRadius.hosts.map { fleet.hosts[$0].name },
            agents: schedule.blastRadius.agents.map { fleet.agents[$0].name },
            exposed: schedule.blastRadius.exposed.map { fleet.agents[$0].name })
    }

    private static func targets(_ targets: FaultInstance.Targets, _ fleet: Fleet) -> [String] {
        switch targets {
        case .members(let members): members.map { fleet.name(of: $0) }
        case .hosts(let hosts): hosts.map { fleet.hosts[$0].name }
        case .link(let from, let to, let oneWay):
            ["\(fleet.hosts[from].name)\(oneWay ? ">" : "-")\(fleet.hosts[to].name)"]
        case .leader: ["leader"]
        }
    }
}
