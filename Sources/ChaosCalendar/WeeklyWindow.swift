internal import ChaosPlan

/// A time of the week that recurs: `mon-fri 09:00-17:00`, `sat,sun 00:00-24:00`, `* 22:00-05:00`. One that ends before it begins
/// goes on into the next day.
public struct WeeklyWindow: Hashable, Sendable {
    public let text: String
    /// Bit n is weekday n, Sunday 0.
    private let days: UInt64
    /// Minutes of the day; `to` may be 1440, or lie before `from`.
    private let from: Int
    private let to: Int

    public init(_ text: String) throws(CronProblem) {
        self.text = text
        let words = text.split(whereSeparator: \.isWhitespace).map(String.init)
        let ends = words.last?.split(separator: "-", omittingEmptySubsequences: false).map(String.init) ?? []
        guard words.count == 2, ends.count == 2 else {
            throw CronProblem("`\(text)` is no time of the week", "write such as `mon-fri 09:00-17:00`")
        }
        days = try CronField(words[0], .weekday).mask
        from = try Self.minute(ends[0])
        to = try Self.minute(ends[1])
        guard from != to, from < 1440 else {
            throw CronProblem("`\(text)` has no length", "for a whole day write `00:00-24:00`")
        }
    }

    /// Whether it holds at a local time (see `ZoneTime`).
    func contains(local: Int64) -> Bool {
        let day = CivilDay(number: local.floorDivided(by: 86_400))
        let minute = Int((local - day.number * 86_400) / 60)
        let weekday = UInt64(day.weekday)
        if from < to { return days & 1 << weekday != 0 && (from..<to).contains(minute) }
        return days & 1 << weekday != 0 && minute >= from || days & 1 << ((weekday + 6) % 7) != 0 && minute < to
    }

    private static func minute(_ text: String) throws(CronProblem) -> Int {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, parts[1].utf8.count == 2, (1...2).contains(parts[0].utf8.count),
            let hour = Int(parts[0]), let minute = Int(parts[1]), hour >= 0, (0..<60).contains(minute),
            hour * 60 + minute <= 1440
        else { throw CronProblem("`\(text)` is no time of day", "write such as `09:00`, up to `24:00`") }
        return hour * 60 + minute
    }
}
