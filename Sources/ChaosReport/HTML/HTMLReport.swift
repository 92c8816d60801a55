public import ChaosPlan
public import ChaosScore

/// The page of a run: one file that needs nothing but itself, works without scripts, in light and dark, on a phone and on A4.
public enum HTMLReport {
    /// - Parameters:
    ///   - timeline: of one run; of a repeated run, that of the worst seed.
    ///   - header: of that run's journal.
    ///   - replay: the command that repeats the run.
    ///   - seeds: per-seed scores of a repeated run, where they are known.
    public static func render(
        scorecard: Scorecard, timeline: Timeline, header: JournalHeader, plan: PlanSummary, replay: String,
        seeds: [SeedResult] = []
    ) -> String {
        let page = Page(
            scorecard: scorecard, timeline: timeline, header: header, plan: plan, replay: replay, seeds: seeds,
            scale: TimeScale(end: timeline.end))
        let sections = [
            VerdictSection.render(page), ObjectivesSection.render(page), SeedsSection.render(page),
            TimelineSection.render(page), RecoverySection.render(page), WindowedMinimumSection.render(page),
            LostPointsSection.render(page), DowntimeSection.render(page), LedgerSection.render(page),
            ProvenanceSection.render(page),
        ]
        let title = "\(scorecard.scenario): \(scorecard.verdict.rawValue), score \(scorecard.scoreText)"
        return HTMLDocument.render(
            title: title, version: scorecard.version, sections: sections, script: PageScript.source)
    }
}
