import ChaosCalendar
import Foundation
import Testing

struct VirtualYearTests {
    /// 2026 in UTC, with a day to spare on either side.
    private static let begin: Int64 = 1_767_225_600
    private static let end: Int64 = 1_798_761_600

    private static let yaml = """
        gauntlet-calendar: 1
        timezone: Europe/Berlin
        hours: { office: [ "mon-fri 09:00-17:00" ] }
        blackouts: [ { id: summer, from: 2026-07-01, to: 2026-07-31 } ]
        runs:
          - { id: berlin, scenario: a, cron: "30 2 * * *", timezone: Europe/Berlin }
          - { id: york, scenario: b, cron: "30 1 * * *", timezone: America/New_York, jitter: 5min }
          - { id: howe, scenario: c, cron: "15 2 * * *", timezone: Australia/Lord_Howe }
          - { id: hourly, scenario: d, cron: "0 * * * *", timezone: America/New_York }
          - { id: office, scenario: e, cron: "0 16 * * *", timezone: Europe/Berlin, hours: office }
          - { id: monthly, scenario: f, cron: "0 0 1 * *" }
        """

    @Test("a simulated year in several zones runs each due time exactly once, over both changes of clocks")
    func year() throws {
        var driver = try CalendarDriver(Self.yaml, at: Self.begin)
        driver.run(until: Self.end)
        var counts: [String: Int] = [:]
        for start in driver.starts { counts[start.job.entry, default: 0] += 1 }
        // 365 days, less the 31 of the blackout. The year is UTC's, the days are the zones': Berlin's 31 December 02:30 is in
        // it; New York's days of 31 December 2025 (06:30Z on 1 January it is 1 January) begin in it as well.
        #expect(counts["berlin"] == 365 - 31, "\(counts)")
        #expect(counts["york"] == 365 - 31, "\(counts)")
        #expect(counts["howe"] == 365 - 31, "\(counts)")
        // Without the first instant of the year, which is the beginning itself.
        #expect(counts["hourly"] == (365 - 31) * 24 - 1, "\(counts)")
        // 261 weekdays in 2026, of which 23 are in July.
        #expect(counts["office"] == 261 - 23, "\(counts)")
        // It begins at 01:00 of Berlin's 1 January and ends at 01:00 of the next; July's lies in the blackout.
        #expect(counts["monthly"] == 11, "\(counts)")
        #expect(Set(driver.starts.map(\.job.id)).count == driver.starts.count)
        #expect(driver.records.values.allSatisfy { $0.outcome == "held" })
        #expect(driver.starts.map(\.at) == driver.starts.map(\.at).sorted())
    }

    @Test("both changes of clocks, as the zones' own clocks show the starts")
    func changes() throws {
        var driver = try CalendarDriver(Self.yaml, at: Self.begin)
        driver.run(until: Self.end)
        func shown(_ entry: String, _ zone: String, _ day: String) throws -> [String] {
            let zone = try #require(ZoneTime(zone))
            return driver.starts.filter { $0.job.entry == entry }.map { zone.text($0.job.due) }.filter {
                $0.hasPrefix(day)
            }
        }
        #expect(try shown("berlin", "Europe/Berlin", "2026-03-29") == ["2026-03-29 03:00"])
        #expect(try shown("berlin", "Europe/Berlin", "2026-10-25") == ["2026-10-25 02:30"])
        #expect(try shown("york", "America/New_York", "2026-03-08") == ["2026-03-08 01:30"])
        #expect(try shown("york", "America/New_York", "2026-11-01") == ["2026-11-01 01:30"])
        #expect(try shown("howe", "Australia/Lord_Howe", "2026-10-04") == ["2026-10-04 02:30"])
        #expect(try shown("howe", "Australia/Lord_Howe", "2026-04-05") == ["2026-04-05 02:15"])
        #expect(try shown("hourly", "America/New_York", "2026-03-08").count == 23)
        #expect(try shown("hourly", "America/New_York", "2026-11-01").count == 25)
    }
}
