import ChaosReport
import Testing

@Suite struct RunDirectoryTests {
    @Test func aRunLiesUnderItsScenarioTimeAndSeed() throws {
        let directory = try #require(RunDirectory(scenario: "hub-failover", timestamp: "20261121-053519", seed: 42))
        #expect(directory.path == "reports/hub-failover/20261121-053519-42")
        #expect(directory.path(of: RunDirectory.page) == "reports/hub-failover/20261121-053519-42/report.html")
        #expect(RunDirectory(scenario: "hub-failover", runID: directory.runID) == directory)
    }

    @Test(arguments: ["../../etc", "..", ".", "", "a/b", "a\\b", "a b"])
    func noScenarioLeavesTheReports(_ name: String) throws {
        let directory = try #require(RunDirectory(scenario: name, timestamp: "20261121-053519", seed: 1))
        #expect(!directory.scenario.contains("/"))
        #expect(!directory.scenario.isEmpty)
        #expect(directory.scenario.first != ".")
    }

    @Test(arguments: ["", "2026-11-21", "20261121T053519", "20261121-05351x", "20261121-0535199"])
    func anythingButATimestampIsRefused(_ text: String) {
        #expect(RunDirectory(scenario: "s", timestamp: text, seed: 1) == nil)
    }
}
