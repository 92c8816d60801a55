public import ChaosPlan
internal import ChaosScore

/// A number that every run of a series has, or lacks.
public struct TrendMetric: Hashable, Sendable {
    public enum Unit: Hashable, Sendable {
        /// 0...100.
        case points
        case metric(Metric.Unit)
        /// Of a metric that this version does not know.
        case none
    }

    /// `score`, `user-uptime`, or an objective's id.
    public var name: String
    /// As the scenario language spells it; of user-uptime over the run, `availability`.
    public var metric: String
    public var unit: Unit
    /// More of it is better.
    public var isMinimum: Bool
    /// The objective's, of the newest run.
    public var limit: Double?

    /// As people read it: `3.4 s`, `99.95 %`, `98.5`.
    public func text(_ value: Double) -> String {
        switch unit {
        case .points, .none: Quantity.decimal(value, places: 2)
        case .metric(let unit): Quantity.text(value, unit: unit)
        }
    }

    /// Two values in as many digits as it takes to tell them apart.
    public func texts(_ a: Double, _ b: Double) -> (String, String) {
        guard case .metric(let unit) = unit else { return (text(a), text(b)) }
        let pair = Quantity.pair(a, b, unit: unit)
        return (pair.value, pair.limit)
    }

    /// What lies between two values, with its sign; shares in points, for a percentage of percentages misleads.
    public func differenceText(_ difference: Double) -> String {
        let size = abs(difference)
        let text: String =
            switch unit {
            case .points, .none: Quantity.decimal(size, places: 2)
            case .metric(.share): Quantity.decimal(size * 100, places: 4) + " points"
            case .metric(let unit): Quantity.text(size, unit: unit)
            }
        return (difference < 0 ? "−" : "+") + text
    }

    /// Its value in a run; nil where the run has no evidence for it.
    public func value(in run: RunEntry) -> Double? {
        let value: Double? =
            switch (name, limit) {
            case ("score", nil): run.score
            case ("user-uptime", nil): run.availability
            default: run.objectives.first { $0.id == name }?.value
            }
        return value.flatMap { $0.isFinite ? $0 : nil }
    }

    /// Score, user-uptime, then the objectives of the runs, newest run's first.
    static func all(in runs: [RunEntry]) -> [TrendMetric] {
        var metrics = [
            TrendMetric(name: "score", metric: "score", unit: .points, isMinimum: true),
            TrendMetric(name: "user-uptime", metric: "availability", unit: .metric(.share), isMinimum: true),
        ]
        var seen: Set<String> = []
        for run in runs.reversed() {
            for objective in run.objectives where seen.insert(objective.id).inserted {
                metrics.append(
                    TrendMetric(
                        name: objective.id, metric: objective.metric,
                        unit: Metric(rawValue: objective.metric).map { .metric($0.unit) } ?? .none,
                        isMinimum: objective.isMinimum, limit: objective.limit))
            }
        }
        return metrics
    }
}
