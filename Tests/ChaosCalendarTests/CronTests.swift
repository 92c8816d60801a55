import ChaosCalendar
import ChaosPlan
import Foundation
import Testing

struct CronTests {
    private static func instant(_ text: String) throws -> Int64 {
        Int64(try Date(text, strategy: .iso8601).timeIntervalSince1970)
    }

    private static func zone(_ name: String) throws -> ZoneTime { try #require(ZoneTime(name), "no zone \(name)") }

    /// The first due times after an instant, as the zone's clocks show them and in UTC.
    private static func next(_ cron: String, after: String, _ zone: String, _ count: Int) throws -> [String] {
        let cron = try CronExpression(cron)
        let zone = try Self.zone(zone)
        var instant = try Self.instant(after)
        return try (0..<count).map { _ in
            instant = try #require(cron.next(after: instant, in: zone))
            return "\(zone.text(instant)) \(ZoneTime.utc.text(instant).suffix(5))Z"
        }
    }

    @Test("a time that does not exist runs at the first instant after the gap, once")
    func gap() throws {
        #expect(
            try Self.next("30 2 * * *", after: "2026-03-27T12:00:00Z", "Europe/Berlin", 3)
                == ["2026-03-28 02:30 01:30Z", "2026-03-29 03:00 01:00Z", "2026-03-30 02:30 00:30Z"])
        #expect(
            try Self.next("0,30 2,3 * * *", after: "2026-03-28T23:00:00Z", "Europe/Berlin", 3)
                == ["2026-03-29 03:00 01:00Z", "2026-03-29 03:30 01:30Z", "2026-03-30 02:00 00:00Z"])
        // Lord Howe goes forward by half an hour, at 02:00.
        #expect(
            try Self.next("15 2 * * *", after: "2026-10-03T00:00:00Z", "Australia/Lord_Howe", 2)
                == ["2026-10-04 02:30 15:30Z", "2026-10-05 02:15 15:15Z"])
    }

    @Test("an hourly job lacks nothing in a gap and runs in both of two equal hours; a daily one runs once")
    func overlap() throws {
        #expect(
            try Self.next("15 * * * *", after: "2026-03-29T00:00:00Z", "Europe/Berlin", 3)
                == ["2026-03-29 01:15 00:15Z", "2026-03-29 03:15 01:15Z", "2026-03-29 04:15 02:15Z"])
        #expect(
            try Self.next("15 * * * *", after: "2026-10-25T00:00:00Z", "Europe/Berlin", 3)
                == ["2026-10-25 02:15 00:15Z", "2026-10-25 02:15 01:15Z", "2026-10-25 03:15 02:15Z"])
        #expect(
            try Self.next("15 2 * * *", after: "2026-10-24T12:00:00Z", "Europe/Berlin", 2)
                == ["2026-10-25 02:15 00:15Z", "2026-10-26 02:15 01:15Z"])
        #expect(
            try Self.next("30 1 * * *", after: "2026-10-31T12:00:00Z", "America/New_York", 2)
                == ["2026-11-01 01:30 05:30Z", "2026-11-02 01:30 06:30Z"])
    }

    @Test("a leap day, the end of a year, and a day that a country left out")
    func calendarDays() throws {
        #expect(
            try Self.next("0 0 29 2 *", after: "2096-03-01T00:00:00Z", "UTC", 1) == ["2104-02-29 00:00 00:00Z"])
        #expect(try Self.next("@yearly", after: "2026-06-01T00:00:00Z", "UTC", 1) == ["2027-01-01 00:00 00:00Z"])
        // Samoa had no 30 December 2011.
        #expect(
            try Self.next("0 12 30 12 *", after: "2011-12-29T12:00:00Z", "Pacific/Apia", 1)
                == ["2011-12-31 00:00 10:00Z"])
    }

    @Test("next and previous agree with walking through every minute, around changes of clocks in many zones")
    func bruteForce() throws {
        let zones = [
            "UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "America/St_Johns",
            "Pacific/Chatham", "Africa/Casablanca", "America/Santiago", "Asia/Beirut",
        ]
        let seed = UInt64.random(in: 0...UInt64.max)
        let draw = Draw(seed: seed, purpose: .init("cron-test"), entity: 0)
        var position: UInt64 = 0
        func pick(_ bound: Int) -> Int {
            position += 1
            return Int(draw.uniform(position, below: UInt64(bound)))
        }
        func field(_ low: Int, _ high: Int) -> String {
            switch pick(5) {
            case 0: return "*"
            case 1: return "*/\(1 + pick(min(high, 12)))"
            case 2:
                let start = low + pick(high - low + 1)
                return "\(start)-\(start + pick(high - start + 1))"
            case 3: return "\(low + pick(high - low + 1)),\(low + pick(high - low + 1))"
            default: return "\(low + pick(high - low + 1))"
            }
        }
        for _ in 0..<12 {
            let zone = try Self.zone(zones[pick(zones.count)])
            let text = "\(field(0, 59)) \(field(0, 4)) \(pick(2) == 0 ? "*" : field(1, 31)) * \(field(0, 6))"
            let cron = try CronExpression(text)
            // Days around some change of clocks between 2020 and 2030, or anywhere.
            var middle = 1_577_836_800 + Int64(pick(3652)) * 86_400
            for day in 0..<200
            where zone.offset(at: middle + Int64(day) * 86_400) != zone.offset(at: middle + Int64(day + 1) * 86_400) {
                middle += Int64(day) * 86_400
                break
            }
            let (from, to) = (middle - 2 * 86_400, middle + 3 * 86_400)
            let expected = NaiveCron(text).all(from: from, to: to, in: zone)
            var found: [Int64] = []
            var instant = from - 1
            while let next = cron.next(after: instant, in: zone), next < to {
                found.append(next)
                instant = next
            }
            let context = "seed \(seed): `\(text)` in \(zone.identifier) from \(from)"
            #expect(found == expected, "\(context)")
            var back: [Int64] = []
            instant = to
            while let previous = cron.previous(before: instant, in: zone), previous >= from {
                back.append(previous)
                instant = previous
            }
            #expect(back.reversed() == expected, "backwards, \(context)")
        }
    }

    @Test("a day fits either of two restricted day fields, and both if one begins with a star")
    func dayFields() throws {
        #expect(
            try Self.next("0 0 13 * fri", after: "2026-11-10T00:00:00Z", "UTC", 3)
                == ["2026-11-13 00:00 00:00Z", "2026-11-20 00:00 00:00Z", "2026-11-27 00:00 00:00Z"])
        #expect(
            try Self.next("0 0 */2 * fri-sun", after: "2026-11-12T12:00:00Z", "UTC", 2)
                == ["2026-11-13 00:00 00:00Z", "2026-11-15 00:00 00:00Z"])
    }

    @Test(
        "what is no cron expression is refused with what would be right",
        arguments: [
            ("* * * *", "has 4 fields", "write five"), ("60 * * * *", "60 is no minute", "0 to 59"),
            ("* * * * mom", "`mom` is no day of week", "did you mean `mon`?"),
            ("5/10 * * * *", "without a range", "`5-59/10`"), ("0 22-4 * * *", "runs backwards", "`22-23,0-4`"),
            ("0 0 31 4,6 *", "never comes", "correct"), ("@dayly", "not known", "did you mean `@daily`?"),
            ("*/0 * * * *", "the step", "`*/2`"), ("1,,2 * * * *", "cannot be read", "such as"),
        ])
    func refused(_ text: String, _ message: String, _ hint: String) throws {
        let problem = #expect(throws: CronProblem.self) { try CronExpression(text) }
        #expect(problem?.message.contains(message) == true, "\(problem?.message ?? "")")
        #expect(problem?.hint.contains(hint) == true, "\(problem?.hint ?? "")")
    }
}
