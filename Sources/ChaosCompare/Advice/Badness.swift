import ChaosPlan
import ChaosScore

/// How far an objective is from being held, over some seeds: what candidates are ranked by.
struct Badness: Comparable {
    /// Seeds that did not hold it, and those that could not be judged as a whole.
    var missed = 0
    /// Of these, seeds where it was never reached, or went wrong whatever its value.
    var endless = 0
    /// Of all the others the values added up, so that less is better.
    var sum = 0.0

    init(_ samples: [AdviceSample], _ objective: Int, _ limit: Objective.Limit) {
        for sample in samples {
            if !Self.isHeld(sample, objective) { missed += 1 }
            let value = Self.value(sample.objectives[objective], limit)
            if value.isFinite { sum += value } else { endless += 1 }
        }
    }

    static func < (a: Badness, b: Badness) -> Bool {
        (a.missed, a.endless, a.sum) < (b.missed, b.endless, b.sum)
    }

    static func isHeld(_ sample: AdviceSample, _ objective: Int) -> Bool {
        sample.doubt == nil && sample.objectives[objective].judgement == .held
    }

    /// Less is better; infinite where it was never reached or cannot be told.
    static func value(_ result: AdviceSample.Result, _ limit: Objective.Limit) -> Double {
        guard let value = result.value, !result.isCensored, !result.isFailed else { return .infinity }
        switch limit {
        case .max: return value
        case .min: return -value
        }
    }
}
