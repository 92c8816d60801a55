import ChaosPlan
import ChaosRun
import ChaosSim

/// Schedules that nobody would write: faults of every kind on whoever comes up, at any time, over one another.
///
/// Two faults never decide over one member's life at once, and two of a kind never meet on one target: the plan reader
/// refuses such plans.
enum RandomPlan {
    /// A plan on one of three fleets, and a schedule for it.
    static func make(seed: UInt64) throws -> (plan: Plan, schedule: Schedule) {
        var dice = Dice(seed)
        let shape = dice.pick([FleetText.Shape.oneHost, .twoHosts, .threeHosts])
        var plan = try base(shape, policy: Int(dice.below(4)))
        plan.phases = Phases(
            baseline: (5 + dice.below(5)) * s, faults: (20 + dice.below(40)) * s, recovery: (5 + dice.below(30)) * s)
        return (plan, Schedule(seed: seed, instances: instances(plan, &dice), blastRadius: nobody))
    }

    static let nobody = BlastRadius(hosts: [], agents: [], exposed: [])

    /// Reading takes longer than running, so each is read once.
    private static let cache: [String: Result<Plan, any Error>] = {
        var all: [String: Result<Plan, any Error>] = [:]
        for shape in [FleetText.Shape.oneHost, .twoHosts, .threeHosts] {
            for policy in 0..<4 { all["\(shape)\(policy)"] = Result { try read(shape, policy) } }
        }
        return all
    }()

    private static func base(_ shape: FleetText.Shape, policy: Int) throws -> Plan {
        try cache["\(shape)\(policy)"]!.get()
    }

    static func read(_ shape: FleetText.Shape, _ policy: Int) throws -> Plan {
        let hosts: [String] =
            switch shape {
            case .oneHost: ["A", "A", "A"]
            case .twoHosts: ["A", "B", "B"]
            case .threeHosts: ["A", "B", "C"]
            }
        var fleet = FleetText(
            shape: shape,
            groups: [
                "{ group: front, host: \(hosts[0]), profile: agent, standby: next, members: [ Alpha, Beta ] }",
                "{ group: edge, host: \(hosts[1]), profile: agent, standby: Alpha, members: [ Carol, Dave ] }",
                "{ group: back, host: \(hosts[2]), profile: agent, members: [ Erin, Frank ] }",
            ],
            stores: [
                "{ name: redis, kind: redis, host: A, profile: store, writes: false }",
                "{ name: disk, kind: sqlite, host: \(hosts[1]), profile: store, writes: true }",
            ],
            calls: [
                "{ from: front, to: Carol, share: 40% (assumed 0%..100%), class: agent, fallback: true }",
                "{ from: edge, to: Erin, share: 30% (assumed 0%..100%), class: agent, fallback: false }",
                "{ from: all, to: hub, share: 20% (assumed 0%..100%), class: hub, fallback: true }",
                "{ from: back, to: redis, share: 60% (assumed 0%..100%), class: database, fallback: true }",
                "{ from: edge, to: disk, share: 20% (assumed 0%..100%), class: database, fallback: false }",
            ])
        fleet.set = ["links.0.jitter=100us", "policies.logs.bytes-per-request=64KiB"].filter {
            shape != .oneHost || !$0.hasPrefix("links")
        }
        switch policy {
        case 1:
            fleet.set += [
                "policies.heartbeat.period=200ms", "policies.heartbeat.timeout=600ms",
                "policies.heartbeat.jitter=150ms",
            ]
        case 2:
            fleet.set += [
                "policies.hub-failover.detect-after=600ms", "policies.hub-failover.fail-back-after=5s",
                "policies.partition.detect-after=3s", "policies.partition.confirm-heal-after=1s",
            ]
        case 3:
            fleet.set += [
                "policies.heartbeat.period=2s", "policies.hub-failover.detect-after=5s", "broker.sync-interval=5s",
            ]
        default: break
        }
        return try readPlan(fleet, rate: "1/s", messages: "2/s")
    }

    private static func instances(_ plan: Plan, _ dice: inout Dice) -> [FaultInstance] {
        var result: [FaultInstance] = []
        var busy: [Span] = []
        let wanted = 1 + Int(dice.below(8))
        for _ in 0..<wanted * 3 where result.count < wanted {
            let (fault, targets) = dice.pick([draw, draw, drawLink])(plan, &dice)
            let length = plan.phases.faults
            let start = plan.phases.faultsStart + (dice.chance(30) ? dice.below(length / s) * s : dice.below(length))
            var duration: Nanoseconds? = dice.chance(20) ? dice.below(2 * s) + 1 : dice.below(length) + 1
            if fault.isMomentary { duration = nil }
            if case .procedure = fault { duration = nil }
            if case .rollingRestart = fault { duration = nil }
            let end = duration.map { min(start + $0, plan.phases.faultsEnd) } ?? plan.phases.faultsEnd
            let spans = claims(fault, targets, plan).map { Span(what: $0, start: start, end: end) }
            guard !spans.contains(where: { span in busy.contains { $0.meets(span) } }) else { continue }
            busy += spans
            let id = "f\(result.count)"
            result.append(
                FaultInstance(
                    id: id, faultID: id, fault: fault, targets: targets, start: .at(start), duration: duration))
        }
        return result
    }

