import ChaosPlan

/// One objective in a baseline's file. Limits are in the metric's unit; what has its default stays out.
struct BaselineObjective: Decodable {
    var id: String
    var metric: String
    var of: String?
    var over: String?
    var overNs: Int64?
    var min: Double?
    var max: Double?
    var group: String?
    var weight: Double
    var floor: Double?
    var invariant: Bool?
    var advisory: Bool?
    var statistic: String?
    var promise: String?
    var world: String?

    static func json(_ objective: Objective) -> CanonicalJSON {
        var fields: [String: CanonicalJSON?] = [
            "id": .text(objective.id), "metric": .text(objective.metric.rawValue),
            "of": objective.of.map { .text($0) }, "group": objective.group.map { .text($0) },
            "weight": .number(objective.weight), "floor": objective.floor.map { .number($0) },
            "invariant": objective.invariant ? .flag(true) : nil, "advisory": objective.advisory ? .flag(true) : nil,
            "statistic": objective.statistic == .worst ? nil : .text(objective.statistic.rawValue),
            "promise": objective.promise.map { .text($0) }, "world": objective.world.map { .text($0.rawValue) },
        ]
        switch objective.limit {
        case .min(let value): fields["min"] = .number(value)
        case .max(let value): fields["max"] = .number(value)
        }
        switch objective.over {
        case .budget: break
        case .impact: fields["over"] = .text("impact")
        case .run: fields["over"] = .text("run")
        case .window(let length): fields["over_ns"] = .integer(length)
        }
        return .object(compacting: fields)
    }

    func objective() throws(BaselineJSON.Malformed) -> Objective {
        let scope: Objective.Over
        switch (over, overNs) {
        case (nil, nil): scope = .budget
        case ("impact", nil): scope = .impact
        case ("run", nil): scope = .run
        case (nil, let length?): scope = .window(length)
        default: throw BaselineJSON.Malformed(description: "objective \(id): its `over` is not known")
        }
        let limit: Objective.Limit
        switch (min, max) {
        case (let value?, nil): limit = .min(value)
        case (nil, let value?): limit = .max(value)
        default: throw BaselineJSON.Malformed(description: "objective \(id): either min or max must stand")
        }
        var only: Objective.World?
        if let world { only = try BaselineRecord.word(world) }
        var which = Objective.Statistic.worst
        if let statistic { which = try BaselineRecord.word(statistic) }
        return Objective(
            id: id, metric: try BaselineRecord.word(metric), of: of, over: scope, limit: limit, group: group,
            weight: weight, floor: floor, invariant: invariant ?? false, advisory: advisory ?? false,
            statistic: which, promise: promise, world: only)
    }
}
