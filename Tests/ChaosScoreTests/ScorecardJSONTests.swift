import ChaosPlan
import ChaosScore
import Testing

@Suite("scorecard.json")
struct ScorecardJSONTests {
    static var cards: [Scorecard] {
        var run = FaultTimesTests.hubKill()
        run.seed = .max
        run.want(.failoverTime, .max(3e9), of: "f", weight: 3)
        run.want(.availability, .min(0.999), over: .window(10 * .second), group: "east", floor: 0.9)
        run.want(.acknowledgedLoss, .max(0), invariant: true)
        run.want(.drainTime, .max(1e9), of: "f", advisory: true, statistic: .median)
        run.expect = [.rollback]
        run.add(50 * .second, .violation(invariant: "odd \"one\"", subject: "a3", detail: "ü\n"))
        let one = run.card
        run.seed = 1
        return [one, run.card, aggregate([one, run.card])]
    }

    @Test func `what is written is read back`() throws {
        for card in Self.cards {
            let bytes = ScorecardJSON.encode(card)
            let read = try ScorecardJSON.decode(bytes)
            #expect(ScorecardJSON.encode(read) == bytes)
            #expect(read.seeds == card.seeds)
            #expect(read.verdict == card.verdict)
            #expect(close(read.score, card.score!, 0.01))
            #expect(read.objectives.map(\.objective) == card.objectives.map(\.objective))
            #expect(read.objectives.map(\.value) == card.objectives.map(\.value))
            #expect(read.objectives.map(\.explanation) == card.objectives.map(\.explanation))
            #expect(read.objectives.map(\.interval) == card.objectives.map(\.interval))
            #expect(read.findings == card.findings)
            #expect(read.brokenInvariants == card.brokenInvariants)
            #expect(read.inconclusiveReasons == card.inconclusiveReasons)
            #expect(read.faults.map(\.failedOver) == card.faults.map(\.failedOver))
            #expect(read.faults.map(\.recovered) == card.faults.map(\.recovered))
            #expect(read.facts.totals == card.facts.totals)
            #expect(read.facts.windowedMinimum == card.facts.windowedMinimum)
            #expect(read.facts.mechanismCounts == card.facts.mechanismCounts)
            #expect(read.facts.latencyP95 == card.facts.latencyP95)
            #expect(read.worstSeed == card.worstSeed)
            #expect(read.perSeed.map(\.seed) == card.perSeed.map(\.seed))
            #expect(read.perSeed.map(\.objectives) == card.perSeed.map(\.objectives))
            #expect(read.planDigest == card.planDigest)
            #expect(read.journalHash == card.journalHash)
        }
    }

    @Test func `keys carry units and the score two decimals`() {
        let text = String(decoding: ScorecardJSON.encode(Self.cards[0]), as: UTF8.self)
        for expected in [
            "\"detected_ns\" : 37000000000", "\"duration_ns\" : 150000000000", "\"over_window_ns\" : 10000000000",
            "\"plan_digest\" : \"0000000000000001\"", "\"gauntlet_scorecard\" : 1", "\"score\" : 50",
            "\"lost_agent_seconds\" : 3", "\"disk_high_water_ppm\" : 0", "\"lost_points\" : 20",
        ] {
            #expect(text.contains(expected), "\(expected)")
        }
    }

    @Test func `what is no scorecard is an error with its reason`() {
        func reason(_ text: String) -> String {
            do {
                _ = try ScorecardJSON.decode(Array(text.utf8))
                return "read"
            } catch {
                return error.description
            }
        }
        let good = String(decoding: ScorecardJSON.encode(Self.cards[0]), as: UTF8.self)
        #expect(reason("{}") == "the scorecard lacks gauntletScorecard")
        #expect(reason("") != "read")
        #expect(
            reason(good.replacing("\"gauntlet_scorecard\" : 1", with: "\"gauntlet_scorecard\" : 2"))
                == "scorecard format 2 is not known; this version reads 1")
        #expect(
            reason(good.replacing("\"verdict\" : \"deviated\"", with: "\"verdict\" : \"fine\""))
                == "\"fine\" is none of held, inconclusive, deviated")
        #expect(
            reason(good.replacing("\"over\" : \"window\"", with: "\"over\" : \"lunch\""))
                == "objective availability: over \"lunch\" is not known")
        #expect(reason(good) == "read")
    }
}
