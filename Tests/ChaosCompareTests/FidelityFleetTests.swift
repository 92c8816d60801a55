import ChaosCompare
import ChaosReport
import ChaosScore
import Foundation
import Testing

@Suite("Fleets and grades of fidelity")
struct FidelityFleetTests {
    private typealias Made = SyntheticTrials

    private func trials(
        _ world: String, _ count: Int, fleet: UInt64, file: String?, started: String? = nil
    ) -> [FidelityTrial] {
        Made.trials(world, count).map { trial in
            var trial = trial
            trial.scorecard.fleetDigest = fleet
            trial.fleetFile = file
            trial.started = started
            return trial
        }
    }

    private func scenario(_ name: String, simulated: UInt64 = 10, isMeasured: Bool = true) -> FidelityTrials {
        FidelityTrials(
            scenario: name, simulated: trials("simulated", 5, fleet: simulated, file: "measured"),
            live: trials("live", 3, fleet: 11, file: "own"),
            naive: trials("simulated", 2, fleet: 12, file: "naive"), isMeasured: isMeasured)
    }

    @Test("two fleets by design are said once, with their names, and are no warning")
    func byDesign() {
        let report = FidelityReport([scenario("a"), scenario("b")])
        #expect(report.warnings.isEmpty)
        let sentence =
            "All scenarios: simulated trials ran on measured (000000000000000a), the naive ones on naive (000000000000000c), live ones on own (000000000000000b): by design"
        #expect(report.summary.components(separatedBy: sentence).count == 2, "\(report.summary)")
        #expect(FidelityPage.render(report).contains(sentence))
    }

    @Test("where scenarios ran on other fleets than others, each sentence names its own")
    func severalDesigns() {
        let report = FidelityReport([scenario("a"), scenario("b", simulated: 13), scenario("c")])
        #expect(report.warnings.isEmpty)
        #expect(report.summary.contains("a, c: simulated trials ran on measured (000000000000000a)"))
        #expect(report.summary.contains("b: simulated trials ran on measured (000000000000000d)"))
    }

    @Test("two fleets that nobody asked for, and two within one world, stay a warning")
    func unintended() {
        let two = FidelityReport([scenario("a", isMeasured: false)])
        #expect(
            two.warnings == [
                "a ran on two fleets: measured (000000000000000a) simulated, own (000000000000000b) live."
            ])
        #expect(!two.summary.contains("by design"))
        var mixed = scenario("a")
        mixed.live += trials("live", 1, fleet: 14, file: nil)
        let report = FidelityReport([mixed])
        #expect(report.warnings == ["a: its live trials ran on 2 different fleets."])
        #expect(!report.summary.contains("by design"))
    }

    @Test("the book of grades tells kinds, trials, scenarios and fleets, and when and with what it was measured")
    func book() throws {
        var a = scenario("a")
        a.live = trials("live", 20, fleet: 11, file: "own", started: "2026-11-21T22:57:13Z")
        a.simulated = trials("simulated", 40, fleet: 10, file: "measured", started: "2026-11-22T01:00:00Z")
        let report = FidelityReport([a, scenario("b")])
        let book = report.gradeBook
        #expect(book.measured == "2026-11-21T22:57:13Z")
        #expect(book.versions == ["0"])
        let grade = try #require(book["kill"])
        #expect(grade == report.grades[0])
        #expect(grade.trials == 23 && grade.scenarios == ["a", "b"])
        #expect(grade.simulatedFleets == [GradedFleet(name: "measured", digest: 10)])
        #expect(grade.liveFleets == [GradedFleet(name: "own", digest: 11)])
        #expect(try GradeBookJSON.decode(GradeBookJSON.encode(book)) == book)
        // A simulated run on that very fleet has nothing to add to its grade, a live one has none.
        #expect(try #require(RunGrades(a.simulated[0].scorecard, .book(book))).notes.isEmpty)
        #expect(RunGrades(a.live[0].scorecard, .book(book)) == nil)
    }

    @Test("side by side, only the simulated run has a grade")
    func sides() throws {
        let trials = scenario("a")
        let book = FidelityReport([trials]).gradeBook
        let (simulated, live) = (trials.simulated[0].scorecard, trials.live[0].scorecard)
        let runs = SideBySide(simulated, named: "x", live, named: "y") { RunGrades($0, .book(book)) }
        #expect(runs.text.contains("A  Fidelity of these simulated numbers: kill: partial (3 live trials; "))
        #expect(!runs.text.contains("B  Fidelity"))
        #expect(SideBySidePage.render(runs).contains("<strong>A</strong> Fidelity of these simulated numbers"))
        let json = try JSONSerialization.jsonObject(with: JSONEncoder().encode(runs)) as? [String: Any]
        #expect((json?["a"] as? [String: Any])?["fidelity"] != nil)
        #expect((json?["b"] as? [String: Any])?["fidelity"] == nil)
        // Two simulated runs say it together.
        let twice = SideBySide(simulated, named: "x", simulated, named: "y") { RunGrades($0, .book(book)) }
        #expect(twice.text.contains("A, B  Fidelity"))
    }
}
