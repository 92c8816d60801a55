public import ChaosPlan

/// Text to calendar.
public enum CalendarReader {
    /// The calendar, or nil when any of the problems is an error.
    public static func read(text: String, file: String) -> (RunCalendar?, [Problem]) {
        var building = Building(file: file)
        let (value, problems) = MarkedFile.read(
            text, file: file, marker: CalendarShape.marker, as: CalendarShape.root
        ) { root in
            building.build(root)
            return building.problems
        }
        return (value == nil ? nil : building.calendar, problems)
    }

    /// What the shapes cannot know: expressions, zones, names.
    private struct Building {
        var problems: [Problem] = []
        var calendar: RunCalendar
        private var hours: [String: [WeeklyWindow]] = [:]

        init(file: String) { calendar = .empty(file: file) }

        mutating func build(_ root: Value) {
            calendar.zone = zone(root["timezone"]) ?? .utc
            for field in root["hours"]?.fields ?? [] {
                hours[field.key] = field.value.items.compactMap { item in
                    read(item) { text throws(CronProblem) in try WeeklyWindow(text) }
                }
            }
            calendar.blackouts = root.items("blackouts").compactMap { blackout($0) }
            calendar.budgets = root.items("budgets").map { item in
                WeeklyBudget(
                    fleet: item.text("fleet"), world: item.text("world"), availability: item.share("availability"),
                    share: item.share("share"))
            }
            if let kept = root["retention"] {
                calendar.retention = RunRetention(
                    runs: kept["runs"]?.int, age: kept["age"].map { $0.quantity / .second })
                if kept["runs"] == nil, kept["age"] == nil, kept.isSound {
                    error(
                        kept.place, "`retention` keeps everything", "write `runs: 200`, `age: 2160h`, or leave it out")
                }
            }
            let out = root["out"]?.text
            calendar.entries = root.items("runs").compactMap { entry($0, out: out) }
            unique(root.items("blackouts"), "id")
            unique(root.items("runs"), "id")
            unique(root.items("budgets"), "fleet")
        }

        private mutating func entry(_ item: Value, out: String?) -> CalendarEntry? {
            let cron = item["cron"].flatMap { cron in
                read(cron) { text throws(CronProblem) in try CronExpression(text) }
            }
            let zone = item["timezone"] == nil ? calendar.zone : zone(item["timezone"])
            var windows: [WeeklyWindow] = []
            if let name = item["hours"], name.isSound {
                if let known = hours[name.text] {
                    windows = known
                } else {
                    error(
                        name.place, "no `\(name.text)` in `hours`",
                        NearestWord.hint(name.text, among: hours.keys.sorted()))
                }
            }
            let isLive = item.text("world") == "live"
            let preflight: CalendarEntry.Preflight =
                switch item["preflight"] {
                case nil: isLive ? .fleetStatus : .none
                case let given? where !given.items.isEmpty: .command(given.items.map(\.text))
                case let given?: given.text == "none" ? .none : .fleetStatus
                }
            guard let cron, let zone else { return nil }
            return CalendarEntry(
                id: item.text("id"), scenario: item.text("scenario"), world: item.text("world"), cron: cron, zone: zone,
                jitter: item.quantity("jitter") / .second, seed: seed(item.at("seed")), fleet: item["fleet"]?.text,
                overrides: item.items("set").map(\.text), hours: windows, missed: missed(item.at("missed")),
                rehearses: item["rehearse"]?.flag ?? isLive, preflight: preflight, pauses: item.flag("pause"),
                out: item["out"]?.text ?? out, isEnabled: item.flag("enabled"))
        }

        private func seed(_ value: Value) -> CalendarEntry.Seed {
            value.text == "due" ? .due : .fixed(UInt64(clamping: value.quantity))
        }

        private func missed(_ value: Value) -> CalendarEntry.Missed {
            if let within = value["within"] { return .within(within.quantity / .second) }
            return value.text == "once" ? .once : .skip
        }

        private mutating func blackout(_ item: Value) -> Blackout? {
            let time: Blackout.Time
            if let weekly = item["weekly"] {
                if item["from"] != nil || item["to"] != nil {
                    error(weekly.place, "a blackout by dates and by week", "write two")
                }
                guard let window = read(weekly, { text throws(CronProblem) in try WeeklyWindow(text) }) else {
                    return nil
                }
                time = .weekly(window)
            } else {
                guard let from = item["from"], let to = item["to"] else {
                    if item.isSound {
                        error(item.place, "a blackout without a time", "write `from:` and `to:`, or `weekly:`")
                    }
                    return nil
                }
                let first = read(from) { text throws(CronProblem) in try WrittenDate(text) }
                let last = read(to) { text throws(CronProblem) in try WrittenDate(text) }
                guard let first, let last else { return nil }
                let (start, end) = (
                    first.instant(in: calendar.zone), last.instant(in: calendar.zone, asEnd: true)
                )
                guard start < end else {
                    error(to.place, "the blackout ends before it begins", "write a later date")
                    return nil
                }
                time = .dated(from: start, to: end)
            }
            return Blackout(
                id: item.text("id"), time: time, zone: calendar.zone, world: item["world"]?.text,
                why: item["why"]?.text ?? "")
        }

        private mutating func zone(_ value: Value?) -> ZoneTime? {
            guard let value, value.isSound else { return nil }
            if let zone = ZoneTime(value.text) { return zone }
            let nearest = NearestWord.find(value.text, among: ZoneTime.known)
            error(
                value.place, "no time zone `\(value.text)`",
                nearest.map { "did you mean `\($0)`?" } ?? "write one such as `Europe/Berlin` or `UTC`")
            return nil
        }

        private mutating func read<Result>(_ value: Value, _ parse: (String) throws(CronProblem) -> Result) -> Result? {
            guard value.isSound else { return nil }
            do throws(CronProblem) { return try parse(value.text) } catch {
                self.error(value.place, error.message, error.hint)
                return nil
            }
        }

        private mutating func unique(_ items: [Value], _ key: String) {
            var seen: Set<String> = []
            for item in items {
                guard let value = item[key], value.isSound, !seen.insert(value.text).inserted else { continue }
                error(value.place, "`\(value.text)` stands there twice", "give each a name of its own")
            }
        }

        private mutating func error(_ place: Place, _ message: String, _ hint: String) {
            problems.append(Problem(place: place, severity: .error, message: message, hint: hint))
        }
    }
}
