import ChaosPlan

/// From a measured value and a limit to a verdict with its credit. Knows nothing of runs.
enum Judge {
    /// Doubles made of exact integers may miss a limit they equal by their last bits: 1 − 3.6/3600 is 99.9 %.
    private static let tolerance = 1e-12

    static func isAbove(_ value: Double, _ limit: Double) -> Bool {
        value > limit + tolerance * max(1, limit.magnitude)
    }

    static func isBelow(_ value: Double, _ limit: Double) -> Bool {
        value < limit - tolerance * max(1, limit.magnitude)
    }

    static func holds(_ value: Double, _ limit: Objective.Limit) -> Bool {
        switch limit {
        case .max(let limit): !isAbove(value, limit)
        case .min(let limit): !isBelow(value, limit)
        }
    }

    /// Where credit reaches zero unless the objective says: twice a `max`; ten times the permitted shortfall of a `min`
    /// share; zero for any other `min`.
    static func floor(of objective: Objective) -> Double {
        if let floor = objective.floor { return floor }
        switch objective.limit {
        case .max(let limit): return 2 * limit
        case .min(let limit): return objective.metric.unit == .share ? 1 - 10 * (1 - limit) : 0
        }
    }

    /// 1 when held, then linearly down to 0 at the floor. Nothing for invariants, nor where limit and floor coincide
    /// (`max: 0`).
    static func credit(_ value: Double, _ objective: Objective) -> Double {
        if holds(value, objective.limit) { return 1 }
        if objective.invariant { return 0 }
        let floor = floor(of: objective)
        switch objective.limit {
        case .max(let limit): return floor > limit ? min(1, max(0, (floor - value) / (floor - limit))) : 0
        case .min(let limit): return floor < limit ? min(1, max(0, (value - floor) / (limit - floor))) : 0
        }
    }

    static func judge(_ measurement: Measurement, _ objective: Objective) -> (Judgement, credit: Double) {
        switch measurement {
        case .value(let value, _):
            return (holds(value, objective.limit) ? .held : .missed, credit(value, objective))
        case .atLeast(let bound, _):
            switch objective.limit {
            // Longer than the limit already, and nobody knows how much longer.
            case .max(let limit): return isAbove(bound, limit) ? (.missed, 0) : (.inconclusive, 0)
            case .min(let limit): return isBelow(bound, limit) ? (.inconclusive, 0) : (.held, 1)
            }
        case .failed: return (.missed, 0)
        case .none: return (.inconclusive, 0)
        }
    }
}
