import ChaosReport
import Foundation
import ReportSamples
import Testing

/// `RENDER=/some/directory swift test` writes the sample pages there, to be looked at.
@Suite struct RenderedSamplesTests {
    @Test(
        .enabled(if: ProcessInfo.processInfo.environment["RENDER"] != nil, "writes pages to look at: RENDER=DIRECTORY"))
    func samplesAreWrittenWhereOneCanLookAtThem() throws {
        let directory = ProcessInfo.processInfo.environment["RENDER"] ?? ""
        for (name, sample) in [("hub", Sample.hubFailover), ("week", Sample.week)] {
            try sample.page.write(toFile: "\(directory)/\(name).html", atomically: true, encoding: .utf8)
            let text = ConsoleSummary.render(sample.scorecard, colour: true, width: 90)
            try text.write(toFile: "\(directory)/\(name).txt", atomically: true, encoding: .utf8)
        }
    }
}
