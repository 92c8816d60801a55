import ChaosHistory
import ChaosPlan
import ChaosScore
import Foundation
import Testing

@Suite struct HistoryTests {
    @Test("a recorded run reads back as it was, with seeds beyond a signed number and values that are missing")
    func roundTrip() throws {
        let scratch = try Scratch()
        var entry = RunEntry.sample(1, seed: .max, score: nil, failover: nil)
        entry.ending = "aborted: availability < 50 %"
        entry.pruned = 7
        try scratch.open().record(entry)
        #expect(try scratch.open().runs() == [entry])
        #expect(try scratch.open().run(entry.directory) == entry)
        #expect(try scratch.open().run("nothing") == nil)
    }

    @Test("recording a directory again replaces the run and its objectives, and keeps its place")
    func replaces() throws {
        let history = try Scratch().openKept()
        let first = RunEntry.sample(1)
        var second = RunEntry.sample(2)
        second.started = first.started
        try history.value.record(first)
        try history.value.record(second)
        var again = RunEntry.sample(1, verdict: "deviated", score: 12)
        again.objectives.removeLast()
        try history.value.record(again)
        #expect(try history.value.runs() == [second, again])
    }

    @Test("runs are listed newest first, filtered by each word and cut to the limit")
    func filters() throws {
        let history = try Scratch().openKept()
        var entries: [RunEntry] = []
        for number in 0..<60 {
            entries.append(
                .sample(
                    number, scenario: number % 3 == 0 ? "partition@2min" : "hub-failover",
                    world: number % 5 == 0 ? "live" : "simulated", version: number < 30 ? "0.1.0" : "0.2.0",
                    verdict: number % 4 == 0 ? "deviated" : "held"))
        }
        try history.value.record(entries.shuffled())
        let newest = Array(entries.reversed())
        func expect(_ filter: RunFilter, _ matches: (RunEntry) -> Bool) throws {
            let found = try history.value.runs(filter)
            #expect(found == Array(newest.filter(matches).prefix(filter.limit ?? .max)), "\(filter)")
            #expect(!found.isEmpty, "\(filter)")
        }
        try expect(RunFilter()) { _ in true }
        try expect(RunFilter(scenario: "partition@2min")) { $0.scenario == "partition@2min" }
        try expect(RunFilter(world: "live", limit: 3)) { $0.world == "live" }
        try expect(RunFilter(version: "0.2.0", verdict: "deviated")) {
            $0.version == "0.2.0" && $0.verdict == "deviated"
        }
        try expect(RunFilter(scenario: "hub-failover", since: entries[40].started, limit: 5)) {
            $0.scenario == "hub-failover" && $0.started >= entries[40].started
        }
        var bare = RunFilter(limit: 1)
        bare.includesObjectives = false
        #expect(try history.value.runs(bare).map(\.objectives) == [[]])
        #expect(try history.value.runs(RunFilter(scenario: "' OR 1 = 1 --")).isEmpty)
    }

