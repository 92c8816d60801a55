import ChaosPlan
import ChaosReport
import ChaosScore
import Testing

@Suite("No worse than the baseline")
struct NonInferiorityTests {
    private func compare(
        _ before: [GateSamples.Seed], _ after: [GateSamples.Seed],
        worlds: (String, String) = ("simulated", "simulated"),
        margins: [Margin] = [], confidence: Double = 0.95
    ) throws -> [String: MetricComparison] {
        let all = try NonInferiority.compare(
            GateSamples.card(after, world: worlds.1), with: GateSamples.baseline(before, world: worlds.0),
            margins: margins, confidence: confidence)
        return Dictionary(uniqueKeysWithValues: all.map { ($0.name, $0) })
    }

    private let id = "failover-time-kill"

    @Test("equal seeds of the simulated world are compared exactly, without an interval")
    func paired() throws {
        let before = GateSamples.seeds([2, 3, 4])
        let same = try compare(before, before)
        #expect(Set(same.keys) == ["score", "run-availability", "availability", id, "acknowledged-loss"])
        #expect(same.values.allSatisfy { $0.outcome == .passed && $0.isPaired && $0.interval == nil })
        #expect(same[id]?.note == "the same at every seed")
        // The mean was 3 s; a tenth is allowed. The seeds of the run may be fewer.
        let edge = try #require(try compare(before, GateSamples.seeds([2.2, 3.3, 4.4]))[id])
        #expect(edge.outcome == .passed, "\(edge)")
        let beyond = try #require(try compare(before, GateSamples.seeds([2.2, 3.3, 4.5]))[id])
        #expect(beyond.outcome == .failed)
        #expect(beyond.text.hasPrefix("3 s before, 3.3 s now, margin 300 ms") || beyond.text.contains("(3 pairs)"))
        let one = try #require(try compare(before, GateSamples.seeds([2.1]))[id])
        #expect(one.outcome == .passed && one.before == 2e9 && one.runsAfter == 1)
        #expect(try compare(before, GateSamples.seeds([1, 1, 1]))[id]?.worsening == -2e9)
    }

    @Test("of what must not fall, a fall is the worsening")
    func smallerIsWorse() throws {
        let before = GateSamples.seeds([2, 2])
        var after = before
        after[0].availability = 0.99
        let found = try compare(before, after)
        #expect(found["run-availability"]?.outcome == .failed)
        #expect(found["availability"]?.outcome == .failed)
        after[0].availability = 1
        after[0].score = 97
        let other = try compare(before, after)
        #expect(other["availability"]?.outcome == .passed)
        #expect(other["score"]?.outcome == .failed)
        #expect(other["score"]?.worsening == 1.5)
    }

    @Test("a seed that never got there any more fails, one that never did before is no worse")
    func censored() throws {
        let before = GateSamples.seeds([2, 3])
        var after = before
        after[1] = .init(seed: 2, failover: 90e9, isCensored: true)
        let found = try #require(try compare(before, after)[id])
        #expect(found.outcome == .failed)
        #expect(found.note == "not seen within 90 s at seed 2, where the baseline had it")
        #expect(try compare(after, after)[id]?.outcome == .passed)
        #expect(try compare([after[1]], [after[1]])[id]?.outcome == .passed)
    }

    @Test("lost evidence is inconclusive, unless what is left fails already")
    func silent() throws {
        let before = GateSamples.seeds([2, 3])
        #expect(try compare(before, GateSamples.seeds([2, nil]))[id]?.outcome == .inconclusive)
        #expect(try compare(before, GateSamples.seeds([9, nil]))[id]?.outcome == .failed)
        #expect(try compare(before, GateSamples.seeds([nil, nil]))[id]?.outcome == .inconclusive)
        // Never had any: nothing to compare with.
        #expect(try compare(GateSamples.seeds([nil, nil]), before)[id] == nil)
    }

    /// Times around a middle, spread evenly by a tenth to either side.
    private func spread(_ middle: Double, from seed: UInt64, count: Int) -> [GateSamples.Seed] {
        (0..<count).map { index in
            let at = Double(index) / Double(count - 1) * 2 - 1
            return .init(seed: seed + UInt64(index), failover: middle * (1 + 0.1 * at) * 1e9)
        }
    }

