import ChaosCompare
import ChaosPlan
import ChaosReport
import ChaosScore
import Foundation
import Testing

#if canImport(FoundationXML)
    import FoundationXML
#endif

/// Scorecards made of numbers, so that what a report must say of them is known.
enum SyntheticTrials {
    static let second: Nanoseconds = 1_000_000_000

    static func card(
        world: String, availability: Double = 0.99, recovery: Nanoseconds? = 5 * second,
        detect: Nanoseconds = 2 * second,
        kind: String = "kill", judgement: Judgement = .held, seed: UInt64 = 1
    ) -> Scorecard {
        let start = 30 * second
        let end = 60 * second
        var fault = FaultTimes(
            id: "hit", faultID: "hit", kind: kind, targets: ["A"], commanded: start, effective: start,
            firstImpact: start, detected: start + detect, failedOver: nil, reverted: end,
            restored: recovery.map { end + $0 }, drained: nil, lostAgentSeconds: 1, hurtTargets: [0], hurtOthers: [],
            landed: true)
        fault.recovered = recovery.map { end + $0 }
        var facts = Facts()
        facts.availability = availability
        facts.availabilityImpact = availability - 0.1
        facts.latencyP50 = 8_000_000
        facts.latencyP95 = 20_000_000
        let objective = Objective(
            id: "availability", metric: .availability, of: nil, over: .run, limit: .min(0.9), group: nil, weight: 1,
            floor: nil, invariant: false, advisory: false, statistic: .worst, promise: nil)
        return Scorecard(
            scenario: "made-up", fleet: "small", seeds: [seed], planDigest: 1, fleetDigest: 1, world: world,
            version: "0", verdict: .held, score: 100, coverage: 100,
            objectives: [
                ObjectiveResult(
                    objective: objective, judgement: judgement, value: availability, censored: false, credit: 1,
                    lostPoints: 0, explanation: "", interval: nil)
            ], findings: [], faults: [fault], facts: facts, journalHash: "")
    }

    /// `spread`: of the recovery times, over the trials, in milliseconds.
    static func trials(
        _ world: String, _ count: Int, recovery: Nanoseconds = 5 * second, spread: Nanoseconds = 100_000_000,
        availability: Double = 0.99, kind: String = "kill", judgement: Judgement = .held
    ) -> [FidelityTrial] {
        (0..<count).map { index in
            let step = Nanoseconds(index) * spread / Nanoseconds(max(1, count - 1))
            let card = card(
                world: world, availability: availability + Double(index % 5) * 1e-4, recovery: recovery + step,
                detect: 2 * second + step, kind: kind, judgement: judgement, seed: UInt64(index + 1))
            return FidelityTrial(seed: UInt64(index + 1), run: "\(world)/\(index)", scorecard: card)
        }
    }
}

@Suite("Fidelity")
struct FidelityTests {
    private typealias Made = SyntheticTrials

    private func metric(_ report: FidelityReport, _ name: String) throws -> FidelityMetric {
        try #require(report.scenarios[0].metrics.first { $0.quantity.name == name }, "\(name)")
    }

    @Test("two worlds alike, with 20 live trials, validate the fault kind")
    func validated() throws {
        let report = FidelityReport([
            FidelityTrials(scenario: "made-up", simulated: Made.trials("simulated", 40), live: Made.trials("live", 20))
        ])
        #expect(report.grades.map(\.kind) == ["kill"])
        #expect(report.grades[0].level == .validated, "\(report.grades[0].missing)")
        #expect(report.grades[0].trials == 20)
        let recovery = try metric(report, "recovery of hit")
        #expect(recovery.isEquivalent)
        #expect(abs(try #require(recovery.bias)) < 1e7)
        #expect(try #require(recovery.coverage).trials == 20)
        #expect(report.verdicts.falsePasses == 0)
        #expect(report.warnings.isEmpty)
    }

