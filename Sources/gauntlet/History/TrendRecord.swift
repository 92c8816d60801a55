import ChaosHistory

/// A trend as `--json` has it. Values are in the units of `scorecard.json`: shares 0...1, times in nanoseconds.
struct TrendRecord: Encodable {
    var scenario: String
    var world: String
    var seedCount: Int
    var runs: [Run]
    var metrics: [Line]
    var repetitions: [Same]

    struct Run: Encodable {
        var directory: String
        var started: Int64
        var version: String
        var verdict: String
        var journalHash: String
    }

    struct Line: Encodable {
        var name: String
        var metric: String
        var limit: Double?
        var isMinimum: Bool
        /// One a run, null without evidence.
        var values: [Double?]
        /// Values that the search for shifts went over; fewer than 10 are not searched.
        var sample: Int
        var shifts: [Shift]
    }

    struct Shift: Encodable {
        var before: String
        var after: String
        var versionBefore: String
        var versionAfter: String
        var medianBefore: Double
        var medianAfter: Double
        var pValue: Double
        var isWorse: Bool
        var isOtherPlan: Bool
    }

    struct Same: Encodable {
        var seed: UInt64
        var planDigest: String
        var runs: Int
        /// Every journal the same.
        var isIdentical: Bool
        var changes: [Change]
    }

    struct Change: Encodable {
        var before: String
        var after: String
        var versionBefore: String
        var versionAfter: String
        var differences: [Difference]
    }

    struct Difference: Encodable {
        var name: String
        var before: Double?
        var after: Double?
        var difference: Double?
    }

    init(_ trend: Trend) {
        scenario = trend.series.scenario
        world = trend.series.world
        seedCount = trend.seedCount
        runs = trend.runs.map {
            Run(
                directory: $0.directory, started: $0.started, version: $0.version, verdict: $0.verdict,
                journalHash: $0.journalHash)
        }
        metrics = trend.lines.map { line in
            Line(
                name: line.metric.name, metric: line.metric.metric, limit: line.metric.limit,
                isMinimum: line.metric.isMinimum, values: line.values, sample: line.sample,
                shifts: line.shifts.map { Shift($0, in: trend) })
        }
        repetitions = trend.repetitions.map { repetition in
            Same(
                seed: repetition.seed, planDigest: repetition.planDigest, runs: repetition.runs.count,
                isIdentical: repetition.changes.isEmpty, changes: repetition.changes.map(Change.init))
        }
    }
}

extension TrendRecord.Shift {
    init(_ shift: Trend.Shift, in trend: Trend) {
        let (before, after) = (trend.runs[shift.before], trend.runs[shift.after])
        self.init(
            before: before.directory, after: after.directory, versionBefore: before.version,
            versionAfter: after.version, medianBefore: shift.from, medianAfter: shift.to, pValue: shift.pValue,
            isWorse: shift.isWorse, isOtherPlan: before.planDigest != after.planDigest)
    }
}

extension TrendRecord.Change {
    init(_ change: Repetition.Change) {
        self.init(
            before: change.before.directory, after: change.after.directory, versionBefore: change.before.version,
            versionAfter: change.after.version,
            differences: change.differences.map {
                .init(name: $0.metric.name, before: $0.before, after: $0.after, difference: $0.change)
            })
    }
}
