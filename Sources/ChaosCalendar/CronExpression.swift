internal import ChaosPlan

/// When something recurs: minute, hour, day of month, month and day of week, as `crontab(5)` has them.
///
/// If neither day field begins with `*`, a day that fits either will do (so Vixie's cron). Where clocks change: a time that
/// does not exist is due at the first instant after the gap, unless every hour is due, which then lacks nothing; a time that
/// occurs twice is due once, unless every hour is due or the minute begins with `*`.
public struct CronExpression: Hashable, Sendable {
    public let text: String
    private let minute: CronField
    private let hour: CronField
    private let day: CronField
    private let month: CronField
    private let weekday: CronField

    static let macros = [
        "@yearly": "0 0 1 1 *", "@annually": "0 0 1 1 *", "@monthly": "0 0 1 * *", "@weekly": "0 0 * * 0",
        "@daily": "0 0 * * *", "@midnight": "0 0 * * *", "@hourly": "0 * * * *",
    ]

    public init(_ text: String) throws(CronProblem) {
        self.text = text
        var fields = text.split(whereSeparator: \.isWhitespace).map(String.init)
        if let word = fields.first, word.hasPrefix("@") {
            guard fields.count == 1, let meaning = Self.macros[word] else {
                throw CronProblem("`\(text)` is not known", NearestWord.hint(word, among: Self.macros.keys.sorted()))
            }
            fields = meaning.split(separator: " ").map(String.init)
        }
        guard fields.count == 5 else {
            throw CronProblem(
                "`\(text)` has \(fields.count) fields",
                "write five: minute, hour, day of month, month, day of week, such as `30 2 * * mon-fri`")
        }
        minute = try CronField(fields[0], .minute)
        hour = try CronField(fields[1], .hour)
        day = try CronField(fields[2], .day)
        month = try CronField(fields[3], .month)
        weekday = try CronField(fields[4], .weekday)
        let longest = (1...12).filter { month.contains($0) }.map { CivilDay.days(inMonth: $0, of: 2000) }.max() ?? 31
        if isByMonthDayOnly, !(1...longest).contains(where: { day.contains($0) }) {
            throw CronProblem("`\(text)` never comes: its months have no such day", "correct the day or the month")
        }
    }

    /// The weekday alone can then make no day fit.
    private var isByMonthDayOnly: Bool { day.isStar || weekday.isStar }
    private var isEveryHour: Bool { hour.mask == CronField.Rule.hour.all }
    /// Of a time that occurs twice both are due.
    private var repeats: Bool { isEveryHour || minute.isStar }

    private func fits(_ civil: CivilDay) -> Bool {
        let (_, month, day) = civil.parts
        guard self.month.contains(month) else { return false }
        let byDay = self.day.contains(day)
        let byWeekday = weekday.contains(civil.weekday)
        return isByMonthDayOnly ? byDay && byWeekday : byDay || byWeekday
    }

    /// The 29th of February may be eight years away, and a weekday for it up to forty.
    private static let horizon: Int64 = 41 * 366

    /// The first due instant after this one; nil if there is none in forty years.
    public func next(after instant: Int64, in zone: ZoneTime) -> Int64? {
        // The day before may come again where clocks are put back over midnight.
        let start = zone.local(of: instant).floorDivided(by: 86_400) - 1
        var best: Int64?
        for number in start...(start + Self.horizon) {
            let day = CivilDay(number: number)
            guard fits(day) || best != nil else { continue }
            let isPlain = zone.constantOffset(around: day) != nil
            if fits(day), let found = first(after: instant, on: day, in: zone) {
                best = best.map { min($0, found) } ?? found
            }
            // Around a change, days may overlap: the next one has a say too.
            if let best, isPlain || best < zone.first(of: (number - 1) * 86_400) { return best }
        }
        return best
    }

    /// The last due instant before this one; nil if there is none in forty years.
    public func previous(before instant: Int64, in zone: ZoneTime) -> Int64? {
        let start = zone.local(of: instant).floorDivided(by: 86_400) + 1
        var best: Int64?
        for number in stride(from: start, through: start - Self.horizon, by: -1) {
            let day = CivilDay(number: number)
            guard fits(day) || best != nil else { continue }
            let isPlain = zone.constantOffset(around: day) != nil
            if fits(day) {
                if let offset = zone.constantOffset(around: day) {
                    if let second = latest(before: instant + offset - number * 86_400) {
                        best = max(best ?? .min, number * 86_400 + second - offset)
                    }
                } else if let found = all(on: day, in: zone).last(where: { $0 < instant }) {
                    best = max(best ?? .min, found)
                }
            }
            if let best, isPlain || best > zone.first(of: (number + 2) * 86_400) { return best }
        }
        return best
    }

    private func first(after instant: Int64, on day: CivilDay, in zone: ZoneTime) -> Int64? {
        guard let offset = zone.constantOffset(around: day) else {
            return all(on: day, in: zone).first { $0 > instant }
        }
        let start = day.number * 86_400
        return earliest(after: instant + offset - start).map { start + $0 - offset }
    }

    /// Every due instant of a local day, ascending, where clocks may change.
    private func all(on day: CivilDay, in zone: ZoneTime) -> [Int64] {
        var instants: Set<Int64> = []
        for hour in 0..<24 where self.hour.contains(hour) {
            for minute in 0..<60 where self.minute.contains(minute) {
                switch zone.instants(of: day.number * 86_400 + Int64(hour * 3600 + minute * 60)) {
                case .once(let instant): instants.insert(instant)
                case .twice(let one, let other):
                    instants.insert(one)
                    if repeats { instants.insert(other) }
                case .never(let after): if !isEveryHour { instants.insert(after) }
                }
            }
        }
        return instants.sorted()
    }

    /// Second of the day of the first due time after `second`, on a day of 24 hours.
    private func earliest(after second: Int64) -> Int64? {
        let from = max(second.floorDivided(by: 60) + 1, 0)
        guard from < 1440 else { return nil }
        let here = minute.mask & (~0 << UInt64(from % 60))
        if hour.contains(Int(from / 60)), here != 0 {
            return from / 60 * 3600 + Int64(here.trailingZeroBitCount) * 60
        }
        let hours = hour.mask & (~0 << UInt64(from / 60 + 1))
        guard hours != 0 else { return nil }
        return Int64(hours.trailingZeroBitCount) * 3600 + Int64(minute.mask.trailingZeroBitCount) * 60
    }

    /// The same for the last due time before `second`.
    private func latest(before second: Int64) -> Int64? {
        let to = min((second - 1).floorDivided(by: 60), 1439)
        guard to >= 0 else { return nil }
        let here = minute.mask & (~0 >> UInt64(63 - to % 60))
        if hour.contains(Int(to / 60)), here != 0 {
            return to / 60 * 3600 + Int64(63 - here.leadingZeroBitCount) * 60
        }
        let hours = hour.mask & ((1 << UInt64(to / 60)) - 1)
        guard hours != 0 else { return nil }
        return Int64(63 - hours.leadingZeroBitCount) * 3600 + Int64(63 - minute.mask.leadingZeroBitCount) * 60
    }
}
