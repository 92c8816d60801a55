import ChaosCompare
import ChaosPlan
import ChaosRun
import ChaosScore
import Testing

@Suite struct ComparisonTests {
    private static let fast = "fleet.policies.agent-failover.switch-time=1s"
    private static let slow = "fleet.policies.agent-failover.switch-time=4500ms"

    private func trials(_ setting: String, seeds: [UInt64]) async throws -> [Trial] {
        try await Trial.run(#require(Plans.named("first-steps", set: [setting])), seeds: seeds, jobs: 2)
    }

    @Test func `a slower switch is worse in failover time and availability, and the others stay`() async throws {
        let (before, after) = (try await trials(Self.fast, seeds: [1])[0], try await trials(Self.slow, seeds: [1])[0])
        let comparison = Comparison(before.scorecard, after.scorecard)
        #expect(comparison.worse.contains("failover-time-kill-one"), "seed 1: \(comparison.text)")
        #expect(comparison.worse.contains("availability"), "seed 1: \(comparison.text)")
        let failover = try #require(comparison.rows.first { $0.objective == "failover-time-kill-one" })
        #expect(
            failover.before?.judgement == .held && failover.after?.judgement == .missed, "seed 1: \(comparison.text)")
        let difference = try #require(failover.difference)
        #expect(abs(difference - 3.5e9) < 1e9, "seed 1: \(comparison.text)")
        #expect(
            comparison.rows.first { $0.objective == "acknowledged-loss" }?.change == .same, "seed 1: \(comparison.text)"
        )
        #expect(comparison.rows.map(\.objective) == before.scorecard.objectives.map(\.objective.id), "seed 1")
        let back = Comparison(after.scorecard, before.scorecard)
        #expect(back.better == comparison.worse && back.worse == comparison.better, "seed 1: \(back.text)")
    }

    @Test func `a scorecard against itself has nothing worse and no difference`() async throws {
        let card = try await trials(Self.fast, seeds: [2])[0].scorecard
        let comparison = Comparison(card, card)
        #expect(
            comparison.rows.allSatisfy { $0.change == .same && ($0.difference ?? 0) == 0 }, "seed 2: \(comparison.text)"
        )
        #expect(comparison.text.contains("nothing got worse"), "seed 2: \(comparison.text)")
    }

    @Test func `objectives of one side only are kept and not compared`() async throws {
        let card = try await trials(Self.fast, seeds: [2])[0].scorecard
        var less = card
        less.objectives.removeFirst()
        let gone = Comparison(card, less)
        #expect(gone.rows[0].after == nil && gone.rows[0].change == .incomparable, "seed 2: \(gone.text)")
        let new = Comparison(less, card)
        #expect(new.rows.last?.before == nil && new.rows.count == card.objectives.count, "seed 2: \(new.text)")
    }

    @Test func `paired seeds show a small change beyond chance`() async throws {
        let seeds: [UInt64] = [1, 2, 3, 4, 5]
        let before = try await trials(Self.fast, seeds: seeds)
        let after = try await trials(Self.slow, seeds: seeds.reversed() + [99])
        let paired = PairedComparison(before: before, after: after)
        #expect(paired.seeds == seeds && paired.unpaired == [99], "\(paired.text)")
        let row = try #require(paired.rows.first { $0.name == "failover-time-kill-one" })
        #expect(row.pairs == 5 && row.isWorse && row.turnedMissed == 5, "seeds \(seeds): \(paired.text)")
        let interval = try #require(row.interval)
        #expect(
            interval.low > 2.5e9 && interval.high < 4.5e9 && interval.method == "student-t",
            "seeds \(seeds): \(paired.text)")
        #expect(paired.worse.contains("failover-time-kill-one"), "seeds \(seeds): \(paired.text)")
        #expect(
            paired.rows.first { $0.name == "acknowledged-loss" }?.isClear == false, "seeds \(seeds): \(paired.text)")
    }

    @Test func `a single pair has a difference but no interval`() async throws {
        let before = try await trials(Self.fast, seeds: [1])
        let paired = PairedComparison(before: before, after: try await trials(Self.slow, seeds: [1]))
        let row = try #require(paired.rows.first { $0.name == "availability over the run" })
        #expect(row.interval == nil && !row.isClear && row.meanDifference < 0, "seed 1: \(paired.text)")
    }
}
