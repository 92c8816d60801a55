import ChaosPlan
import ChaosReport
import ChaosScore
import Foundation
import ReportSamples
import Testing

@Suite struct HTMLReportTests {
    @Test func everyPageIsWellFormed() {
        #expect(WellFormed.problem(in: Sample.hubFailover.page) == nil)
        #expect(WellFormed.problem(in: Sample.week.page) == nil)
    }

    @Test func hostsOfALiveRunHaveAChartEachAndOthersHaveNone() {
        #expect(!Sample.hubFailover.page.contains("Load of "))
        var sample = Sample.hubFailover
        for second in 1...60 {
            for host in [0, 1, nil] {
                let load = HostLoad(
                    host: host, cpu: Share(partsPerMillion: second == 30 ? 970_000 : 100_000), memory: 1 << 30,
                    memoryTotal: 4 << 30, disk: host == nil ? nil : Share(partsPerMillion: 81_000))
                sample.records.append(JournalRecord(time: Nanoseconds(second) * .second, event: .load(load)))
            }
        }
        let page = sample.page
        #expect(WellFormed.problem(in: page) == nil)
        for name in ["MainPC", "PC2", "the harness&#39; machine"] {
            #expect(page.contains("Load of \(name)"), "\(name)")
        }
        #expect(page.contains("At most: processor 97 %, memory 25 %, disk 8 %."))
        #expect(page.contains("At most: processor 97 %, memory 25 %."))
    }

    @Test func aPageAsksNobodyForAnything() {
        for page in [Sample.hubFailover.page, Sample.week.page] {
            for word in ["http://", "https://", "url(", "@import", "src=", "<link", "<img", "<iframe", "fetch("] {
                #expect(!page.contains(word), "\(word)")
            }
        }
    }

    @Test func hostileNamesStayText() {
        var sample = Sample.hubFailover
        let evil = "</script><script>alert('x')</script>\"onload=\"y\u{0}&"
        sample.header.scenario = evil
        sample.header.subjects[40].name = evil
        sample.header.groups[0] = evil
        sample.header.hosts[1] = evil
        sample.header.faults[0].id = evil
        sample.header.faults[0].faultID = evil
        sample.scorecard.scenario = evil
        sample.scorecard.world = evil
        sample.scorecard.journalHash = evil
        sample.scorecard.findings = [evil]
        sample.scorecard.faults[0].id = evil
        sample.scorecard.faults[0].targets = [evil]
        sample.scorecard.facts.downtime[0].name = evil
        sample.scorecard.objectives[0].explanation = evil
        sample.scorecard.objectives[2].objective.id = evil
        sample.scorecard.objectives[2].objective.promise = evil
        sample.records.append(
            JournalRecord(time: 180 * .second, event: .violation(invariant: evil, subject: evil, detail: evil)))
        sample.records.append(JournalRecord(time: 180 * .second, event: .abort(rule: evil)))
        let page = HTMLReport.render(
            scorecard: sample.scorecard, timeline: sample.timeline, header: sample.header,
            plan: PlanSummary(summary: evil, facts: [PlanSummary.Fact(name: evil, text: evil)]), replay: evil)
        #expect(!page.contains("alert('x')"))
        #expect(!page.contains("\"onload=\""))
        #expect(WellFormed.problem(in: page) == nil)
        // The page's own two: the points and the script.
        #expect(page.components("<script").count - 1 == 2)
    }

    @Test func everyDrawingHasATitleAndADescription() {
        let page = Sample.week.page
        let drawings = page.components("role=\"img\"").count - 1
        #expect(drawings > 10)
        #expect(page.components("<desc id=").count - 1 == drawings)
        #expect(page.components("-title\">").count - 1 >= drawings)
    }

    @Test func aWeekIsDrawnInUnderAMegabyte() {
        #expect(Sample.week.page.utf8.count < 1_000_000)
    }

