import ChaosPlan
import ChaosScore

/// The axis of durations that all bars of the recovery section share, so that instances can be compared.
struct RecoveryScale {
    let end: Nanoseconds
    let ticks: [TimeScale.Tick]

    /// Limits far beyond anything measured would squeeze the bars to nothing; they stand at the edge with an arrow instead.
    init(faults: [FaultTimes], card: Scorecard, horizon: Nanoseconds) {
        var longest: Nanoseconds = 0
        var limits: [Nanoseconds] = []
        for fault in faults {
            for measure in RecoveryMeasure.allCases {
                let value = measure.value(of: fault) ?? measure.censored(of: fault, horizon: horizon)
                longest = max(longest, value ?? 0)
                if let limit = measure.limit(of: fault, in: card) { limits.append(limit) }
            }
        }
        if longest == 0 { longest = limits.min() ?? .second }
        let near = limits.filter { $0 <= longest * 4 }.max() ?? 0
        let scale = TimeScale(end: max(longest, near) * 115 / 100)
        end = scale.end
        ticks = scale.ticks
    }

    func percent(_ time: Nanoseconds) -> Double { Double(max(0, min(time, end))) / Double(end) * 100 }
}