    @Test("latest is the newest run of each scenario and world")
    func latest() throws {
        let history = try Scratch().openKept()
        #expect(try history.value.latest().isEmpty)
        let entries = [
            RunEntry.sample(1), .sample(4), .sample(2), .sample(3, world: "live"),
            .sample(9, scenario: "control", world: "live"),
        ]
        try history.value.record(entries)
        #expect(try history.value.latest() == [entries[4], entries[3], entries[1]])
        #expect(try history.value.latest(scenario: "hub-failover") == [entries[3], entries[1]])
        #expect(try history.value.latest(scenario: "hub-failover", world: "simulated") == [entries[1]])
        #expect(
            try history.value.series() == [
                RunSeries(scenario: "control", world: "live"), RunSeries(scenario: "hub-failover", world: "live"),
                RunSeries(scenario: "hub-failover", world: "simulated"),
            ])
    }

    @Test("a removed run is gone, a pruned one keeps its numbers and can be left out")
    func removes() throws {
        let history = try Scratch().openKept()
        let entries = (1...3).map { RunEntry.sample($0) }
        try history.value.record(entries)
        try history.value.remove([entries[0].directory, "nothing"])
        try history.value.markPruned([entries[1].directory], at: 99)
        var pruned = entries[1]
        pruned.pruned = 99
        #expect(try history.value.runs() == [entries[2], pruned])
        var filter = RunFilter()
        filter.includesPruned = false
        #expect(try history.value.runs(filter) == [entries[2]])
        #expect(try history.value.directories() == [entries[1].directory: true, entries[2].directory: false])
        try history.value.record(entries[1])
        #expect(try history.value.directories()[entries[1].directory] == false, "who records it again says it is there")
    }

    @Test("a list of runs that cannot be recorded whole is not recorded at all")
    func allOrNothing() throws {
        let history = try Scratch().openKept()
        var broken = RunEntry.sample(2)
        // SQLite has no such number: it would be stored as none, which the column refuses.
        broken.availability = .nan
        #expect(throws: HistoryError.self) { try history.value.record([.sample(1), broken]) }
        #expect(try history.value.runs().isEmpty)
    }

    @Test(
        "every question is answered from an index, whatever is asked for, and nothing is sorted",
        arguments: [false, true])
    func usesIndex(limited: Bool) throws {
        let history = try Scratch().openKept()
        for words in 0..<32 {
            let filter = RunFilter(
                scenario: words & 1 > 0 ? "a" : nil, world: words & 2 > 0 ? "live" : nil,
                version: words & 4 > 0 ? "1" : nil, verdict: words & 8 > 0 ? "held" : nil,
                since: words & 16 > 0 ? 5 : nil, limit: limited ? 20 : nil)
            let steps = try history.value.queryPlan(filter)
            #expect(steps.count == 2)
            #expect(steps.allSatisfy { $0.hasPrefix("SEARCH") }, "\(filter): \(steps)")
        }
    }

    @Test("a scorecard's run has its numbers, and no objective of the other world")
    func fromScorecard() throws {
        func result(_ id: String, limit: Objective.Limit, isElsewhere: Bool) -> ObjectiveResult {
            ObjectiveResult(
                objective: Objective(
                    id: id, metric: .failoverTime, of: "kill", over: .budget, limit: limit, group: nil, weight: 1,
                    floor: nil, invariant: true, advisory: false, statistic: .worst, promise: "hub-failover"),
                judgement: .missed, value: 7e9, censored: true, credit: 0, lostPoints: 50, explanation: "late",
                interval: nil, isElsewhere: isElsewhere)
        }
        var facts = Facts()
        facts.availability = 0.75
        let card = Scorecard(
            scenario: "hub-failover", fleet: "two-machine", seeds: [4, 5], planDigest: 10, fleetDigest: 11,
            world: "simulated", version: "9.9", verdict: .deviated, score: 49.987654, coverage: 66.666666,
            objectives: [
                result("a", limit: .max(5e9), isElsewhere: false), result("b", limit: .min(1), isElsewhere: true),
            ], findings: [], faults: [], facts: facts, journalHash: "00000000000000ff")
        let entry = RunEntry(card, directory: "x/y", started: 12, ending: "completed", exitCode: 1)
        #expect(entry.seed == 4 && entry.seedCount == 2)
        #expect(entry.planDigest == "000000000000000a" && entry.fleetDigest == "000000000000000b")
        #expect(entry.score == 49.99 && entry.coverage == 66.67, "as scorecard.json has them")
        #expect(entry.availability == 0.75 && entry.verdict == "deviated" && entry.version == "9.9")
        #expect(
            entry.objectives == [
                ObjectiveEntry(
                    id: "a", metric: "failover-time", promise: "hub-failover", judgement: "missed", value: 7e9,
                    isCensored: true, limit: 5e9, isMinimum: false, isInvariant: true, isAdvisory: false)
            ])
    }
}

/// A history together with the folder that must outlive it.
struct Kept {
    let scratch: Scratch
    let value: History
}

extension Scratch {
    func openKept() throws -> Kept { Kept(scratch: self, value: try open()) }
}
