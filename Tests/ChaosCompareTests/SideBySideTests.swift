import ChaosCompare
import ChaosPlan
import ChaosScore
import Testing

@Suite("Two runs side by side")
struct SideBySideTests {
    private func trial(_ set: [String] = [], seed: UInt64 = 1) async throws -> Scorecard {
        let plan = try #require(Plans.named("first-steps", set: set))
        return try await Trial.run(plan, seed: seed).scorecard
    }

    @Test("a run beside itself differs in nothing and warns of nothing")
    func same() async throws {
        let card = try await trial()
        let runs = SideBySide(card, named: "a", card, named: "b")
        #expect(runs.warnings.isEmpty)
        #expect(runs.summary.allSatisfy { $0.difference == 0 || $0.difference == nil })
        #expect(runs.objectives.count == card.objectives.count)
        #expect(runs.objectives.allSatisfy { $0.difference == 0 })
        #expect(runs.faults.count == card.faults.count && !runs.faults.isEmpty)
        #expect(runs.paired == nil)
    }

    @Test("differences are the second run's value minus the first's, in the metric's unit")
    func differences() async throws {
        let card = try await trial()
        var other = card
        other.facts.availability = card.facts.availability - 0.25
        other.faults[0].detected = try #require(card.faults[0].detected) + 2 * .second
        let runs = SideBySide(card, named: "a", other, named: "b")
        let availability = try #require(runs.summary.first { $0.name == "availability over the run" })
        #expect(availability.difference == -0.25)
        let detect = try #require(runs.faults[0].times.first { $0.name == "detect" })
        #expect(detect.difference == 2e9)
        #expect(runs.text.contains("-25 %"), "\(runs.text)")
    }

    @Test("what only one run has is said to be absent from the other, and never compared")
    func absent() async throws {
        let card = try await trial()
        var other = card
        let gone = other.objectives.removeFirst().objective.id
        let fault = other.faults.removeFirst().id
        let runs = SideBySide(card, named: "a", other, named: "b")
        let row = try #require(runs.objectives.first { $0.objective == gone })
        #expect(row.after == nil && row.difference == nil)
        let lost = try #require(runs.faults.first { $0.id == fault })
        #expect(lost.inLeft && !lost.inRight && lost.times.allSatisfy { $0.difference == nil })
        #expect(runs.text.contains("absent"))
        #expect(SideBySidePage.render(runs).contains("only in A"))
    }

    @Test("a fault that was never recovered from has no time, and says never")
    func never() async throws {
        var card = try await trial()
        card.faults[0].firstImpact = card.faults[0].effective
        card.faults[0].restored = nil
        let runs = SideBySide(card, named: "a", card, named: "b")
        #expect(runs.faults[0].openLeft.contains("restore"))
        #expect(runs.text.contains("never"))
    }

    @Test("another scenario, another fleet and another version are warned of")
    func warnings() async throws {
        let card = try await trial()
        var other = card
        other.scenario = "elsewhere"
        other.fleetDigest ^= 1
        other.version = "9"
        other.seeds = [2]
        let warnings = SideBySide(card, named: "a", other, named: "b").warnings
        #expect(warnings.count == 4, "\(warnings)")
    }

    @Test("repeated runs are paired by their seeds")
    func paired() async throws {
        let card = try await trial()
        func repeated(_ scores: [UInt64: Double]) -> Scorecard {
            var card = card
            card.seeds = scores.keys.sorted()
            card.perSeed = card.seeds.map {
                SeedResult(seed: $0, verdict: .held, score: scores[$0], coverage: 100, journalHash: "")
            }
            return card
        }
        let runs = SideBySide(
            repeated([1: 100, 2: 90, 3: 80, 9: 0]), named: "a", repeated([1: 99, 2: 88, 3: 77, 4: 50]), named: "b")
        let paired = try #require(runs.paired)
        #expect(paired.seeds == [1, 2, 3] && paired.unpaired == 2)
        // Differences −1, −2, −3: mean −2, s = 1, t(0.975, 2) = 4.3027, half-width 4.3027 ÷ √3 = 2.4841.
        #expect(abs(paired.meanDifference + 2) < 1e-12)
        let interval = try #require(paired.interval)
        #expect(abs(interval.low + 4.4841) < 1e-3 && abs(interval.high - 0.4841) < 1e-3)
    }

    @Test("each objective of paired seeds has its difference with an interval, and the turns are counted")
    func pairedObjectives() async throws {
        let card = try await trial()
        let index = try #require(card.objectives.firstIndex { $0.value != nil && $0.objective.metric.unit == .time })
        func repeated(_ values: [Double], missed: [UInt64]) -> Scorecard {
            var card = card
            card.seeds = values.indices.map { UInt64($0) }
            card.perSeed = card.seeds.map { seed in
                var result = SeedResult(seed: seed, verdict: .held, score: 100, coverage: 100, journalHash: "")
                result.objectives = [
                    SeedObjective(
                        id: card.objectives[index].objective.id, judgement: missed.contains(seed) ? .missed : .held,
                        value: values[Int(seed)], isCensored: false)
                ]
                return result
            }
            return card
        }
        let runs = SideBySide(
            repeated([1e9, 2e9, 3e9], missed: [0]), named: "a", repeated([2e9, 4e9, 6e9], missed: [1, 2]), named: "b")
        let row = try #require(runs.paired?.rows.first { $0.name == card.objectives[index].objective.id })
        // Differences of 1, 2 and 3 s: mean 2 s, half-width 4.3027 ÷ √3 = 2.4841 s.
        #expect(row.meanDifference == 2e9 && row.pairs == 3)
        #expect(abs((row.interval?.low ?? 0) + 0.4841e9) < 1e6)
        #expect(row.turnedMissed == 2 && row.turnedHeld == 1)
        #expect(runs.paired?.rows.first?.name == "score")
        let page = SideBySidePage.render(runs)
        #expect(page.contains("2 turned missed, 1 turned held"))
        #expect(runs.text.contains("over paired seeds"))
    }

    @Test("the page carries both runs and escapes their names")
    func page() async throws {
        let card = try await trial()
        var other = card
        other.scenario = "<script>"
        let page = SideBySidePage.render(SideBySide(card, named: "a", other, named: "b&c"))
        #expect(page.contains("&lt;script&gt;") && !page.contains("<script>"))
        #expect(page.contains("b&amp;c"))
        #expect(page.hasPrefix("<!DOCTYPE html>"))
    }
}
