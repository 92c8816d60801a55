/// A time in which nothing runs.
public struct Blackout: Hashable, Sendable {
    public enum Time: Hashable, Sendable {
        /// Seconds since 1970, the second one no longer in it.
        case dated(from: Int64, to: Int64)
        case weekly(WeeklyWindow)
    }

    public var id: String
    public var time: Time
    public var zone: ZoneTime
    /// Where alone it holds; everywhere if nil.
    public var world: String?
    public var why: String

    func contains(_ instant: Int64) -> Bool {
        switch time {
        case .dated(let from, let to): from <= instant && instant < to
        case .weekly(let window): window.contains(local: zone.local(of: instant))
        }
    }
}

/// A date as blackouts write it: `2026-12-20` or `2026-12-20 18:00`.
struct WrittenDate {
    /// See `ZoneTime`.
    var local: Int64
    var isWholeDay: Bool

    init(_ text: String) throws(CronProblem) {
        let words = text.split(separator: " ").map(String.init)
        let parts = (words.first ?? "").split(separator: "-", omittingEmptySubsequences: false).map(String.init)
        guard (1...2).contains(words.count), parts.map(\.utf8.count) == [4, 2, 2],
            let year = Int64(parts[0]), let month = Int(parts[1]), let day = Int(parts[2]), year >= 1970,
            (1...12).contains(month), day >= 1, day <= CivilDay.days(inMonth: month, of: year)
        else { throw CronProblem("`\(text)` is no date", "write such as `2026-12-20` or `2026-12-20 18:00`") }
        local = CivilDay(year: year, month: month, day: day).number * 86_400
        isWholeDay = words.count == 1
        guard words.count == 2 else { return }
        let time = words[1].split(separator: ":").map(String.init)
        guard time.map(\.utf8.count) == [2, 2], let hour = Int64(time[0]), let minute = Int64(time[1]),
            (0..<24).contains(hour), (0..<60).contains(minute)
        else { throw CronProblem("`\(words[1])` is no time of day", "write such as `18:00`") }
        local += hour * 3600 + minute * 60
    }

    /// The instant, or, as the end of a time, the first that is no longer in it.
    func instant(in zone: ZoneTime, asEnd: Bool = false) -> Int64 {
        zone.first(of: asEnd && isWholeDay ? local + 86_400 : local)
    }
}
