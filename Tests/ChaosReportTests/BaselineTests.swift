import ChaosPlan
import ChaosReport
import ChaosScore
import Testing

@Suite("Baselines")
struct BaselineTests {
    private var baseline: Baseline {
        var baseline = GateSamples.baseline(
            [
                .init(seed: 3, failover: 2.8e9), .init(seed: .max, failover: nil),
                .init(seed: 1, failover: 90e9, isCensored: true, score: nil, verdict: .inconclusive),
            ],
            margins: [Margin(name: "score", amount: .number(1)), Margin(name: "failover-time", amount: .percent(0.1))])
        baseline.plan.objectives[0].over = .window(10 * .second)
        baseline.plan.objectives[0].group = "PC2"
        baseline.plan.objectives[1].statistic = .median
        baseline.plan.objectives[1].floor = 12.5e9
        baseline.plan.objectives[1].promise = "hub-failover"
        baseline.plan.objectives[2].world = .live
        baseline.plan.safety = "an \"odd\" one\\ \u{1}"
        return baseline
    }

    @Test("what is written is read back, and written again to the same bytes")
    func roundTrip() throws {
        let text = BaselineJSON.encode(baseline)
        let read = try BaselineJSON.decode(text)
        var sorted = baseline
        sorted.margins.sort { $0.name < $1.name }
        #expect(read == sorted)
        #expect(BaselineJSON.encode(read) == text)
    }

    @Test("is small and made for a diff: sorted keys, a line for each objective, fault and seed")
    func canonical() {
        let text = BaselineJSON.encode(baseline)
        let lines = text.split(separator: "\n")
        #expect(lines.count { $0.contains("\"seed\": ") } == 3)
        #expect(lines.count { $0.contains("\"metric\": ") } == 4)
        #expect(lines.count { $0.contains("\"kind\": ") } == 2)
        let keys = lines.filter { $0.hasPrefix("  \"") }.map { $0.prefix { $0 != ":" } }
        #expect(keys == keys.sorted())
        #expect(text.hasSuffix("}\n"))
        #expect(text.contains("\"failover-time-aim\": 2800000000,"), "\(text)")
    }

    @Test("seeds are in order, whatever the run's")
    func order() { #expect(baseline.seeds.map(\.seed) == [1, 3, .max]) }

    @Test("a repeated run that did not keep what its seeds measured makes none")
    func older() {
        var card = GateSamples.card(GateSamples.seeds([2, 3]))
        card.perSeed = card.perSeed.map {
            SeedResult(seed: $0.seed, verdict: .held, score: 1, coverage: 1, journalHash: "")
        }
        #expect(Baseline(card, plan: GateSamples.plan, minScore: 95, minCoverage: 90) == nil)
    }

    @Test(
        "what is no baseline is an error with its reason",
        arguments: [
            ("", "", "not a baseline"), ("{}", "", "not a baseline"),
            (
                "\"gauntlet_baseline\": 1", "\"gauntlet_baseline\": 2",
                "baseline format 2 is not known; this version reads 1"
            ),
            ("\"verdict\": \"held\"", "\"verdict\": \"fine\"", "\"fine\" is none of held, inconclusive, deviated"),
            ("\"hold_ns\": 15000000000,", "", "the baseline lacks holdNs"),
            (
                "\"score\": \"1\"", "\"score\": \"much\"",
                "gate.margins.score: `much` is no amount; write one such as 1, 10% or 500ms"
            ),
            ("\"confidence\": 0.95", "\"confidence\": 0.2", "gate.confidence is 0.2, not between 0.5 and 1"),
            (
                "\"plan_digest\": \"0000000000000007\"", "\"plan_digest\": \"7\"",
                "\"7\" is no digest of 16 hexadecimal digits"
            ),
        ])
    func malformed(_ old: String, _ new: String, _ reason: String) {
        var text = BaselineJSON.encode(baseline)
        text = old.isEmpty ? "[" : old == "{}" ? old : text.replacing(old, with: new)
        #expect(throws: BaselineJSON.Malformed(description: reason)) { try BaselineJSON.decode(text) }
    }
}
