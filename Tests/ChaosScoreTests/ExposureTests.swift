import ChaosPlan
import ChaosScore
import Testing

@Suite("Exposed credentials")
struct ExposureTests {
    static func run(world: Objective.World? = nil) -> RunBuilder {
        var run = JudgingTests.run()
        run.want(.credentialExposures, .max(0), world: world)
        return run
    }

    static func audit(_ run: inout RunBuilder, at time: Nanoseconds, places: [Exposure.Place] = Exposure.Place.allCases)
    {
        for place in places { run.add(time, .audited(place, count: 7)) }
    }

    static let log = Exposure(place: .log, location: "/fleet/out/a1", what: "the credential of a1")

    @Test func `without an audit there is no evidence`() {
        let result = Self.run().card.objectives.last!
        #expect(result.judgement == .inconclusive)
        #expect(
            result.explanation
                == "credential-exposures: no evidence, nothing was audited: only a live fleet has processes to look at."
        )
    }

    @Test func `an audit that finds nothing holds`() {
        var run = Self.run()
        Self.audit(&run, at: 30 * .second)
        #expect(run.card.objectives.last!.judgement == .held)
    }

    @Test func `a place that could not be looked at leaves it open`() {
        var run = Self.run()
        Self.audit(&run, at: 30 * .second, places: [.processList, .log, .configuration])
        run.add(30 * .second, .audited(.environment, count: 0))
        let result = run.card.objectives.last!
        #expect(result.judgement == .inconclusive && result.explanation.contains("no environment"))
        run.add(30 * .second, .exposure(Self.log))
        #expect(run.card.objectives.last!.value == 1, "what is found is found")
    }

    @Test func `the same credential at the same place counts once`() {
        var run = Self.run()
        for time in [30 * Nanoseconds.second, 140 * .second] {
            Self.audit(&run, at: time)
            run.add(time, .exposure(Self.log))
        }
        run.add(140 * .second, .exposure(Exposure(place: .environment, location: "a1", what: "the credential of a1")))
        let result = run.card.objectives.last!
        #expect(result.judgement == .missed && result.value == 2)
        #expect(result.explanation.contains("the credential of a1 in log /fleet/out/a1"))
    }

    @Test func `demanded of the other world only, it is shown and counts for nothing`() {
        var plain = JudgingTests.run()
        plain.want(.registered, .min(1))
        var run = plain
        run.want(.credentialExposures, .max(0), world: .live)
        let (card, without) = (run.card, plain.card)
        #expect(card.verdict == without.verdict && card.coverage == without.coverage && card.score == without.score)
        let result = card.objectives.last!
        #expect(result.isElsewhere && !result.counts && result.judgement == .inconclusive)
        #expect(
            result.explanation
                == "credential-exposures: demanded of live runs only, so it counts for nothing here.")
        let repeated = aggregate([card, card])
        #expect(repeated.verdict == without.verdict && repeated.coverage == without.coverage)
        #expect(repeated.objectives.last!.isElsewhere)
    }

    @Test func `in its own world it counts`() {
        let result = Self.run(world: .simulated).card.objectives.last!
        #expect(!result.isElsewhere && result.counts)
    }

    @Test func `a scorecard's file keeps where it is demanded`() throws {
        let card = Self.run(world: .live).card
        let read = try ScorecardJSON.decode(ScorecardJSON.encode(card))
        #expect(read.objectives.last!.objective.world == .live && read.objectives.last!.isElsewhere)
    }
}
