public import ChaosPlan
public import ChaosScore

/// One metric of a run against its baseline.
public struct MetricComparison: Hashable, Sendable {
    /// `score`, `run-availability` or an objective's id.
    public var name: String
    /// Nil for the score's points.
    public var unit: Metric.Unit?
    public var outcome: GateResult.Outcome
    /// Of the baseline and of the run: means, of unpaired times medians. Nil where one side has no evidence.
    public var before: Double?
    public var after: Double?
    /// By how much the run is worse, in the metric's unit; negative where it is better.
    public var worsening: Double?
    /// Of the worsening; nil where there is nothing left to chance, or too little to tell.
    public var interval: Interval?
    /// What is allowed, in the metric's unit.
    public var tolerance: Double
    /// Runs on either side; with as many pairs where they were compared seed by seed.
    public var runsBefore: Int
    public var runsAfter: Int
    public var isPaired: Bool
    /// What the numbers do not say; empty where there is nothing to add.
    public var note: String

    public init(
        name: String, unit: Metric.Unit?, outcome: GateResult.Outcome, before: Double?, after: Double?,
        worsening: Double?, interval: Interval?, tolerance: Double, runsBefore: Int, runsAfter: Int, isPaired: Bool,
        note: String
    ) {
        self.name = name
        self.unit = unit
        self.outcome = outcome
        self.before = before
        self.after = after
        self.worsening = worsening
        self.interval = interval
        self.tolerance = tolerance
        self.runsBefore = runsBefore
        self.runsAfter = runsAfter
        self.isPaired = isPaired
        self.note = note
    }

    /// `2.8 s before, 3.6 s now, margin 280 ms (20 pairs)`.
    public var text: String {
        var parts: [String] = []
        if let before, let after {
            let pair = Self.pair(before, after, unit)
            parts.append("\(pair.0) before, \(pair.1) now")
        }
        parts.append("margin \(Self.words(tolerance, unit))")
        if let interval {
            let percent = "worse by \(Self.words(interval.low, unit)) to \(Self.words(interval.high, unit))"
            parts.append(percent)
        }
        let runs =
            isPaired ? "\(runsAfter) \(runsAfter == 1 ? "pair" : "pairs")" : "\(runsBefore) and \(runsAfter) runs"
        return parts.joined(separator: ", ") + " (\(runs))" + (note.isEmpty ? "" : "; \(note)")
    }

    static func pair(_ before: Double, _ after: Double, _ unit: Metric.Unit?) -> (String, String) {
        guard let unit else { return (Measure.decimal(before, digits: 2), Measure.decimal(after, digits: 2)) }
        if max(before, after) >= NonInferiority.never { return (words(before, unit), words(after, unit)) }
        return Measure.pair(before, limit: after, unit)
    }

    /// A difference may be negative, which the units' own words are not made for.
    static func words(_ value: Double, _ unit: Metric.Unit?) -> String {
        if value.magnitude >= NonInferiority.never / 2 { return value < 0 ? "ever sooner" : "never" }
        let sign = value < 0 ? "−" : ""
        guard let unit else { return sign + Measure.decimal(value.magnitude, digits: 2) }
        if unit == .share { return sign + Measure.decimal(value.magnitude * 100, digits: 4) + " points" }
        return sign + Measure.text(value.magnitude, unit)
    }
}