    @Test func ofManyFaultsTheTwelveWorstAreDrawnAndAllAreSummed() {
        let page = Sample.week.page
        #expect(page.contains("All 168 instances"))
        #expect(page.components("id=\"recovery-").count - 1 == 24)
        #expect(page.contains("<h4>pause-broker#56</h4>"))
    }

    @Test("What failed and how to see it again stand before everything else")
    func theTopSaysWhatFailed() throws {
        let page = Sample.hubFailover.page
        let failed = try #require(page.range(of: "The last of 40 agents was served by CentralHub 3.43 s"))
        let replay = try #require(page.range(of: "id=\"command\">gauntlet replay hub-failover"))
        let table = try #require(page.range(of: "id=\"objectives\""))
        #expect(failed.lowerBound < replay.lowerBound && replay.lowerBound < table.lowerBound)
    }

    @Test("Advice has its section only where there is any")
    func adviceIsShown() {
        let sample = Sample.hubFailover
        let page = HTMLReport.render(
            scorecard: sample.scorecard, timeline: sample.timeline, header: sample.header, plan: Sample.plan,
            replay: sample.replay, advice: [AdviceLine(objective: "o<", sentence: "5 s → 2 s & more")])
        #expect(page.contains("What would have met it"))
        #expect(page.contains("<strong>o&lt;</strong> 5 s → 2 s &amp; more"))
        #expect(!sample.page.contains("What would have met it"))
    }

    @Test("A repeated run shows each objective's spread, and a run of many seeds stays small")
    func spreadsAreShown() {
        let page = Sample.repeated().page
        #expect(page.contains("Each objective over the seeds"))
        #expect(page.contains("The same in every seed"))
        #expect(page.components("class=\"whisker\" d=\"M").count > 2)
        #expect(WellFormed.problem(in: page) == nil)
        var many = Sample.repeated()
        let seeds = many.scorecard.perSeed
        many.scorecard.perSeed = (0..<100).flatMap { _ in seeds }
        #expect(many.page.utf8.count < page.utf8.count + 400_000)
    }

    @Test func anEmptyRunStillMakesAPage() {
        let header = Sample.header(
            scenario: "nothing", phases: Phases(baseline: 0, faults: 0, recovery: 0), faults: [])
        var model = TimelineModel(header: header)
        let page = HTMLReport.render(
            scorecard: Sample.scorecard(header, verdict: .inconclusive, score: nil, coverage: 0, objectives: []),
            timeline: model.finish(), header: header, plan: PlanSummary(summary: ""), replay: "")
        #expect(WellFormed.problem(in: page) == nil)
        #expect(page.contains("Inconclusive"))
    }

    @Test func aRepeatedRunShowsADotForEachSeedAndTheIntervals() {
        var sample = Sample.hubFailover
        sample.scorecard.seeds = [1, 2, 3]
        sample.scorecard.objectives[2].interval = Interval(low: 2.9e9, high: 4e9, trials: 3, method: "order-statistic")
        let seeds: [SeedResult] = [
            SeedResult(seed: 1, verdict: .held, score: 99, coverage: 100, journalHash: ""),
            SeedResult(seed: 2, verdict: .deviated, score: 91.4, coverage: 100, journalHash: ""),
            SeedResult(seed: 3, verdict: .inconclusive, score: nil, coverage: 100, journalHash: ""),
        ]
        let page = HTMLReport.render(
            scorecard: sample.scorecard, timeline: sample.timeline, header: sample.header, plan: Sample.plan,
            replay: sample.replay, seeds: seeds)
        #expect(page.contains("The worst seed is <strong>2</strong> with 91.4 points."))
        #expect(page.contains("2.9 s … 4 s"))
        #expect(WellFormed.problem(in: page) == nil)
    }
}

extension String {
    fileprivate func components(_ separator: String) -> [Substring] {
        split(separator: separator, omittingEmptySubsequences: false)
    }
}