    private struct Span {
        var what: String
        var start: Nanoseconds
        var end: Nanoseconds
        func meets(_ other: Span) -> Bool { what == other.what && start <= other.end && other.start <= end }
    }

    /// What a fault must have to itself while it is in force.
    private static func claims(_ fault: Fault, _ targets: FaultInstance.Targets, _ plan: Plan) -> [String] {
        let isLife: Bool =
            switch fault {
            case .kill, .restart, .pause, .hostDown, .memory(kill: true, _), .rollingRestart, .procedure: true
            default: false
            }
        let word = isLife ? "life" : fault.kind.rawValue
        switch targets {
        case .members(let members): return members.map { word + plan.fleet.name(of: $0) }
        case .hosts(let hosts):
            let members = plan.fleet.members.filter { hosts.contains(plan.fleet.host(of: $0)) }
            return hosts.map { "\(fault.kind.rawValue)@\($0)" } + members.map { word + plan.fleet.name(of: $0) }
        case .link(let a, let b, _): return ["\(fault.kind.rawValue)\(min(a, b))-\(max(a, b))"]
        case .leader: return plan.fleet.broker.servers.map { word + $0.name }
        }
    }

    private static func draw(_ plan: Plan, _ dice: inout Dice) -> (Fault, FaultInstance.Targets) {
        let fleet = plan.fleet
        let members = fleet.members
        var some: Set<Member> = []
        for _ in 0...dice.below(3) { some.insert(dice.pick(members)) }
        let targets = FaultInstance.Targets.members(members.filter { some.contains($0) })
        let host = FaultInstance.Targets.hosts([Int(dice.below(Int64(fleet.hosts.count)))])
        let agents = FaultInstance.Targets.members([.agent(Int(dice.below(Int64(fleet.agents.count))))])
        switch dice.below(15) {
        case 0, 1: return (.kill, targets)
        case 2: return (.restart, targets)
        case 3, 4: return (.pause, targets)
        case 5:
            return (.cpu(load: Share(partsPerMillion: 300_000 + dice.below(690_000))), dice.chance(50) ? host : targets)
        case 6: return (.memory(kill: true, stretch: 20), targets)
        case 7: return (.memory(kill: false, stretch: 2 + Int(dice.below(40))), targets)
        case 8: return (.clock(offset: (dice.below(400) - 200) * s, driftPPM: dice.below(2000) - 1000), host)
        case 9: return (.hostDown(power: dice.chance(50)), host)
        case 10 where dice.chance(40):
            let errors = Share(partsPerMillion: dice.chance(50) ? 0 : dice.below(400_000))
            return (.diskSlow(delay: (1 + dice.below(300)) * s / 1_000, errors: errors), host)
        case 10: return (.diskFill(to: Share(partsPerMillion: 850_000 + dice.below(15) * 10_000 + 10_000)), host)
        case 11:
            let brokers = members.filter { if case .broker = $0 { true } else { false } }
            return (.credential(rotate: dice.chance(50)), .members(brokers))
        case 12:
            let action = dice.pick(ProcedureAction.allCases)
            return (.procedure(action: action, takes: (1 + dice.below(8)) * s, limit: 5 * s), agents)
        case 13 where !fleet.broker.servers.isEmpty: return (.kill, .leader)
        case 13: return (.kill, targets)
        default:
            let all = Array(fleet.agents.indices)
            let parameters = RollingRestart(
                groups: [[all[0], all[1]], [all[3]]], gate: 2 * s, gateLimit: 20 * s,
                badVersion: Share(partsPerMillion: dice.chance(50) ? 0 : 400_000))
            return (.rollingRestart(parameters), .members([0, 1, 3].map { .agent($0) }))
        }
    }

    private static func drawLink(_ plan: Plan, _ dice: inout Dice) -> (Fault, FaultInstance.Targets) {
        let links = plan.fleet.links
        guard !links.isEmpty else { return draw(plan, &dice) }
        let link = dice.pick(links)
        let isTurned = dice.chance(50)
        let targets = FaultInstance.Targets.link(
            from: isTurned ? link.b : link.a, to: isTurned ? link.a : link.b, oneWay: dice.chance(40))
        let share = Share(partsPerMillion: 10_000 + dice.below(500_000))
        switch dice.below(9) {
        case 0, 1: return (.partition(reject: false), targets)
        case 2: return (.partition(reject: true), targets)
        case 3: return (.latency(delay: dice.below(800) * ms, jitter: dice.below(200) * ms), targets)
        case 4: return (.loss(share), targets)
        case 5: return (.corrupt(share), targets)
        case 6: return (.duplicate(share), targets)
        case 7: return (.reorder(share, by: dice.below(300) * ms), targets)
        default: return (.bandwidth(1024 * (1 + dice.below(1000))), targets)
        }
    }
}
