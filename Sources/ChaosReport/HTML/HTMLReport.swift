public import ChaosPlan
public import ChaosScore

/// The page of a run: one file that needs nothing but itself, works without scripts, in light and dark, on a phone and on A4.
public enum HTMLReport {
    /// - Parameters:
    ///   - timeline: of one run; of a repeated run, that of the worst seed.
    ///   - header: of that run's journal.
    ///   - replay: the command that repeats the run.
    ///   - seeds: per-seed results of a repeated run, where they are known.
    ///   - advice: changes that were tried and would have met what was missed.
    ///   - grades: of a simulated run; nil writes nothing about them.
    public static func render(
        scorecard: Scorecard, timeline: Timeline, header: JournalHeader, plan: PlanSummary, replay: String,
        seeds: [SeedResult] = [], advice: [AdviceLine] = [], grades: RunGrades? = nil
    ) -> String {
        let page = Page(
            scorecard: scorecard, timeline: timeline, header: header, plan: plan, replay: replay, seeds: seeds,
            grades: grades, scale: TimeScale(end: timeline.end))
        let parts: [(id: String, name: String, markup: Markup)] = [
            ("objectives", "Objectives", ObjectivesSection.render(page)),
            ("advice", "What would have met it", AdviceSection.render(advice)),
            ("seeds-head", "Seeds", SeedsSection.render(page)),
            ("timeline", "Timeline", TimelineSection.render(page)),
            ("recovery", "The way back", RecoverySection.render(page)),
            ("blast", "Who depends on whom", DependencySection.render(page)),
            ("windows-head", "Worst windows", WindowedMinimumSection.render(page)),
            ("lost", "Lost points", LostPointsSection.render(page)),
            ("down", "Who was down", DowntimeSection.render(page)),
            ("ledger", "Messages", LedgerSection.render(page)),
            ("facts", "Facts", ProvenanceSection.render(page)),
        ].filter { !$0.markup.source.isEmpty }
        let links = parts.map { part -> Markup in "<li><a href=\"#\(part.id)\">\(part.name)</a></li>\n" }
        let contents: Markup = """
            <nav class="contents" aria-label="On this page"><ul>
            \(links)</ul></nav>

            """
        let title = "\(scorecard.scenario): \(scorecard.verdict.rawValue), score \(scorecard.scoreText)"
        return HTMLDocument.render(
            title: title, version: scorecard.version,
            sections: [VerdictSection.render(page), contents] + parts.map(\.markup), script: PageScript.source)
    }
}
