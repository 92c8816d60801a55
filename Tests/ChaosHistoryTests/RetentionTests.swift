import ChaosHistory
import Testing

@Suite struct RetentionTests {
    private let day: Int64 = 86_400

    private func decide(
        _ runs: [RunEntry], _ rules: Retention, now: Int64? = nil, baseline: String? = nil
    ) -> [Retention.Reason?] {
        let now = now ?? (runs.map(\.started).max() ?? 0)
        return rules.decide(runs, now: now) { $0.directory == baseline }
    }

    @Test("the last runs of each scenario and world stay, and the worst of them; the rest goes")
    func newest() {
        var runs = (1...5).map { RunEntry.sample($0, score: $0 == 2 ? 60 : 90) }
        runs += (1...2).map { RunEntry.sample($0, world: "live") }
        #expect(
            decide(runs, Retention(keepLast: 1, keepDays: nil)) == [nil, .worst, nil, nil, .newest, nil, .newest])
        // Equally good: the worst is the newest of them, which stays anyhow.
        #expect(decide(runs, Retention(keepLast: 0, keepDays: nil)) == [nil, .worst, nil, nil, nil, nil, .worst])
    }

    @Test("young runs stay, to the second")
    func recent() {
        var runs = [RunEntry.sample(1), .sample(2), .sample(3, verdict: "inconclusive")]
        let now: Int64 = 1_900_000_000
        for (index, age) in [3 * day, 3 * day - 1, 30 * day].enumerated() { runs[index].started = now - age }
        #expect(decide(runs, Retention(keepLast: nil, keepDays: 3), now: now) == [nil, .recent, .worst])
    }

    @Test("deviated runs stay unless told otherwise, what a baseline rests on always")
    func deviated() {
        let runs = [
            RunEntry.sample(1, verdict: "deviated", score: 50), .sample(2, verdict: "deviated", score: 40), .sample(3),
            .sample(4),
        ]
        let rules = Retention(keepLast: 1, keepDays: nil)
        #expect(decide(runs, rules, baseline: runs[2].directory) == [.deviated, .deviated, .baseline, .newest])
        let strict = Retention(keepLast: 1, keepDays: nil, keepsDeviated: false)
        #expect(decide(runs, strict, baseline: runs[0].directory) == [.baseline, .worst, nil, .newest])
    }

    @Test("a run without a score is no worse than one with a bad score")
    func withoutScore() {
        let runs = [RunEntry.sample(1, score: nil), .sample(2, score: 70), .sample(3, score: 99)]
        #expect(decide(runs, Retention(keepLast: 1, keepDays: nil)) == [nil, .worst, .newest])
    }
}
