import ChaosReport
import ChaosScore
import ReportSamples
import Testing

@Suite("Seeds until the gate is decided")
struct SequentialGateTests {
    private func run(_ seed: UInt64, _ verdict: Verdict, breaks: Bool = false) -> Scorecard {
        var card = Sample.scorecard(
            Sample.hubFailover.header, verdict: verdict, score: verdict == .held ? 100 : 80, objectives: [])
        card.seeds = [seed]
        if breaks { card.brokenInvariants = ["Two messages lost."] }
        return card
    }

    private func gate(maximum: Int = 2000) throws -> SequentialGate {
        SequentialGate(test: try #require(SequentialTest(good: 0.95, bad: 0.9)), maximum: maximum)
    }

    private func result(
        _ gate: SequentialGate, minScore: Double = 95, _ comparison: GateComparison = GateComparison()
    ) -> GateResult {
        gate.result(minScore: minScore, comparison: comparison, again: { "run \($0)" }, repeated: "gate")
    }

    @Test("passes when enough hold, says after how many, and looks at nothing that comes later")
    func passes() throws {
        var gate = try gate()
        for seed in 1...500 { gate.add(run(UInt64(seed), .held)) }
        #expect(gate.cards.count == 56)
        let result = result(gate)
        #expect(result.outcome == .passed)
        #expect(
            result.line.hasPrefix("gate=passed share>=95% held=56/56 interval="), "\(result.line)")
        #expect(result.line.hasSuffix(" score=100 seeds=56 max=2000 replay=\"gate\""), "\(result.line)")
    }

    @Test("fails when too few hold, and repeats the first that did not")
    func fails() throws {
        var gate = try gate()
        for seed in 1...100 { gate.add(run(UInt64(seed), seed == 1 ? .held : .deviated)) }
        let result = result(gate)
        #expect(result.outcome == .failed)
        #expect(gate.cards.count == 6, "\(gate.cards.count)")
        #expect(result.line.hasPrefix("gate=failed share<95% held=1/6 "))
        #expect(result.line.hasSuffix("replay=\"run 2\""))
    }

    @Test("stops at once at a broken invariant")
    func invariant() throws {
        var gate = try gate()
        for seed in 1...100 { gate.add(run(UInt64(seed), seed == 7 ? .deviated : .held, breaks: seed == 7)) }
        #expect(gate.cards.count == 7)
        let result = result(gate)
        #expect(result.outcome == .failed)
        #expect(result.line.hasPrefix("gate=failed reason=\"broken invariant\" broken=7 held=6/7 "))
        #expect(result.details.contains("seed 7: Two messages lost."))
    }

    @Test(
        "is inconclusive at its maximum, as soon as the runs that are left cannot decide, and where nothing can be judged"
    )
    func inconclusive() throws {
        var short = try gate(maximum: 40)
        #expect(!short.isOver)
        for seed in 1...40 { short.add(run(UInt64(seed), .held)) }
        #expect(result(short).outcome == .inconclusive)
        #expect(result(short).line.hasPrefix("gate=inconclusive reason=\"not decided within 40 seeds\" held="))
        // 56 are needed for a pass; when the fifth of sixty deviates, neither answer can be reached at the end.
        #expect(short.cards.count < 40)
        var blind = try gate()
        for seed in 1...2000 { blind.add(run(UInt64(seed), .inconclusive)) }
        #expect(blind.cards.count == 56)
        #expect(result(blind).outcome == .inconclusive)
        #expect(result(blind).line.contains("depends on the 56 seeds"))
    }

    @Test("a lower mean score than wanted, or a weaker plan, fails on top of it")
    func onTop() throws {
        var gate = try gate()
        for seed in 1...60 { gate.add(run(UInt64(seed), .held)) }
        #expect(result(gate, minScore: 100).outcome == .passed)
        #expect(result(gate, minScore: 100.5).outcome == .failed)
        let change = PlanChange("objective-removed", "cascades", "it demanded ≤ 0", .weaker)
        let weaker = result(gate, GateComparison(baseline: "b", changes: [change]))
        #expect(weaker.outcome == .failed)
        #expect(weaker.line.hasPrefix("gate=failed plan-change=objective-removed of=cascades held=56/56 "))
        #expect(result(gate, GateComparison(baseline: "b", changes: [change], acceptsChanges: true)).outcome == .passed)
    }
}
