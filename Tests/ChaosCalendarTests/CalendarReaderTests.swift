import ChaosCalendar
import ChaosPlan
import Foundation
import Testing

struct CalendarReaderTests {
    @Test("all problems of a calendar are told at once, each with its place and what would be right")
    func problems() {
        let text = """
            gauntlet-calendar: 1
            timezone: Europe/Berlni
            hours: { nights: [ "mon-thu 22:00-25:00" ] }
            blackouts:
              - { id: holidays, from: 2026-12-32, to: 2027-01-06 }
              - { id: backwards, from: 2026-12-20, to: 2026-12-01 }
              - { id: nothing }
            runs:
              - { id: a, scenario: hub-failover, cron: "61 * * * *", hours: night }
              - { id: a, scenario: hub-failover, cron: "0 2 * * *", jiter: 5min }
              - { id: b, scenario: hub-failover, cron: "0 2 * * *", missed: twice, world: lime }
            """
        let (calendar, problems) = CalendarReader.read(text: text, file: "calendar.yaml")
        #expect(calendar == nil)
        let lines = problems.map(\.description)
        let expected = [
            "calendar.yaml:2:11: error: no time zone `Europe/Berlni`; did you mean `Europe/Berlin`?",
            "calendar.yaml:3:20: error: `25:00` is no time of day",
            "calendar.yaml:5:27: error: `2026-12-32` is no date",
            "calendar.yaml:6:44: error: the blackout ends before it begins",
            "calendar.yaml:7:5: error: a blackout without a time",
            "61 is no minute", "no `night` in `hours`; did you mean `nights`?",
            "`a` stands there twice", "unknown key `jiter`", "did you mean `jitter`?",
            "`runs.b.missed`: `twice` is not a word known here",
            "did you mean `live`?",
        ]
        for words in expected {
            #expect(lines.contains { $0.contains(words) }, "\(words)\n\(lines.joined(separator: "\n"))")
        }
        #expect(lines.count == 11, "\(lines.joined(separator: "\n"))")
    }

    @Test("the calendars that are shipped are read without a problem")
    func shipped() throws {
        let directory = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appending(path: "../../docs/examples/calendar")
        for name in ["calendar.yaml", "demo.yaml"] {
            let text = try String(contentsOf: directory.appending(path: name), encoding: .utf8)
            let (calendar, problems) = CalendarReader.read(text: text, file: name)
            #expect(problems.isEmpty, "\(problems)")
            #expect(calendar?.entries.isEmpty == false)
        }
    }

    @Test("what a calendar leaves out: live runs are rehearsed and looked at before, simulated ones are not")
    func defaults() throws {
        let text = """
            gauntlet-calendar: 1
            runs:
              - { id: live, scenario: a, world: live, cron: "@daily" }
              - { id: simulated, scenario: a, cron: "@daily", missed: { within: 2h }, seed: 7 }
            """
        let calendar = try #require(CalendarReader.read(text: text, file: "calendar.yaml").0)
        let live = try #require(calendar["live"])
        #expect(live.rehearses && live.preflight == .fleetStatus && live.pauses && live.missed == .skip)
        let simulated = try #require(calendar["simulated"])
        #expect(!simulated.rehearses && simulated.preflight == .none && simulated.missed == .within(7200))
        #expect(simulated.seed(ofDue: 1) == 7 && live.seed(ofDue: 86_400) == live.seed(ofDue: 86_400))
        #expect(live.seed(ofDue: 86_400) != live.seed(ofDue: 172_800))
    }

    @Test("a run is admitted only if it lies in allowed hours and outside of blackouts from its start to its end")
    func objections() throws {
        let text = """
            gauntlet-calendar: 1
            timezone: Europe/Berlin
            hours: { nights: [ "mon-thu 22:00-05:00" ] }
            blackouts:
              - { id: xmas, from: 2026-12-24, to: 2026-12-26, why: closed }
              - { id: backup, weekly: "tue 01:00-01:30", world: live }
            runs:
              - { id: n, scenario: a, world: live, cron: "@daily", hours: nights }
              - { id: s, scenario: a, cron: "@daily" }
              - { id: l, scenario: a, world: live, cron: "@daily" }
            """
        let calendar = try #require(CalendarReader.read(text: text, file: "calendar.yaml").0)
        let live = try #require(calendar["l"])
        let night = try #require(calendar["n"])
        let simulated = try #require(calendar["s"])
        func at(_ text: String) throws -> Int64 { Int64(try Date(text, strategy: .iso8601).timeIntervalSince1970) }
        // A Monday in winter: Berlin is an hour ahead.
        #expect(calendar.objection(to: night, from: try at("2026-11-23T21:00:00Z"), length: 600) == nil)
        #expect(
            calendar.objection(to: night, from: try at("2026-11-24T03:55:00Z"), length: 600)
                == "outside its allowed hours")
        #expect(
            calendar.objection(to: night, from: try at("2026-11-23T20:59:00Z"), length: 600)
                == "outside its allowed hours")
        #expect(calendar.objection(to: night, from: try at("2026-11-23T23:55:00Z"), length: 600) == "blackout backup")
        #expect(calendar.objection(to: simulated, from: try at("2026-11-23T23:55:00Z"), length: 600) == nil)
        #expect(calendar.objection(to: live, from: try at("2026-12-23T22:59:00Z"), length: 30) == nil)
        #expect(
            calendar.objection(to: live, from: try at("2026-12-23T22:59:00Z"), length: 60)
                == "blackout xmas: closed")
        #expect(
            calendar.objection(to: live, from: try at("2026-12-26T22:59:59Z"), length: 0)
                == "blackout xmas: closed")
        #expect(calendar.objection(to: live, from: try at("2026-12-26T23:00:00Z"), length: 60) == nil)
    }

    @Test("upcoming runs come in the order of their starts, without those that a blackout forbids")
    func upcoming() throws {
        let text = """
            gauntlet-calendar: 1
            blackouts: [ { id: b, from: "1970-01-02 00:00", to: "1970-01-02 12:00" } ]
            runs:
              - { id: six, scenario: a, cron: "0 */6 * * *" }
              - { id: daily, scenario: b, cron: "0 7 * * *", jitter: 2h }
              - { id: off, scenario: b, cron: "* * * * *", enabled: false }
            """
        let calendar = try #require(CalendarReader.read(text: text, file: "calendar.yaml").0)
        let next = calendar.upcoming(7, after: 0) { _ in 60 }
        #expect(next.map(\.start) == next.map(\.start).sorted())
        #expect(next.filter { $0.entry == "six" }.map { $0.due / 3600 } == [6, 12, 18, 36, 42, 48])
        let daily = try #require(next.first { $0.entry == "daily" })
        #expect(daily.due == 7 * 3600 && daily.start >= daily.due && daily.start <= daily.due + 7200)
    }
}
