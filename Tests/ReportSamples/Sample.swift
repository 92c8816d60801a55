package import ChaosPlan
package import ChaosReport
package import ChaosScore

/// Runs as they might have happened: 77 agents on two machines.
package struct Sample {
    package var header: JournalHeader
    package var records: [JournalRecord]
    package var scorecard: Scorecard
    package var replay: String

    package var timeline: Timeline {
        var model = TimelineModel(header: header)
        for record in records { model.consume(record) }
        return model.finish()
    }

    package var page: String {
        HTMLReport.render(
            scorecard: scorecard, timeline: timeline, header: header, plan: Self.plan, replay: replay,
            seeds: scorecard.perSeed)
    }

    package static let plan = PlanSummary(
        summary: "EdgeHub dies under load; its 40 agents must be served by CentralHub within 5 s.",
        facts: [
            PlanSummary.Fact(name: "Fleet", text: "two-machine: 77 agents on 2 hosts"),
            PlanSummary.Fact(name: "Load", text: "2/s requests per agent, timeout 500 ms; 1/s messages per agent"),
            PlanSummary.Fact(name: "Exercises", text: "hub-failover"),
        ], dependencies: dependencies)

    /// Everybody asks the hub of its host; groups ask one another and two stores.
    private static let dependencies: Dependencies = {
        let header = Sample.header(scenario: "", phases: Phases(baseline: 0, faults: 0, recovery: 0), faults: [])
        var nodes = header.subjects.map {
            Dependencies.Node(
                name: $0.name, kind: .agent, host: header.hosts[$0.host], group: header.groups[$0.group])
        }
        nodes += [
            Dependencies.Node(name: "CentralHub", kind: .hub, host: "MainPC"),
            Dependencies.Node(name: "EdgeHub", kind: .hub, host: "PC2"),
            Dependencies.Node(name: "nats-main", kind: .broker, host: "MainPC"),
            Dependencies.Node(name: "nats-pc2", kind: .broker, host: "PC2"),
            Dependencies.Node(name: "redis-main", kind: .store, host: "MainPC"),
            Dependencies.Node(name: "postgres-main", kind: .store, host: "MainPC"),
        ]
        var calls: [Dependencies.Call] = []
        for (agent, subject) in header.subjects.enumerated() {
            calls.append(Dependencies.Call(caller: agent, callee: 77 + subject.host, hasFallback: false))
            calls.append(Dependencies.Call(caller: agent, callee: 79 + subject.host, hasFallback: true))
            let asked: (callee: Int, hasFallback: Bool)? =
                switch subject.group {
                case 1: (0, true)
                case 2: (20, true)
                case 3: (54, true)
                case 4: (81, true)
                case 5: (40, false)
                default: nil
                }
            if let asked {
                calls.append(Dependencies.Call(caller: agent, callee: asked.callee, hasFallback: asked.hasFallback))
            }
        }
        return Dependencies(nodes: nodes, calls: calls)
    }()

    /// Not random, only uneven.
    package struct Noise {
        private var state: UInt64

        package init(_ seed: UInt64) { state = seed }

        package mutating func next(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % bound
        }
    }

    package static func header(scenario: String, phases: Phases, faults: [JournalHeader.FaultEntry]) -> JournalHeader {
        let groups = ["core", "language", "vision", "tutoring", "memory", "specialised"]
        let known = [
            37: "TutorAgent", 38: "TutoringAgent", 39: "TutoringServiceAgent", 53: "MemoryDecayManager",
            54: "EnhancedContextualMemory", 0: "ModelManagerAgent",
        ]
        let subjects = (0..<77).map { index in
            let group = index < 15 ? 0 : index < 27 ? 1 : index < 37 ? 2 : index < 53 ? 3 : index < 69 ? 4 : 5
            return JournalHeader.Subject(
                name: known[index] ?? "\(groups[group])-\(index)", group: group, host: index < 37 ? 0 : 1)
        }
        return JournalHeader(
            version: "0.1.0", scenario: scenario, seed: 42, planDigest: 0x1234_5678_9abc_def0,
            fleetDigest: 0x0fed_cba9_8765_4321, world: "simulated", phases: phases, subjects: subjects, groups: groups,
            hosts: ["MainPC", "PC2"], faults: faults, requestInterval: 500 * .millisecond)
    }

    package static func objective(
        _ metric: Metric, of: String? = nil, over: Objective.Over = .budget, _ limit: Objective.Limit,
        invariant: Bool = false, advisory: Bool = false, promise: String? = nil
    ) -> Objective {
        Objective(
            id: of.map { "\(metric.rawValue)-\($0)" } ?? metric.rawValue, metric: metric, of: of, over: over,
            limit: limit, group: nil, weight: 1, floor: nil, invariant: invariant, advisory: advisory,
            statistic: .worst,
            promise: promise)
    }

    package static func result(
        _ objective: Objective, _ judgement: Judgement, _ value: Double?, credit: Double = 1, lost: Double = 0,
        censored: Bool = false, _ explanation: String
    ) -> ObjectiveResult {
        ObjectiveResult(
            objective: objective, judgement: judgement, value: value, censored: censored, credit: credit,
            lostPoints: lost, explanation: explanation, interval: nil)
    }

    package static func scorecard(
        _ header: JournalHeader, verdict: Verdict, score: Double?, coverage: Double = 100,
        objectives: [ObjectiveResult], faults: [FaultTimes] = [], facts: Facts = Facts(), findings: [String] = []
    ) -> Scorecard {
        Scorecard(
            scenario: header.scenario, fleet: "two-machine", seeds: [header.seed], planDigest: header.planDigest,
            fleetDigest: header.fleetDigest, world: header.world, version: header.version, verdict: verdict,
            score: score,
            coverage: coverage, objectives: objectives, findings: findings, faults: faults, facts: facts,
            journalHash: "9f86d081884c7d65")
    }

    /// Latency lines of one window, spread around `middle`.
    package static func latency(_ middle: Nanoseconds, count: Int, noise: inout Noise) -> [BucketCount] {
        var histogram = LatencyHistogram()
        for index in 0..<count {
            let tail = index % 97 == 0 ? 9 : index % 19 == 0 ? 3 : 1
            histogram.record(middle * Nanoseconds(tail) / 2 + Nanoseconds(noise.next(Int(middle))))
        }
        return histogram.sparse
    }
}
