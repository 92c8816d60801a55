/// The objectives of a scenario, with those of the blocks it uses.
struct ObjectivesBuilder {
    let items: [Value]
    /// The scenario's faults, for their ids.
    let faults: [Value]
    let fleet: Fleet
    let isFleetGood: Bool
    let log: ProblemLog

    func build() -> [Objective] {
        var seen: Set<String> = []
        return items.filter(\.isSound).map { item in
            let objective = objective(item)
            if !seen.insert(objective.id).inserted {
                log.error(item.place, "a second objective called `\(objective.id)`", "give it an `id` of its own")
            }
            return objective
        }
    }

    private func objective(_ item: Value) -> Objective {
        let metric: Metric = item.word("metric")
        let of = item["of"]?.text
        checkFault(item, metric)
        checkGroup(item)
        checkDirection(item, metric)
        if item.at("weight").number < 0 { log.error(item.at("weight").place, "a negative weight", "write 0 or more") }
        if item["stat"]?.text != Objective.Statistic.worst.rawValue, !metric.needsFault {
            log.error(
                item.at("stat").place, "`stat` for `\(metric.rawValue)`, which is not measured for each fault",
                "leave it out")
        }
        return Objective(
            id: item["id"]?.text ?? ObjectiveName.name(metric: metric.rawValue, of: of), metric: metric, of: of,
            over: over(item, metric),
            limit: limit(item, metric), group: item["group"]?.text, weight: item.at("weight").number,
            floor: item["floor"].flatMap { number($0, metric) }, invariant: item.flag("invariant"),
            advisory: item.flag("advisory"),
            statistic: item.word("stat"), promise: item["promise"]?.text,
            world: item["world"].flatMap { Objective.World(rawValue: $0.text) })
    }

    private func checkFault(_ item: Value, _ metric: Metric) {
        let ids = faults.map { $0.text("id") }.filter { !$0.isEmpty }
        guard let of = item["of"] else {
            if metric.needsFault {
                log.error(
                    item.place, "`\(metric.rawValue)` is measured for one fault, and none is named",
                    "write `of: ID`; \(NearestWord.hint("", among: ids))")
            }
            return
        }
        if !metric.needsFault {
            log.error(of.place, "`of` for `\(metric.rawValue)`, which is measured for the whole run", "leave it out")
        } else if !ids.contains(of.text) {
            log.error(of.place, "no fault `\(of.text)`", NearestWord.hint(of.text, among: ids))
        }
    }

    private func checkGroup(_ item: Value) {
        guard let group = item["group"], isFleetGood else { return }
        var known: [String] = []
        for name in fleet.agents.map(\.group) where known.last != name { known.append(name) }
        known += fleet.hubs.map(\.name) + fleet.agents.map(\.name)
        if !known.contains(group.text) {
            log.error(group.place, "no group, agent or hub `\(group.text)`", NearestWord.hint(group.text, among: known))
        }
    }

    private func checkDirection(_ item: Value, _ metric: Metric) {
        let isMoreBetter: Bool =
            switch metric {
            case .availability, .successRatio, .deliveryRatio, .discoveryAvailability, .goodputAfterHeal, .registered,
                .alertPrecision, .alertRecall:
                true
            default: false
            }
        // One that decides nothing may well bound a number from the other side, to see that a fault was felt at all.
        guard !item.flag("advisory"), let wrong = item[isMoreBetter ? "max" : "min"] else { return }
        let (given, right) = isMoreBetter ? ("max", "min") : ("min", "max")
        log.warning(
            wrong.place, "`\(given)` for `\(metric.rawValue)`, of which \(isMoreBetter ? "more" : "less") is better",
            "is `\(right)` meant?")
    }

    private func over(_ item: Value, _ metric: Metric) -> Objective.Over {
        guard let over = item["over"] else { return metric == .availability ? .budget : .run }
        if metric.needsFault {
            log.error(over.place, "`over` for `\(metric.rawValue)`, which is measured for one fault", "leave it out")
        }
        if over.scalarKind == .duration { return .window(over.quantity) }
        switch over.text {
        case "impact": return .impact
        case "run": return .run
        default:
            if metric != .availability {
                log.error(
                    over.place, "`over: budget` for `\(metric.rawValue)`",
                    "only availability has a budget; write `run`, `impact` or a duration")
            }
            return .budget
        }
    }

    private func limit(_ item: Value, _ metric: Metric) -> Objective.Limit {
        switch (item["min"], item["max"]) {
        case (let min?, nil): return .min(number(min, metric) ?? 0)
        case (nil, let max?): return .max(number(max, metric) ?? 0)
        case (nil, nil):
            log.error(item.place, "`\(metric.rawValue)` has no limit", "write `min:` or `max:`")
        case (_, let max?):
            log.error(
                max.place, "`\(metric.rawValue)` has both `min` and `max`", "write two objectives with an `id` each")
        }
        return .max(0)
    }

    /// In the metric's unit.
    private func number(_ value: Value, _ metric: Metric) -> Double? {
        switch (metric.unit, value.scalarKind) {
        case (.share, .share): return Double(value.quantity) / 1_000_000
        case (.time, .duration): return Double(value.quantity)
        case (.count, .number), (.agentSeconds, .number):
            if value.number < 0 {
                log.error(value.place, "a negative limit for `\(metric.rawValue)`", "write 0 or more")
            }
            return value.number
        default:
            let right =
                switch metric.unit {
                case .share: "a share such as `99.9%`"
                case .time: "a duration such as `5s`"
                case .count: "a count such as `0`"
                case .agentSeconds: "a number of agent-seconds such as `277`"
                }
            log.error(value.place, "`\(metric.rawValue)` is not measured in that unit", "write \(right)")
            return nil
        }
    }
}
