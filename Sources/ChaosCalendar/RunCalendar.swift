/// `calendar.yaml`, read and checked.
public struct RunCalendar: Hashable, Sendable {
    /// As the operator named it.
    public var file: String
    /// Of weeks, and of what names none.
    public var zone: ZoneTime
    public var entries: [CalendarEntry]
    public var blackouts: [Blackout]
    public var budgets: [WeeklyBudget]
    public var retention: RunRetention?

    public subscript(entry: String) -> CalendarEntry? { entries.first { $0.id == entry } }

    /// One with nothing in it: runs can still be asked for by hand.
    public static func empty(file: String) -> RunCalendar {
        RunCalendar(file: file, zone: .utc, entries: [], blackouts: [], budgets: [])
    }

    public init(
        file: String, zone: ZoneTime, entries: [CalendarEntry], blackouts: [Blackout], budgets: [WeeklyBudget],
        retention: RunRetention? = nil
    ) {
        self.file = file
        self.zone = zone
        self.entries = entries
        self.blackouts = blackouts
        self.budgets = budgets
        self.retention = retention
    }

    /// Why nothing may run for so many seconds from an instant on; nil where it may. A simulated run counts as an instant: its
    /// seconds are not the clock's. Minutes are looked at one by one: windows begin and end with minutes, and clocks change with
    /// them.
    public func objection(to hours: [WeeklyWindow], zone: ZoneTime, world: String, from: Int64, length: Int64)
        -> String?
    {
        let blackouts = blackouts.filter { $0.world == nil || $0.world == world }
        guard !hours.isEmpty || !blackouts.isEmpty else { return nil }
        let length = world == "live" ? length : 0
        var instant = from
        while true {
            if let blackout = blackouts.first(where: { $0.contains(instant) }) {
                return "blackout \(blackout.id)\(blackout.why.isEmpty ? "" : ": \(blackout.why)")"
            }
            if !hours.isEmpty {
                let local = zone.local(of: instant)
                if !hours.contains(where: { $0.contains(local: local) }) { return "outside its allowed hours" }
            }
            guard instant < from + length else { return nil }
            instant = Swift.min(from + length, (instant.floorDivided(by: 60) + 1) * 60)
        }
    }

    public func objection(to entry: CalendarEntry, from: Int64, length: Int64) -> String? {
        objection(to: entry.hours, zone: entry.zone, world: entry.world, from: from, length: length)
    }

    /// An occurrence of an entry.
    public struct Occurrence: Hashable, Sendable {
        public var entry: String
        /// By the cron expression.
        public var due: Int64
        /// With the jitter.
        public var start: Int64
    }

    /// The next occurrence of an entry that hours and blackouts admit; `length` is a run's, in seconds. Nil if there is none among
    /// the next ten thousand.
    public func next(_ entry: CalendarEntry, after due: Int64, length: Int64) -> Occurrence? {
        var due = due
        for _ in 0..<10_000 {
            guard let next = entry.cron.next(after: due, in: entry.zone) else { return nil }
            let start = entry.start(ofDue: next)
            if objection(to: entry, from: start, length: length) == nil {
                return Occurrence(entry: entry.id, due: next, start: start)
            }
            due = next
        }
        return nil
    }

    /// The soonest `count` starts after an instant; `length` gives each entry's seconds.
    public func upcoming(_ count: Int, after instant: Int64, length: (CalendarEntry) -> Int64) -> [Occurrence] {
        var open: [Occurrence] = []
        for entry in entries where entry.isEnabled {
            // What was due shortly before may start only now.
            var next = next(entry, after: instant - entry.jitter - 1, length: length(entry))
            while let found = next, found.start <= instant {
                next = self.next(entry, after: found.due, length: length(entry))
            }
            if let next { open.append(next) }
        }
        var found: [Occurrence] = []
        while found.count < count, let first = open.indices.min(by: { Self.isSooner(open[$0], open[$1]) }) {
            let occurrence = open.remove(at: first)
            found.append(occurrence)
            if let entry = self[occurrence.entry],
                let next = next(entry, after: occurrence.due, length: length(entry))
            {
                open.append(next)
            }
        }
        return found
    }

    private static func isSooner(_ a: Occurrence, _ b: Occurrence) -> Bool {
        (a.start, a.entry, a.due) < (b.start, b.entry, b.due)
    }

    /// When the week of an instant began: Monday, midnight.
    public func weekStart(of instant: Int64) -> Int64 {
        let day = CivilDay(number: zone.local(of: instant).floorDivided(by: 86_400))
        return zone.first(of: (day.number - Int64((day.weekday + 6) % 7)) * 86_400)
    }

    public func weekEnd(of instant: Int64) -> Int64 {
        let day = CivilDay(number: zone.local(of: instant).floorDivided(by: 86_400))
        return zone.first(of: (day.number - Int64((day.weekday + 6) % 7) + 7) * 86_400)
    }
}
