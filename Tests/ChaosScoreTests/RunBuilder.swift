import ChaosPlan
import ChaosScore

/// A tiny run, built by hand: ten agents in two groups on two hosts, requests every 500 ms, one fault `f` unless told
/// otherwise; baseline 30 s, faults 60 s, recovery 60 s.
struct RunBuilder {
    var phases = Phases(baseline: 30 * .second, faults: 60 * .second, recovery: 60 * .second)
    var faults = [JournalHeader.FaultEntry(id: "f", faultID: "f", kind: "kill", duration: 45 * .second)]
    var objectives: [Objective] = []
    var expect: [Mechanism] = []
    var faultsPerHour = 1
    var hold = Scorer.holdTime
    var seed: UInt64 = 42
    var totals: Totals? = {
        var totals = Totals()
        totals.requests = 3000
        totals.succeeded = 3000
        totals.published = 1000
        totals.acknowledged = 1000
        totals.delivered = 1000
        totals.callsNeeded = 500
        totals.callsSent = 500
        totals.registered = 10
        return totals
    }()
    var ended = true
    var fleet = TestFleet.fleet
    private var events: [JournalRecord] = []

    /// Agents a0...a4 of group `east` on host Main, a5...a9 of group `west` on host Edge.
    static let agents = (0..<10).map { "a\($0)" }

    mutating func add(_ time: Nanoseconds, _ event: JournalEvent) {
        events.append(JournalRecord(time: time, event: event))
    }

    mutating func inject(_ instance: Int = 0, at time: Nanoseconds, targets: [String], subjects: [Int] = []) {
        for state in [FaultEvent.State.commanded, .effective] {
            add(
                time,
                .fault(
                    FaultEvent(
                        instance: instance, state: state, evidence: "seen", targets: targets, subjects: subjects)))
        }
    }

    mutating func revert(_ instance: Int = 0, at time: Nanoseconds) {
        add(
            time,
            .fault(FaultEvent(instance: instance, state: .reverted, evidence: "", targets: [], subjects: [])))
    }

    mutating func fail(_ instance: Int = 0, at time: Nanoseconds, _ state: FaultEvent.State, _ evidence: String) {
        add(
            time,
            .fault(FaultEvent(instance: instance, state: state, evidence: evidence, targets: [], subjects: [])))
    }

    mutating func down(_ subject: Int, _ from: Nanoseconds, _ to: Nanoseconds?) {
        add(from, .availability(subject: subject, up: false))
        if let to { add(to, .availability(subject: subject, up: true)) }
    }

    mutating func mechanism(
        _ time: Nanoseconds, _ mechanism: Mechanism, _ role: MechanismEvent.Role, by: String, about: String = "",
        from: String = "", to: String = ""
    ) {
        add(
            time,
            .mechanism(
                MechanismEvent(mechanism: mechanism, role: role, by: by, about: about, from: from, to: to)))
    }

    mutating func window(
        _ time: Nanoseconds, group: Int = 0, length: Nanoseconds = 5 * .second, kind: RequestWindow.Kind = .requests,
        requests: Int, succeeded: Int, latency: Nanoseconds = 10 * .millisecond
    ) {
        let pairs =
            succeeded > 0 ? [BucketCount(bucket: LatencyHistogram.bucket(of: latency), count: succeeded)] : []
        add(
            time,
            .window(
                RequestWindow(
                    kind: kind, group: group, length: length, requests: requests, succeeded: succeeded,
                    latency: pairs)))
    }

    mutating func want(
        _ metric: Metric, _ limit: Objective.Limit, of: String? = nil, over: Objective.Over = .budget,
        group: String? = nil, weight: Double = 1, floor: Double? = nil, invariant: Bool = false,
        advisory: Bool = false, statistic: Objective.Statistic = .worst, id: String? = nil,
        world: Objective.World? = nil
    ) {
        let name = id ?? metric.rawValue + (of.map { " of \($0)" } ?? "")
        objectives.append(
            Objective(
                id: name, metric: metric, of: of, over: over, limit: limit, group: group, weight: weight,
                floor: floor, invariant: invariant, advisory: advisory, statistic: statistic, promise: nil, world: world
            ))
    }

    var journal: Journal {
        var records = [
            JournalRecord(time: 0, event: .phase(.baseline)),
            JournalRecord(time: phases.faultsStart, event: .phase(.faults)),
            JournalRecord(time: phases.faultsEnd, event: .phase(.recovery)),
        ]
        records += events
        // Stable: what happens at one instant stays in the order it was added in, phases first.
        var ordered = records.enumerated().sorted { ($0.element.time, $0.offset) < ($1.element.time, $1.offset) }
            .map(\.element)
        if let totals { ordered.append(JournalRecord(time: phases.end, event: .totals(totals))) }
        if ended { ordered.append(JournalRecord(time: phases.end, event: .end)) }
        return Journal(header: header, records: ordered)
    }

    var header: JournalHeader {
        JournalHeader(
            version: "1", scenario: "test", seed: seed, planDigest: 1, fleetDigest: 2, world: "simulated",
            phases: phases,
            subjects: Self.agents.indices.map { .init(name: Self.agents[$0], group: $0 / 5, host: $0 / 5) },
            groups: ["east", "west"], hosts: ["Main", "Edge"], faults: faults, requestInterval: 500 * .millisecond)
    }

    var plan: Plan {
        Plan(
            name: "test", summary: "", fleet: fleet, phases: phases,
            workload: Workload(
                requests: Rate(interval: 500 * .millisecond), requestTimeout: 500 * .millisecond,
                messages: Rate(interval: .second), stream: "s"),
            faults: [], expect: expect, exercises: nil, exercisesNothingBecause: "a test", objectives: objectives,
            safety: Safety(hosts: nil, agents: nil, abortWhen: []), faultsPerHour: faultsPerHour, digest: 1)
    }

    var card: Scorecard { Scorer.score(journal, plan: plan, holdTime: hold) }
}
