import ChaosCalendar

/// One line of `gauntlet calendar next`.
struct PlannedRunRow: Encodable {
    var entry: String
    var scenario: String
    var world: String
    var seed: UInt64
    /// Seconds since 1970: by the cron expression, and with the jitter.
    var due: Int64
    var start: Int64
    /// In the entry's zone.
    var local: String
    var zone: String
    var utc: String
    var blastRadius: String

    init?(_ occurrence: RunCalendar.Occurrence, in loaded: LoadedCalendar) {
        guard let entry = loaded.calendar[occurrence.entry] else { return nil }
        self.entry = entry.id
        scenario = entry.scenario
        world = entry.world
        seed = entry.seed(ofDue: occurrence.due)
        due = occurrence.due
        start = occurrence.start
        local = entry.zone.text(start)
        zone = entry.zone.identifier
        utc = ZoneTime.utc.text(start)
        blastRadius = loaded.facts[entry.id]?.blastRadius ?? "cannot run"
    }

    static func table(_ rows: [PlannedRunRow]) -> String {
        let all =
            [["local", "zone", "UTC", "entry", "scenario", "world", "seed", "can hit"]]
            + rows.map { [$0.local, $0.zone, $0.utc, $0.entry, $0.scenario, $0.world, "\($0.seed)", $0.blastRadius] }
        let widths = all[0].indices.map { column in all.map { $0[column].count }.max() ?? 0 }
        return all.map { row in
            var line = zip(row, widths).map { $0 + String(repeating: " ", count: $1 - $0.count) }.joined(
                separator: "  ")
            while line.last == " " { line.removeLast() }
            return line
        }.joined(separator: "\n")
    }
}
