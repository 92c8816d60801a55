/// How a scenario fared from run to run: each metric's values, where they shifted, and, of simulated runs of one plan and seed,
/// what exactly became different.
public struct Trend: Sendable {
    public var series: RunSeries
    /// Of each of its runs; runs of one seed and of many are different measurements, and so different trends.
    public var seedCount: Int
    /// Oldest first; only runs that ended as planned.
    public var runs: [RunEntry]
    public var lines: [Line]
    /// Of simulated runs: each plan and seed that ran more than once.
    public var repetitions: [Repetition]

    /// A metric over the runs.
    public struct Line: Sendable {
        public var metric: TrendMetric
        /// One for each run.
        public var values: [Double?]
        public var shifts: [Shift]
        /// How many values the search for shifts went over; fewer than `leastSample` were too few to tell.
        public var sample: Int
    }

    /// A metric changed its distribution between two runs.
    public struct Shift: Hashable, Sendable {
        /// Indices of the last run before it and of the first after it.
        public var before: Int
        public var after: Int
        /// Medians of the stretches on both sides, up to the next shift.
        public var from: Double
        public var to: Double
        public var pValue: Double
        public var isWorse: Bool
    }

    /// Below it no difference, however large, can be told from chance at the significance asked for.
    public static let leastSample = 10

    /// Trends of runs in any order, by scenario, world and number of seeds. What did not end as planned is left out: it was not
    /// measured over the same time.
    /// - Parameter choose: which of a trend's metrics to draw; score, user-uptime and every objective by default.
    public static func of(
        _ runs: [RunEntry], detector: ChangePoints = ChangePoints(),
        choose: ([TrendMetric]) -> [TrendMetric] = { $0 }
    ) -> [Trend] {
        struct Key: Hashable {
            var series: RunSeries
            var seedCount: Int
        }
        var groups: [Key: [RunEntry]] = [:]
        for run in runs where run.ending == "completed" {
            let series = RunSeries(scenario: run.scenario, world: run.world)
            groups[Key(series: series, seedCount: run.seedCount), default: []].append(run)
        }
        let keys = groups.keys.sorted {
            ($0.series.scenario, $0.series.world, $0.seedCount) < ($1.series.scenario, $1.series.world, $1.seedCount)
        }
        return keys.map { key in
            let runs = (groups[key] ?? []).sorted { ($0.started, $0.directory) < ($1.started, $1.directory) }
            return Trend(key.series, key.seedCount, runs, detector: detector, choose: choose)
        }
    }

    private init(
        _ series: RunSeries, _ seedCount: Int, _ runs: [RunEntry], detector: ChangePoints,
        choose: ([TrendMetric]) -> [TrendMetric]
    ) {
        self.series = series
        self.seedCount = seedCount
        self.runs = runs
        let metrics = choose(TrendMetric.all(in: runs))
        // A simulated run that is run again is no new evidence.
        let isExact = series.world == "simulated"
        var seen: Set<Repetition.Key> = []
        let independent = runs.map { !isExact || seen.insert(Repetition.Key($0)).inserted }
        lines = metrics.map { metric in
            Line(metric, in: runs, independent: independent, detector: detector)
        }
        repetitions = isExact ? Repetition.find(in: runs, metrics: metrics) : []
    }
}

extension Trend.Line {
    init(_ metric: TrendMetric, in runs: [RunEntry], independent: [Bool], detector: ChangePoints) {
        self.metric = metric
        values = runs.map(metric.value)
        var places: [Int] = []
        var sampled: [Double] = []
        for (index, value) in values.enumerated() where independent[index] {
            guard let value else { continue }
            places.append(index)
            sampled.append(value)
        }
        sample = sampled.count
        shifts = []
        guard sample >= Trend.leastSample else { return }
        let points = detector.find(in: sampled)
        let bounds = [0] + points.map(\.index) + [sampled.count]
        for (number, point) in points.enumerated() {
            let from = Self.median(sampled[bounds[number]..<point.index])
            let to = Self.median(sampled[point.index..<bounds[number + 2]])
            shifts.append(
                Trend.Shift(
                    before: places[point.index - 1], after: places[point.index], from: from, to: to,
                    pValue: point.pValue, isWorse: metric.isMinimum ? to < from : to > from))
        }
    }

    private static func median(_ values: ArraySlice<Double>) -> Double {
        let sorted = values.sorted()
        let middle = sorted.count / 2
        return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
    }
}
