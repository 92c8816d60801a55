import Foundation
import Testing

struct CalendarCommandTests {
    private static let calendar = """
        gauntlet-calendar: 1
        timezone: Europe/Berlin
        runs:
          - { id: night, scenario: hub-failover, cron: "30 2 * * *" }
          - { id: live, scenario: agent-kill-one, world: live, cron: "0 12 * * sat", seed: 7 }
        """

    @Test("`calendar next` lists what will run, in local time and UTC, with its seed and whom it can hit")
    func next() async throws {
        let box = try Sandbox()
        try box.write(Self.calendar, to: "calendar.yaml")
        let next = try await box.gauntlet("calendar", "next", "3", "--from", "2026-10-24T00:00:00Z")
        #expect(next.code == 0, "\(next.errors)")
        #expect(next.lines.count == 4)
        #expect(
            next.lines[1].hasPrefix(
                "2026-10-24 02:30  Europe/Berlin  2026-10-24 00:30  night  hub-failover    simulated"))
        #expect(
            next.lines[2].hasPrefix(
                "2026-10-24 12:00  Europe/Berlin  2026-10-24 10:00  live   agent-kill-one  live       7"))
        #expect(next.lines[3].hasPrefix("2026-10-25 02:30  Europe/Berlin  2026-10-25 00:30  night"))
        #expect(next.lines[2].hasSuffix("1 host, 1 agent"), "\(next.lines[2])")
        let again = try await box.gauntlet("calendar", "next", "3", "--from", "2026-10-24T00:00:00Z", "--json")
        #expect(again.output.contains("\"blast_radius\""))
    }

    @Test("`calendar check` tells all problems of the file at once, and which of its scenarios cannot run")
    func check() async throws {
        let box = try Sandbox()
        try box.write(Self.calendar, to: "calendar.yaml")
        let good = try await box.gauntlet("calendar", "check")
        #expect(good.code == 0 && good.output == "calendar.yaml: 2 runs, no problem\n")
        try box.write(Self.calendar.replacingOccurrences(of: "hub-failover", with: "hub-failovr"), to: "calendar.yaml")
        let missing = try await box.gauntlet("calendar", "check")
        #expect(missing.code == 65)
        #expect(missing.output.contains("run `night`: no scenario `hub-failovr`; did you mean `hub-failover`?"))
        try box.write(
            Self.calendar.replacingOccurrences(of: "30 2", with: "75 2").replacingOccurrences(
                of: "Berlin", with: "Berln"),
            to: "calendar.yaml")
        let broken = try await box.gauntlet("calendar", "check")
        #expect(broken.code == 65)
        #expect(broken.errors.contains("calendar.yaml:2:11: error: no time zone `Europe/Berln`"))
        #expect(broken.errors.contains("75 is no minute"))
    }

    @Test("a validation gathers run by run, goes on where it was interrupted, and ends with a verdict over its window")
    func validation() async throws {
        let box = try Sandbox()
        // 20 minutes of a scenario of two and a half.
        let words = ["validate", "control", "--for", "20min", "--json"]
        let whole = try await box.gauntlet(words) { _ in }
        #expect(whole.code == 0, "\(whole.errors)")
        let gathered = try whole.json()
        let pieces = try #require(gathered["pieces"] as? [[String: Any]])
        #expect(pieces.count == 8)
        #expect(pieces.compactMap { $0["seed"] as? Int } == Array(1...8))
        // As if it had been killed after its fifth run.
        let file = box.path("reports/validations/control-simulated.json")
        var state = gathered
        state["pieces"] = Array(pieces.prefix(5))
        try JSONSerialization.data(withJSONObject: state).write(to: file)
        let again = try await box.gauntlet(words) { _ in }
        let continued = try #require(try again.json()["pieces"] as? [[String: Any]])
        #expect(continued.count == 8)
        #expect(
            continued.prefix(5).compactMap { $0["directory"] as? String }
                == pieces.prefix(5).compactMap { $0["directory"] as? String })
        // Another length is another validation.
        let other = try await box.gauntlet("validate", "control", "--for", "30min")
        #expect(other.code == 65 && other.errors.contains("--restart begins again"))
    }

    @Test("a validation deviates as soon as its window's budget is spent, and says how it was judged")
    func deviation() async throws {
        let box = try Sandbox()
        let ended = try await box.gauntlet("validate", "canary-deviates", "--for", "1h", "--min-availability", "99.99")
        #expect(ended.code == 1, "\(ended.errors)")
        #expect(ended.output.hasPrefix("canary-deviates, simulated, over 1 h: deviated\n"), "\(ended.output)")
        #expect(ended.output.contains("  availability  ") && ended.output.contains("  coverage      100 %"))
    }
}
