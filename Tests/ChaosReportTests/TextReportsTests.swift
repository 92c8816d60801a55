import ChaosPlan
import ChaosReport
import ChaosScore
import ReportSamples
import Testing

@Suite struct TextReportsTests {
    private let hub = Sample.hubFailover
    private let week = Sample.week

    @Test func theConsoleTableReadsAsItDidBefore() throws {
        try Golden.expect(ConsoleSummary.render(hub.scorecard, colour: false, width: 80), equals: "hub.console.txt")
        try Golden.expect(ConsoleSummary.render(week.scorecard, colour: true, width: 100), equals: "week.console.txt")
    }

    @Test func theMarkdownSummaryReadsAsItDidBefore() throws {
        try Golden.expect(MarkdownSummary.render(hub.scorecard, replay: hub.replay), equals: "hub.summary.md")
        try Golden.expect(MarkdownSummary.render(week.scorecard, replay: week.replay), equals: "week.summary.md")
    }

    @Test func theJUnitReportReadsAsItDidBefore() throws {
        try Golden.expect(JUnitReport.render(hub.scorecard, replay: hub.replay), equals: "hub.junit.xml")
        try Golden.expect(JUnitReport.render(week.scorecard, replay: week.replay), equals: "week.junit.xml")
    }

    @Test func aPlainConsoleHasNoEscapesAndKeepsItsWidth() {
        for width in [60, 80, 120] {
            let text = ConsoleSummary.render(week.scorecard, colour: false, width: width)
            #expect(!text.contains("\u{1B}"))
            #expect(text.split(separator: "\n").allSatisfy { $0.count <= width })
        }
    }

    @Test func aNameCannotSendEscapesToTheTerminal() {
        var card = hub.scorecard
        card.scenario = "a\u{1B}[2Jb"
        card.findings = ["gone\u{07}"]
        let text = ConsoleSummary.render(card, colour: false)
        #expect(!text.unicodeScalars.contains { $0.value < 0x20 && $0 != "\n" })
    }

    @Test func aNameCannotBreakOutOfAMarkdownCell() {
        var card = hub.scorecard
        card.objectives[0].objective.id = "a|b<img src=x>`"
        let text = MarkdownSummary.render(card, replay: "x\n```\n# y")
        #expect(text.contains(#"a\|b&lt;img src=x&gt;\`"#))
        #expect(!text.contains("\n# y"))
    }

    @Test func junitIsWellFormedWhateverTheNames() {
        var card = hub.scorecard
        card.scenario = "<script>\"&'\u{0}"
        card.objectives[2].explanation = "]]> & <b>"
        #expect(WellFormed.problem(in: JUnitReport.render(card, replay: "a \"b\" <c>")) == nil)
    }

    @Test func anInconclusiveRunWithoutAnOpenObjectiveIsNotGreen() {
        let card = Sample.scorecard(
            hub.header, verdict: .inconclusive, score: 100,
            objectives: [Sample.result(Sample.objective(.latencyP95, .max(5e8)), .held, 1e6, "fine")],
            findings: ["kill-edge-hub did not land"])
        let text = JUnitReport.render(card, replay: "")
        #expect(text.contains("name=\"verdict\""))
        #expect(text.contains("tests=\"2\" failures=\"0\" errors=\"0\" skipped=\"1\""))
    }

    @Test func anAdvisoryMissIsNoFailure() {
        let objective = Sample.objective(.cascades, .max(0), advisory: true)
        let card = Sample.scorecard(
            hub.header, verdict: .held, score: 100, objectives: [Sample.result(objective, .missed, 3, "three")])
        #expect(JUnitReport.render(card, replay: "").contains("failures=\"0\""))
    }
}
