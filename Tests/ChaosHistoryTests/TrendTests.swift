import ChaosHistory
import Testing

@Suite struct TrendTests {
    @Test("runs are grouped by scenario, world and number of seeds, oldest first, without those that were broken off")
    func groups() throws {
        var many = RunEntry.sample(5)
        many.seedCount = 100
        var aborted = RunEntry.sample(6)
        aborted.ending = "aborted: availability"
        let runs = [
            RunEntry.sample(3), .sample(1), .sample(2, world: "live"), .sample(4, scenario: "control"), many, aborted,
        ]
        let trends = Trend.of(runs)
        #expect(
            trends.map { "\($0.series.scenario) \($0.series.world) \($0.seedCount)" } == [
                "control simulated 1", "hub-failover live 1", "hub-failover simulated 1", "hub-failover simulated 100",
            ])
        #expect(trends[2].runs == [runs[1], runs[0]])
        #expect(trends[2].lines.map(\.metric.name) == ["score", "user-uptime", "availability", "failover-time-kill"])
        #expect(trends[2].lines[3].values == [3.4e9, 3.4e9])
    }

    @Test("a shift names the runs between which it lies, the medians on both sides, and whether it is worse")
    func shift() throws {
        var runs: [RunEntry] = []
        for number in 0..<24 {
            let late = number >= 14
            runs.append(
                .sample(
                    number, world: "live", version: late ? "0.2.0" : "0.1.0", score: late ? 99 : 98,
                    failover: (late ? 7 : 3) * 1e9 + Double(number * 7919 % 13) * 1e7))
        }
        runs[3].objectives[1].value = nil
        let trend = try #require(Trend.of(runs.shuffled()).first)
        let line = try #require(trend.lines.first { $0.metric.name == "failover-time-kill" })
        let shift = try #require(line.shifts.first)
        #expect(line.shifts.count == 1 && line.sample == 23)
        #expect(trend.runs[shift.before].version == "0.1.0" && trend.runs[shift.after].version == "0.2.0")
        #expect(shift.before == 13 && shift.after == 14)
        #expect(shift.isWorse && shift.from < 3.2e9 && shift.to > 7e9 && shift.pValue <= 0.01)
        let score = try #require(trend.lines.first)
        #expect(score.shifts.map(\.isWorse) == [false])
        #expect(trend.repetitions.isEmpty, "live runs of one seed are not the same run")
    }

    @Test("simulated runs of one plan and seed are compared exactly and are no sample for statistics")
    func exact() throws {
        func run(_ number: Int, _ hash: String, version: String = "0.1.0", score: Double = 98) -> RunEntry {
            .sample(number, seed: 1, version: version, score: score, hash: hash)
        }
        let runs = [
            run(1, "a"), run(2, "a"), run(3, "a", version: "0.2.0"), run(4, "b", version: "0.3.0", score: 91.25),
            run(5, "c", version: "0.3.0", score: 91.25), .sample(6, seed: 2),
        ]
        let trend = try #require(Trend.of(runs).first)
        let repetition = try #require(trend.repetitions.first)
        #expect(trend.repetitions.count == 1 && repetition.runs.count == 5 && repetition.seed == 1)
        #expect(repetition.changes.map(\.after) == [runs[3], runs[4]])
        #expect(repetition.changes[0].differences.map(\.metric.name) == ["score"])
        #expect(repetition.changes[0].differences[0].change == -6.75)
        #expect(!repetition.changes[0].isSameVersion)
        #expect(repetition.changes[1].isSameVersion && repetition.changes[1].differences.isEmpty)
        #expect(trend.lines.allSatisfy { $0.sample == 2 && $0.shifts.isEmpty }, "seed 1 once and seed 2 once")
    }

    @Test("a repeated step of a fixed seed is an exact change, never a statistical one")
    func fixedSeed() throws {
        let runs = (0..<40).map {
            RunEntry.sample($0, seed: 1, score: $0 < 20 ? 98 : 90, hash: $0 < 20 ? "a" : "b")
        }
        let trend = try #require(Trend.of(runs).first)
        #expect(trend.lines.allSatisfy { $0.shifts.isEmpty })
        #expect(trend.repetitions.map(\.changes.count) == [1])
    }
}
