/// Simulated runs of one plan and one seed (or the same seeds). The simulator makes one history of them, so no statistics are
/// needed to compare two: either their journals are the same, or the program changed.
public struct Repetition: Hashable, Sendable {
    public var planDigest: String
    public var seed: UInt64
    /// Oldest first.
    public var runs: [RunEntry]
    /// From one run to the next, where the journal changed.
    public var changes: [Change]

    public struct Change: Hashable, Sendable {
        public var before: RunEntry
        public var after: RunEntry
        /// Empty where the history is another but every number is the same.
        public var differences: [Difference]

        /// Another history from the same version: its source changed without its number, or it is not deterministic.
        public var isSameVersion: Bool { before.version == after.version }
    }

    public struct Difference: Hashable, Sendable {
        public var metric: TrendMetric
        /// Nil without evidence.
        public var before: Double?
        public var after: Double?

        /// Nil where one side has no number.
        public var change: Double? {
            guard let before, let after else { return nil }
            return after - before
        }
    }

    struct Key: Hashable {
        var planDigest: String
        var seed: UInt64
        var seedCount: Int

        init(_ run: RunEntry) {
            planDigest = run.planDigest
            seed = run.seed
            seedCount = run.seedCount
        }
    }

    static func find(in runs: [RunEntry], metrics: [TrendMetric]) -> [Repetition] {
        var order: [Key] = []
        var groups: [Key: [RunEntry]] = [:]
        for run in runs {
            let key = Key(run)
            if groups[key] == nil { order.append(key) }
            groups[key, default: []].append(run)
        }
        return order.compactMap { key in
            guard let runs = groups[key], runs.count > 1 else { return nil }
            let changes = zip(runs, runs.dropFirst()).compactMap { before, after in
                before.journalHash == after.journalHash ? nil : Change(before, after, metrics: metrics)
            }
            return Repetition(planDigest: key.planDigest, seed: key.seed, runs: runs, changes: changes)
        }
    }
}

extension Repetition.Change {
    init(_ before: RunEntry, _ after: RunEntry, metrics: [TrendMetric]) {
        self.before = before
        self.after = after
        differences = metrics.compactMap { metric in
            let (old, new) = (metric.value(in: before), metric.value(in: after))
            return old == new ? nil : Repetition.Difference(metric: metric, before: old, after: new)
        }
    }
}
