import ChaosPlan
import ChaosReport
import ChaosScore
import ReportSamples
import Testing

@Suite struct GateTests {
    private func card(
        _ verdict: Verdict, score: Double? = 98.2, coverage: Double = 100, _ results: [ObjectiveResult] = [],
        findings: [String] = []
    ) -> Scorecard {
        Sample.scorecard(
            Sample.hubFailover.header, verdict: verdict, score: score, coverage: coverage, objectives: results,
            findings: findings)
    }

    private let missed = Sample.result(
        Sample.objective(.failoverTime, .max(5e9)), .missed, 7.1e9, lost: 4, "It took 7.1 s.")
    private let advisory = Sample.result(
        Sample.objective(.cascades, .max(0), advisory: true), .missed, 2, "Two agents.")
    private let held = Sample.result(Sample.objective(.latencyP95, .max(5e8)), .held, 1e7, "Fine.")

    struct Row: Sendable {
        var name: String
        var verdict: Verdict
        var missed = false
        var advisory = false
        var score: Double? = 98
        var coverage = 100.0
        var minScore: Double?
        var minCoverage: Double?
        var outcome: GateResult.Outcome
    }

    static let table = [
        Row(name: "all held", verdict: .held, outcome: .passed),
        Row(name: "advisory miss", verdict: .held, advisory: true, outcome: .passed),
        Row(name: "missed", verdict: .deviated, missed: true, outcome: .failed),
        Row(name: "missed, whatever the verdict", verdict: .held, missed: true, outcome: .failed),
        Row(name: "missed and inconclusive", verdict: .inconclusive, missed: true, outcome: .failed),
        Row(name: "deviated without a miss", verdict: .deviated, outcome: .failed),
        Row(name: "inconclusive", verdict: .inconclusive, outcome: .inconclusive),
        Row(
            name: "inconclusive and thin", verdict: .inconclusive, coverage: 10, minCoverage: 90, outcome: .inconclusive
        ),
        Row(name: "no score", verdict: .held, score: nil, minScore: 0, outcome: .inconclusive),
        Row(name: "score at threshold", verdict: .held, minScore: 98, outcome: .passed),
        Row(name: "score below", verdict: .held, minScore: 98.1, outcome: .failed),
        Row(name: "score is no number", verdict: .held, score: .nan, minScore: 1, outcome: .failed),
        Row(name: "coverage at threshold", verdict: .held, minCoverage: 100, outcome: .passed),
        Row(name: "coverage below", verdict: .held, coverage: 89.9, minCoverage: 90, outcome: .failed),
    ]

    @Test(arguments: table) func theGateFollowsItsTruthTable(_ row: Row) {
        let results = [held] + (row.missed ? [missed] : []) + (row.advisory ? [advisory] : [])
        let result = Gate.judge(
            card(row.verdict, score: row.score, coverage: row.coverage, results), minScore: row.minScore,
            minCoverage: row.minCoverage, replay: "r")
        #expect(result.outcome == row.outcome, "\(row.name)")
        #expect(result.line.hasPrefix("gate=\(row.outcome.rawValue) "))
        #expect(!result.line.contains("\n"))
    }

    @Test func theLinesAreAsTheDesignWritesThem() {
        let replay = "gauntlet replay hub-failover --seed 42"
        #expect(
            Gate.judge(card(.deviated, [missed]), replay: replay).line
                == "gate=failed objective=failover-time 7.1s>5s seed=42 replay=\"gauntlet replay hub-failover --seed 42\""
        )
        #expect(
            Gate.judge(card(.held, [held]), replay: replay).line
                == "gate=passed score=98.2 coverage=100 held=1/1 seed=42 replay=\"gauntlet replay hub-failover --seed 42\""
        )
        #expect(
            Gate.judge(card(.inconclusive, [held], findings: ["f did not land"]), replay: "r").line
                == "gate=inconclusive reason=\"f did not land\" score=98.2 coverage=100 seed=42 replay=\"r\"")
        #expect(
            Gate.judge(card(.held, [held]), minScore: 99, replay: "r").line
                == "gate=failed score=98.2<99 coverage=100 seed=42 replay=\"r\"")
    }

    @Test func aBrokenInvariantIsNamedBeforeADearerMiss() {
        let loss = Sample.result(
            Sample.objective(.acknowledgedLoss, .max(0), invariant: true), .missed, 2, lost: 1, "Two lost.")
        let line = Gate.judge(card(.deviated, [missed, loss]), replay: "r").line
        #expect(line.hasPrefix("gate=failed objective=acknowledged-loss 2>0 missed=2 "))
    }

    @Test func aValueNeverReadsLikeTheLimitItMissed() {
        let close = Sample.result(Sample.objective(.availability, .min(0.999)), .missed, 0.998_999_6, "Close.")
        let late = Sample.result(Sample.objective(.failoverTime, .max(5e9)), .missed, 5_000_100_000, "Close.")
        #expect(Gate.judge(card(.deviated, [close]), replay: "r").line.contains(" 99.89996%<99.9% "))
        #expect(Gate.judge(card(.deviated, [late]), replay: "r").line.contains(" 5.0001s>5s "))
    }

    @Test func aCensoredValueIsALowerBound() {
        let never = Sample.result(
            Sample.objective(.recoveryTime, .max(30e9)), .missed, 90e9, censored: true, "Not within 90 s.")
        #expect(Gate.judge(card(.deviated, [never]), replay: "r").line.contains(" >=90s>30s "))
    }

    @Test func hostileWordsStayInTheirField() {
        var evil = missed
        evil.objective.id = "a b\ngate=passed"
        let line = Gate.judge(card(.deviated, [evil]), replay: "x\"\ngate=passed").line
        #expect(!line.contains("\n"))
        #expect(line.contains("objective=a_b_gate_passed "))
        #expect(line.hasSuffix("replay=\"x\\\" gate=passed\""))
    }
}