    @Test(
        "other seeds, or real runs, are samples: passed, failed, or too few to tell",
        arguments: [
            ("simulated", UInt64(101)), ("live", 1),
        ])
    func unpaired(_ world: String, _ seed: UInt64) throws {
        let worlds = (world, world)
        let before = spread(3, from: 1, count: 40)
        let same = try #require(try compare(before, spread(3, from: seed, count: 40), worlds: worlds)[id])
        #expect(same.outcome == .passed && !same.isPaired, "\(same)")
        #expect(same.interval?.method == "bootstrap")
        let slow = try #require(try compare(before, spread(4, from: seed, count: 40), worlds: worlds)[id])
        #expect(slow.outcome == .failed, "\(slow)")
        let few = try #require(try compare(before, spread(3.2, from: seed, count: 4), worlds: worlds)[id])
        #expect(few.outcome == .inconclusive, "\(few)")
        let single = try #require(try compare(before, [spread(3, from: seed, count: 2)[0]], worlds: worlds)[id])
        #expect(single.outcome == .inconclusive)
        #expect(single.note == "it takes two runs on each side to tell a difference from chance")
        // More confidence asks for more.
        let sure = try #require(
            try compare(before, spread(3.1, from: seed, count: 12), worlds: worlds, confidence: 0.6)[id])
        let surer = try #require(
            try compare(before, spread(3.1, from: seed, count: 12), worlds: worlds, confidence: 0.99)[id])
        #expect(try #require(sure.interval).high < (try #require(surer.interval).high))
    }

    @Test("runs that all measured the same leave nothing to chance")
    func constant() throws {
        let found = try compare(
            GateSamples.seeds([2, 2]), GateSamples.seeds([2, 2]), worlds: ("live", "live"))
        #expect(found.values.allSatisfy { $0.outcome == .passed }, "\(found)")
    }

    @Test("a margin by name beats one by metric, one given now beats the baseline's, and names an advisory objective")
    func margins() throws {
        let (before, after) = (GateSamples.seeds([2, 2]), GateSamples.seeds([3, 3]))
        func outcome(_ margins: String...) throws -> [String: GateResult.Outcome] {
            try compare(before, after, margins: margins.map { try Margin.parse($0).get() }).mapValues(\.outcome)
        }
        #expect(try outcome()[id] == .failed)
        #expect(try outcome("failover-time=60%")[id] == .passed)
        #expect(try outcome("failover-time=1s")["failover-time-aim"] == .passed)
        #expect(try outcome("\(id)=900ms", "failover-time=2s")[id] == .failed)
        let own = GateSamples.baseline(before, margins: [Margin(name: id, amount: .time(2 * .second))])
        let card = GateSamples.card(after)
        #expect(
            try NonInferiority.compare(card, with: own, confidence: 0.95).first { $0.name == id }?.outcome == .passed)
        #expect(
            try NonInferiority.compare(
                card, with: own, margins: [Margin(name: id, amount: .time(1))], confidence: 0.95
            ).first { $0.name == id }?.outcome == .failed)
    }

    @Test(
        "a margin that nothing answers to, or that does not fit, is refused with what would",
        arguments: [
            ("failover=10%", "--margin failover=…: nothing is called so"),
            ("failover-time=3", "it takes a time such as 500ms, or a part such as 10%"),
            ("availability=5ms", "it takes percentage points such as 0.1%"),
            ("score=1s", "it takes a number such as 1, or a part such as 10%"),
        ])
    func refused(_ text: String, _ reason: String) throws {
        let margin = try Margin.parse(text).get()
        do {
            _ = try compare(GateSamples.seeds([2, 2]), GateSamples.seeds([2, 2]), margins: [margin])
            Issue.record("\(text) was taken")
        } catch let refusal as NonInferiority.Refusal {
            #expect(refusal.description.contains(reason), "\(refusal)")
        }
    }

    @Test("amounts are read and written", arguments: ["1", "0.5", "10%", "0.1%", "500ms", "90s", "3min"])
    func amounts(_ text: String) throws {
        let amount = try #require(Margin.Amount(text))
        #expect(Margin.Amount(amount.text) == amount)
    }

    @Test("what is no amount is none", arguments: ["", "-1", "ten", "10 %", "5m", "1e99", "%", "."])
    func noAmounts(_ text: String) {
        #expect(Margin.Amount(text) == nil)
        guard case .failure = Margin.parse("score=\(text)") else {
            Issue.record("\(text) was taken")
            return
        }
    }

    @Test("the gate's line names what is worse, and what cannot be told is its own outcome")
    func lines() throws {
        let card = GateSamples.card(GateSamples.seeds([4, 4]))
        func judge(_ after: [GateSamples.Seed], _ worlds: String) throws -> GateResult {
            let metrics = try NonInferiority.compare(
                GateSamples.card(after, world: worlds),
                with: GateSamples.baseline(GateSamples.seeds([2, 2.5]), world: worlds),
                confidence: 0.95)
            return Gate.judge(
                card, minScore: 95, comparison: GateComparison(baseline: "b.json", metrics: metrics), replay: "r")
        }
        let worse = try judge(GateSamples.seeds([4, 4]), "simulated")
        #expect(
            worse.line
                == "gate=failed worse=failover-time-kill 2.3s..4s margin=225ms baseline=\"b.json\" seeds=2 replay=\"r\"",
            "\(worse.line)")
        let open = try judge(GateSamples.seeds([2]), "live")
        #expect(open.outcome == .inconclusive)
        #expect(open.line.hasPrefix("gate=inconclusive undecided=score "), "\(open.line)")
        let passed = try judge(GateSamples.seeds([2, 2]), "simulated")
        #expect(
            passed.line
                == "gate=passed score=100 coverage=100 held=4/4 compared=5 baseline=\"b.json\" seeds=2 replay=\"r\"",
            "\(passed.line)")
    }
}
