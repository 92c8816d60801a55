import ChaosPlan
import ChaosScore

/// The axis of durations that all bars of the recovery section share, so that instances can be compared.
struct RecoveryScale {
    let end: Nanoseconds
    let ticks: [TimeScale.Tick]

    /// Limits far beyond anything measured, and waits that never ended, would squeeze the bars to nothing; they reach to the
    /// edge instead.
    init(faults: [FaultTimes], card: Scorecard, horizon: Nanoseconds) {
        var longest: Nanoseconds = 0
        var endless: Nanoseconds = 0
        var limits: [Nanoseconds] = []
        for fault in faults {
            for measure in RecoveryMeasure.allCases {
                longest = max(longest, measure.value(of: fault) ?? 0)
                endless = max(endless, measure.censored(of: fault, horizon: horizon) ?? 0)
                if let limit = measure.limit(of: fault, in: card) { limits.append(limit) }
            }
        }
        if longest == 0 { longest = limits.min() ?? max(endless, .second) }
        let near = (limits + [endless]).filter { $0 <= longest * 4 }.max() ?? 0
        let scale = TimeScale(end: max(longest, near) * 115 / 100, most: 4)
        end = scale.end
        ticks = scale.ticks
    }

    /// Bars take the left two thirds of a plot; the numbers stand in a column at the right, where nothing crosses them.
    static let share = 66.0

    func percent(_ time: Nanoseconds) -> Double { Double(max(0, min(time, end))) / Double(end) * Self.share }
}