    @Test("19 live trials are one too few, and the grade says so")
    func tooFew() {
        let report = FidelityReport([
            FidelityTrials(scenario: "made-up", simulated: Made.trials("simulated", 40), live: Made.trials("live", 19))
        ])
        #expect(report.grades[0].level == .partial)
        #expect(report.grades[0].missing == ["19 live trials, 20 needed"])
    }

    @Test("a bias of 40 % in the recovery is found, with its sign, and forbids validation")
    func biased() throws {
        let report = FidelityReport([
            FidelityTrials(
                scenario: "made-up", simulated: Made.trials("simulated", 40, recovery: 7 * Made.second),
                live: Made.trials("live", 20))
        ])
        let recovery = try metric(report, "recovery of hit")
        #expect(!recovery.isEquivalent)
        #expect(abs(try #require(recovery.bias) - 2e9) < 1e7)
        let interval = try #require(recovery.biasInterval)
        #expect(interval.low <= 2e9 && interval.high >= 2e9)
        #expect(abs(try #require(recovery.wasserstein) - 2e9) < 1e7)
        #expect(recovery.kolmogorovSmirnov == 1)
        #expect(try #require(recovery.coverage).inside == 0)
        let bias = try #require(report.biases.first { $0.measure == .recovery })
        #expect(abs(bias.median - 0.4) < 0.02 && bias.faults == 1)
        #expect(report.grades[0].level == .partial)
        #expect(report.grades[0].missing.contains { $0.contains("recovery of hit not shown equivalent, ratio 1.4") })
        // Detection was the same in both.
        #expect(try metric(report, "detect of hit").isEquivalent)
    }

    @Test("a recovery that never ended is counted, left out of the numbers, and forbids equivalence")
    func open() throws {
        var live = Made.trials("live", 20)
        live[3].scorecard = Made.card(world: "live", recovery: nil)
        let report = FidelityReport([
            FidelityTrials(scenario: "made-up", simulated: Made.trials("simulated", 40), live: live)
        ])
        let recovery = try metric(report, "recovery of hit")
        #expect(recovery.live.open == 1 && recovery.live.values.count == 19)
        #expect(!recovery.isEquivalent)
        #expect(report.grades[0].missing.contains { $0.contains("never ended") })
    }

    @Test("times too short for clients to see count as equal, however far apart on a logarithm")
    func resolution() throws {
        let report = FidelityReport([
            FidelityTrials(
                scenario: "made-up", simulated: Made.trials("simulated", 20, recovery: 0, spread: 0),
                live: Made.trials("live", 20, recovery: 3_000_000, spread: 20_000_000))
        ])
        #expect(try metric(report, "recovery of hit").isEquivalent)
    }

    @Test("of several instances of a fault in one trial the median counts")
    func instances() throws {
        var trials = Made.trials("live", 2, spread: 0)
        for index in trials.indices {
            for extra in 1...2 {
                var fault = trials[index].scorecard.faults[0]
                fault.id = "hit#\(extra + 1)"
                fault.recovered = (fault.recovered ?? 0) + Nanoseconds(extra) * Made.second
                trials[index].scorecard.faults.append(fault)
            }
        }
        let report = FidelityReport([FidelityTrials(scenario: "m", simulated: [], live: trials)])
        #expect(try metric(report, "recovery of hit").live.values == [6e9, 6e9])
    }

    @Test("without live trials nothing is validated, and the report says what is missing")
    func unvalidated() {
        let report = FidelityReport([
            FidelityTrials(scenario: "made-up", simulated: Made.trials("simulated", 40), live: [])
        ])
        #expect(report.grades[0].level == .unvalidated)
        #expect(report.warnings == ["made-up has no live trial."])
        #expect(report.severityTau == nil)
        #expect(report.summary.contains("unvalidated"))
    }

