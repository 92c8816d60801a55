import Browser
import ChaosCompare
import ChaosPlan
import ChaosReport
import ChaosScore
import Foundation
import ReportSamples
import Testing

/// The pages that the browser opens.
enum Pages: String, CaseIterable {
    case hub, week, repeated, compare, trend

    var html: String {
        get throws { try make() }
    }

    private func make() throws -> String {
        switch self {
        case .hub: Self.advised
        case .week: Sample.week.page
        case .repeated: Sample.repeated().page
        case .compare: Self.comparison
        case .trend: try TrendSample.page.get()
        }
    }

    private static var comparison: String {
        let (a, b) = (Sample.repeated(), Sample.repeated(shift: 2))
        let runs = SideBySide(
            a.scorecard, named: "reports/hub-failover/A", b.scorecard, named: "reports/hub-failover/B")
        return SideBySidePage.render(runs, timelines: (a.timeline, b.timeline))
    }

    private static var advised: String {
        let sample = Sample.hubFailover
        return HTMLReport.render(
            scorecard: sample.scorecard, timeline: sample.timeline, header: sample.header, plan: Sample.plan,
            replay: sample.replay,
            advice: [
                AdviceLine(
                    objective: "failover-time-kill-edge-hub",
                    sentence: "heartbeat 5 s → 2 s: failover 7.1 s → 3.4 s (±0.2), +3 % traffic")
            ], grades: RunGrades(sample.scorecard, .book(Sample.grades)))
    }

    /// In a tab, from a file that is gone afterwards.
    func open(_ body: (Tab) async throws -> Void) async throws {
        let file = NSTemporaryDirectory() + "/gauntlet-page-\(UUID().uuidString).html"
        try html.write(toFile: file, atomically: false, encoding: .utf8)
        defer { try? FileManager.default.removeItem(atPath: file) }
        let browser = try #require(SharedBrowser.current)
        let tab = try await browser.newTab()
        try await tab.setViewport(width: 1280, height: 900)
        try await tab.open(file: file)
        try await body(tab)
        try await tab.close()
    }
}
