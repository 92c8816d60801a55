internal import ChaosPlan

/// One objective and its result in `scorecard.json`. `min`, `max`, `floor` and `value` are in `unit`.
struct ObjectiveRecord: Codable {
    var id: String
    var metric: String
    var unit: String
    var of: String?
    var over: String
    var overWindowNs: Int64?
    var min: Double?
    var max: Double?
    var group: String?
    var weight: Double
    var floor: Double?
    var invariant: Bool
    var advisory: Bool
    var statistic: String
    var promise: String?
    var world: String?
    /// Present where it is demanded of the other world only.
    var elsewhere: Bool?

    var judgement: String
    var value: Double?
    var censored: Bool
    var credit: Double
    var lostPoints: Double
    var explanation: String
    var interval: IntervalRecord?

    struct IntervalRecord: Codable {
        var low: Double
        var high: Double
        var trials: Int
        var method: String
    }

    init(_ result: ObjectiveResult) {
        let objective = result.objective
        id = objective.id
        metric = objective.metric.rawValue
        switch objective.metric.unit {
        case .share: unit = "share"
        case .time: unit = "ns"
        case .count: unit = "count"
        case .agentSeconds: unit = "agent_seconds"
        }
        of = objective.of
        switch objective.over {
        case .budget: over = "budget"
        case .impact: over = "impact"
        case .run: over = "run"
        case .window(let length):
            over = "window"
            overWindowNs = length
        }
        switch objective.limit {
        case .min(let value): min = value
        case .max(let value): max = value
        }
        group = objective.group
        weight = objective.weight
        floor = objective.floor
        invariant = objective.invariant
        advisory = objective.advisory
        statistic = objective.statistic.rawValue
        promise = objective.promise
        world = objective.world?.rawValue
        elsewhere = result.isElsewhere ? true : nil
        judgement = result.judgement.rawValue
        value = result.value
        censored = result.censored
        credit = result.credit
        lostPoints = ScorecardRecord.points(result.lostPoints)
        explanation = result.explanation
        interval = result.interval.map {
            IntervalRecord(low: $0.low, high: $0.high, trials: $0.trials, method: $0.method)
        }
    }

    func result() throws(ScorecardJSON.Malformed) -> ObjectiveResult {
        ObjectiveResult(
            objective: try objective(), judgement: try ScorecardRecord.word(judgement), value: value,
            censored: censored, credit: credit, lostPoints: lostPoints, explanation: explanation,
            interval: interval.map { Interval(low: $0.low, high: $0.high, trials: $0.trials, method: $0.method) },
            isElsewhere: elsewhere ?? false)
    }

    private func objective() throws(ScorecardJSON.Malformed) -> Objective {
        let scope: Objective.Over
        switch (over, overWindowNs) {
        case ("budget", nil): scope = .budget
        case ("impact", nil): scope = .impact
        case ("run", nil): scope = .run
        case ("window", let length?): scope = .window(length)
        default: throw ScorecardJSON.Malformed(description: "objective \(id): over \"\(over)\" is not known")
        }
        let limit: Objective.Limit
        switch (min, max) {
        case (let value?, nil): limit = .min(value)
        case (nil, let value?): limit = .max(value)
        default: throw ScorecardJSON.Malformed(description: "objective \(id): either min or max must stand")
        }
        var only: Objective.World?
        if let world { only = try ScorecardRecord.word(world) }
        return Objective(
            id: id, metric: try ScorecardRecord.word(metric), of: of, over: scope, limit: limit, group: group,
            weight: weight, floor: floor, invariant: invariant, advisory: advisory,
            statistic: try ScorecardRecord.word(statistic), promise: promise,
            world: only)
    }
}