    @Test("a pass foretold and missed live is a false pass, with its interval")
    func falsePass() throws {
        var live = Made.trials("live", 20)
        for index in 0..<3 { live[index].scorecard.objectives[0].judgement = .missed }
        live[3].scorecard.objectives[0].judgement = .inconclusive
        let report = FidelityReport([
            FidelityTrials(scenario: "made-up", simulated: Made.trials("simulated", 40), live: live)
        ])
        #expect(report.verdicts[.held, .missed] == 3 && report.verdicts[.held, .held] == 16)
        #expect(report.verdicts[.held, .inconclusive] == 1)
        let rate = try #require(report.verdicts.falsePassRate)
        // Wilson of 3 in 19.
        #expect(abs(rate.low - 0.0552) < 1e-3 && abs(rate.high - 0.3757) < 1e-3, "\(rate)")
    }

    @Test("where simulated trials are divided, the gravest judgement is foretold")
    func divided() {
        var simulated = Made.trials("simulated", 4)
        for index in 0..<2 { simulated[index].scorecard.objectives[0].judgement = .missed }
        let report = FidelityReport([
            FidelityTrials(scenario: "made-up", simulated: simulated, live: Made.trials("live", 3))
        ])
        #expect(report.verdicts[.missed, .held] == 3)
        #expect(report.verdicts.falsePassRate == nil)
    }

    @Test("scenarios in the same order of severity have tau 1, in the reverse order -1")
    func severity() {
        func trials(_ name: String, simulated: Double, live: Double) -> FidelityTrials {
            FidelityTrials(
                scenario: name, simulated: Made.trials("simulated", 5, availability: simulated),
                live: Made.trials("live", 5, availability: live))
        }
        let same = FidelityReport([
            trials("a", simulated: 0.9, live: 0.8), trials("b", simulated: 0.95, live: 0.85),
            trials("c", simulated: 0.99, live: 0.98),
        ])
        #expect(same.severityTau == 1 && same.severityScenarios == 3)
        let reverse = FidelityReport([
            trials("a", simulated: 0.9, live: 0.98), trials("b", simulated: 0.95, live: 0.85),
            trials("c", simulated: 0.99, live: 0.8),
        ])
        #expect(reverse.severityTau == -1)
    }

    @Test("a naive model's distance stands beside ours")
    func naive() throws {
        let report = FidelityReport([
            FidelityTrials(
                scenario: "made-up", simulated: Made.trials("simulated", 40), live: Made.trials("live", 20),
                naive: Made.trials("simulated", 40, recovery: 9 * Made.second))
        ])
        let recovery = try metric(report, "recovery of hit")
        #expect(try #require(recovery.naiveWasserstein) > 3e9)
        #expect(try #require(recovery.wasserstein) < 1e8)
        #expect(FidelityPage.render(report).contains("W₁ naive"))
    }

    @Test("live trials that were calibrated on are warned of")
    func heldOut() {
        let record = CalibrationRecord(
            fleet: "f", runs: ["elsewhere/live/0/"], worlds: ["live"], version: "0", commit: nil, date: "", values: [],
            quantiles: [], missing: [])
        let report = FidelityReport(
            [FidelityTrials(scenario: "m", simulated: Made.trials("simulated", 5), live: Made.trials("live", 5))],
            calibration: record)
        #expect(report.warnings.contains { $0.contains("calibrated on") })
        #expect(report.grades[0].missing.contains("m: 1 live trials were also calibrated on"))
        let others = FidelityReport(
            [FidelityTrials(scenario: "m", simulated: Made.trials("simulated", 5), live: Made.trials("other", 5))],
            calibration: record)
        #expect(others.warnings.isEmpty)
    }

    @Test("the report is the same whenever it is made, as JSON, page and summary")
    func repeatable() throws {
        let trials = [
            FidelityTrials(
                scenario: "<made>|up", simulated: Made.trials("simulated", 40), live: Made.trials("live", 20))
        ]
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        let (a, b) = (FidelityReport(trials), FidelityReport(trials))
        #expect(try encoder.encode(a) == encoder.encode(b))
        #expect(FidelityPage.render(a) == FidelityPage.render(b))
        let page = FidelityPage.render(a)
        #expect(page.contains("&lt;made&gt;|up") && !page.contains("<made>"))
        #expect(a.summary.contains("&lt;made&gt;\\|up"))
        #expect(XMLParser(data: Data(page.utf8)).parse())
    }
}
