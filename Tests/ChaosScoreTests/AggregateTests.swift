import ChaosPlan
import ChaosScore
import Testing

@Suite("Repeated runs")
struct AggregateTests {
    /// One recovery (nil: never), and how many messages were lost, per seed.
    static func cards(_ seeds: [(seed: UInt64, recovery: Nanoseconds?, lost: Int)]) -> [Scorecard] {
        seeds.map { entry in
            var run = RunBuilder()
            run.seed = entry.seed
            run.totals!.lostMiddle = entry.lost
            run.inject(at: 35 * .second, targets: ["a0"], subjects: [0])
            run.down(0, 79 * .second, entry.recovery.map { 80 * .second + $0 * .second })
            run.revert(at: 80 * .second)
            run.want(.recoveryTime, .max(10e9), of: "f")
            run.want(.acknowledgedLoss, .max(0), invariant: true)
            run.want(.availability, .min(0.999))
            return run.card
        }
    }

    @Test func `times by their median, shares by their mean`() {
        let card = aggregate(Self.cards([(1, 4, 0), (2, 6, 0), (3, 20, 0)]))
        let recovery = card.result("recovery-time of f")
        #expect(recovery.value == 6e9)
        #expect(recovery.judgement == .held)
        #expect(recovery.explanation == "recovery-time of f: 6 s against 10 s (median of 3 runs).")
        #expect(close(card.result("availability").value, 1 - (5.0 + 7 + 21) / 3 / 36000))
        #expect(card.verdict == .held)
        #expect(card.score == 100)
        #expect(card.seeds == [1, 2, 3])
    }

    @Test func `the interval is over runs`() {
        let card = aggregate(Self.cards([(1, 4, 0), (2, 6, 0), (3, 20, 0)]))
        // Two of three seeds held it: Wilson.
        let interval = card.result("recovery-time of f").interval
        #expect(interval?.method == "wilson")
        #expect(interval?.trials == 3)
        #expect(close(interval?.low, 0.20766, 1e-4))
        #expect(close(interval?.high, 0.93851, 1e-4))
        #expect(card.result("acknowledged-loss").interval?.high == 1)
    }

    @Test func `what never recovered is not averaged away`() {
        let most = aggregate(Self.cards([(1, 4, 0), (2, 6, 0), (3, nil, 0)])).result("recovery-time of f")
        #expect(most.value == 6e9)
        #expect(!most.censored)
        let few = aggregate(Self.cards([(1, 4, 0), (2, nil, 0), (3, nil, 0)])).result("recovery-time of f")
        #expect(few.judgement == .missed)
        #expect(few.censored)
        #expect(few.credit == 0)
    }

    @Test func `any seed that breaks an invariant breaks it`() {
        let card = aggregate(Self.cards([(1, 4, 0), (2, 6, 3), (3, 5, 0)]))
        #expect(card.verdict == .deviated)
        #expect(card.score == 50)
        #expect(card.result("acknowledged-loss").value == 3)
        #expect(
            card.brokenInvariants == [
                "acknowledged-loss: 3 against 0 (in seed 2), a broken invariant, 33.33 points lost."
            ])
        #expect(card.worstSeed == 2)
    }

    @Test func `the worst seed is the gravest, then the lowest`() {
        let cards = Self.cards([(1, 4, 0), (2, 12, 0), (3, 15, 0), (4, nil, 0)])
        let card = aggregate(cards)
        #expect(card.worstSeed == 4)
        #expect(card.perSeed.map(\.seed) == [1, 2, 3, 4])
        #expect(card.perSeed.map(\.verdict) == [.held, .deviated, .deviated, .deviated])
        #expect(card.perSeed.map(\.score) == cards.map(\.score))
        #expect(card.perSeed == cards.map(SeedResult.init))
        #expect(card.faults[0].recovered == nil)
        #expect(aggregate(Array(cards.prefix(3))).worstSeed == 3)
    }

    @Test func `a seed that cannot be judged leaves the whole open`() {
        var cards = Self.cards([(1, 4, 0), (2, 6, 0)])
        var run = RunBuilder()
        run.seed = 3
        run.fail(at: 35 * .second, .failed, "no such process")
        run.want(.recoveryTime, .max(10e9), of: "f")
        run.want(.acknowledgedLoss, .max(0), invariant: true)
        run.want(.availability, .min(0.999))
        cards.append(run.card)
        let card = aggregate(cards)
        #expect(card.verdict == .inconclusive)
        #expect(card.findings == ["Seed 3: Fault f did not land: no such process."])
        // Two of three objectives had evidence in two of three seeds.
        #expect(close(card.coverage, 100 * (2.0 / 3 + 1 + 2.0 / 3) / 3))
        #expect(
            card.result("recovery-time of f").explanation
                == "recovery-time of f: 4 s against 10 s (median of 2 of 3 runs).")
    }

    @Test func `few runs with evidence cannot hold for the others`() {
        var cards = Self.cards([(1, 4, 0)])
        for seed in UInt64(2)...4 {
            var run = RunBuilder()
            run.seed = seed
            run.fail(at: 35 * .second, .failed, "no such process")
            run.want(.recoveryTime, .max(10e9), of: "f")
            run.want(.acknowledgedLoss, .max(0), invariant: true)
            run.want(.availability, .min(0.999))
            cards.append(run.card)
        }
        let recovery = aggregate(cards).result("recovery-time of f")
        #expect(recovery.judgement == .inconclusive)
        #expect(recovery.explanation == "recovery-time of f: no evidence, only 1 of 4 runs had any.")
    }

    @Test func `one run aggregates to itself`() {
        let card = Self.cards([(7, 4, 0)])[0]
        let whole = aggregate([card])
        #expect(whole.score == card.score)
        #expect(whole.verdict == card.verdict)
        #expect(whole.journalHash == card.journalHash)
        #expect(whole.facts.availability == card.facts.availability)
        #expect(whole.perSeed.count == 1)
    }

    @Test func `facts add up`() {
        let cards = Self.cards([(1, 4, 0), (2, 6, 0)])
        let facts = aggregate(cards).facts
        #expect(facts.totals.requests == 6000)
        #expect(facts.downtime == [.init(subject: 0, name: "a0", down: 12 * .second)])
        #expect(facts.windowedMinimum.last?.availability == cards[1].facts.windowedMinimum.last?.availability)
        #expect(aggregate(cards).journalHash != aggregate(cards.reversed()).journalHash)
    }
}
