import ChaosPlan
import ChaosReport
import ChaosScore
import ReportSamples

/// A scenario with a baseline, for tests of gates.
enum GateSamples {
    static let failover = Sample.objective(.failoverTime, of: "kill", .max(5e9))
    static let availability = Sample.objective(.availability, .min(0.999))
    static let loss = Sample.objective(.acknowledgedLoss, .max(0), invariant: true)
    static let aim: Objective = {
        var aim = Sample.objective(.failoverTime, of: "kill", .max(3e9), advisory: true)
        aim.id = "failover-time-aim"
        return aim
    }()

    static let plan = PlanOutline(
        digest: 7, fleetDigest: 8, phases: Phases(baseline: 30 * .second, faults: 90 * .second, recovery: .minute),
        hold: 15 * .second,
        workload: Workload(
            requests: Rate(interval: .second / 2), requestTimeout: .second / 2, messages: Rate(interval: .second),
            stream: "agent-events"),
        faultsPerHour: 1, expect: ["hub-failover"], exercises: "hub-failover", safety: "at most 1 hosts",
        faults: [
            FaultOutline(
                id: "kill", kind: "kill", amounts: [:], manner: "", target: "all of EdgeHub", start: "at 5s",
                duration: 45 * .second, every: nil, times: 1, jitter: 0, mechanism: nil),
            FaultOutline(
                id: "slow", kind: "latency", amounts: ["delay_ns": 50_000_000, "jitter_ns": 0], manner: "",
                target: "MainPC - PC2", start: "at 10s", duration: 20 * .second, every: 30 * .second, times: 2,
                jitter: 5, mechanism: "netem"),
        ], objectives: [availability, failover, loss, aim])

    /// What one seed measured.
    struct Seed {
        var seed: UInt64
        /// Nil: no evidence.
        var failover: Double?
        var isCensored = false
        var score: Double? = 100
        var availability = 0.9995
        var verdict = Verdict.held
    }

    static func card(_ seeds: [Seed], world: String = "simulated", verdict: Verdict = .held) -> Scorecard {
        let mean = seeds.compactMap(\.failover).reduce(0, +) / Double(max(1, seeds.count))
        let results = [
            Sample.result(availability, .held, 0.9995, "Fine."),
            Sample.result(failover, .held, mean, "Fine."), Sample.result(loss, .held, 0, "None."),
            Sample.result(aim, .held, mean, "Fine."),
        ]
        var card = Sample.scorecard(Sample.hubFailover.header, verdict: verdict, score: 100, objectives: results)
        card.world = world
        card.planDigest = 7
        card.seeds = seeds.map(\.seed)
        card.perSeed = seeds.map { seed in
            SeedResult(
                seed: seed.seed, verdict: seed.verdict, score: seed.score, coverage: 100, journalHash: "00ff",
                availability: seed.availability,
                objectives: [
                    SeedObjective(id: availability.id, judgement: .held, value: seed.availability, isCensored: false),
                    SeedObjective(
                        id: failover.id, judgement: seed.failover == nil ? .inconclusive : .held,
                        value: seed.failover, isCensored: seed.isCensored),
                    SeedObjective(id: loss.id, judgement: .held, value: 0, isCensored: false),
                    SeedObjective(
                        id: aim.id, judgement: seed.failover == nil ? .inconclusive : .held, value: seed.failover,
                        isCensored: seed.isCensored),
                ])
        }
        return card
    }

    /// Failover times in seconds, of seeds 1, 2, 3, …
    static func seeds(_ times: [Double?]) -> [Seed] {
        times.enumerated().map { Seed(seed: UInt64($0.offset + 1), failover: $0.element.map { $0 * 1e9 }) }
    }

    static func baseline(_ seeds: [Seed], world: String = "simulated", margins: [Margin] = []) -> Baseline {
        guard
            let baseline = Baseline(
                card(seeds, world: world), plan: plan, minScore: 95, minCoverage: 90, margins: margins)
        else { preconditionFailure("the sample keeps what each seed measured") }
        return baseline
    }
}
