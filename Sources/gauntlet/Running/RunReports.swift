import ChaosPlan
import ChaosReport
import ChaosScore

/// What is made of a journal once it is whole: scorecard and reports.
struct RunReports {
    let store: RunStore
    let plan: Plan

    /// The scorecard first: it is what the others are made of, and the most precious.
    func write(_ scorecard: Scorecard, timeline: Timeline, header: JournalHeader) throws(Failure) {
        try store.write(ScorecardJSON.encode(scorecard), as: RunDirectory.scorecard)
        let grades = StoredGrades.of(scorecard)
        let page = HTMLReport.render(
            scorecard: scorecard, timeline: timeline, header: header, plan: PlanSummary(plan), replay: store.replay,
            seeds: scorecard.perSeed, advice: AdviceFile.lines(in: store),
            grades: grades)
        try store.write(page, as: RunDirectory.page)
        try store.write(JUnitReport.render(scorecard, replay: store.replay), as: RunDirectory.junit)
        try store.write(
            MarkdownSummary.render(scorecard, replay: store.replay, grades: grades), as: RunDirectory.summary)
        try store.write(OpenMetrics.render(scorecard), as: RunDirectory.metrics)
    }
}
