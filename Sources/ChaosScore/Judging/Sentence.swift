import ChaosPlan

/// One sentence per objective: what was measured, against what, and what it cost.
enum Sentence {
    static func text(_ result: ObjectiveResult, _ measurement: Measurement) -> String {
        let name = subject(result.objective)
        let limit: Double
        switch result.objective.limit {
        case .min(let value), .max(let value): limit = value
        }
        let unit = result.objective.metric.unit
        let allowed = Quantity.text(limit, unit: unit)
        let cost = cost(result)
        switch measurement {
        case .none(let reason):
            return "\(name): no evidence, \(reason)."
        case .value(let value, let note):
            let (value, allowed) = Quantity.pair(value, limit, unit: unit)
            return "\(name): \(value) against \(allowed)\(bracketed(note))\(cost)."
        case .failed(let value, let note):
            let took = value.map { " after " + Quantity.text($0, unit: unit) } ?? ""
            return "\(name): \(note)\(took), against \(allowed)\(cost)."
        case .atLeast(let bound, let note):
            let (bound, allowed) = Quantity.pair(bound, limit, unit: unit)
            if result.judgement == .inconclusive {
                return "\(name): not seen within \(bound)\(bracketed(note)), too short to judge against \(allowed)."
            }
            return "\(name): not seen within \(bound)\(bracketed(note)) against \(allowed)\(cost)."
        }
    }

    static func elsewhere(_ result: ObjectiveResult) -> String {
        "\(subject(result.objective)): demanded of \(result.objective.world?.rawValue ?? "other") runs only, so it counts for nothing here."
    }

    private static func subject(_ objective: Objective) -> String {
        var text = objective.id
        // An id of the author's own does not say what was measured.
        if !text.hasPrefix(objective.metric.rawValue) { text += " (\(objective.metric.rawValue))" }
        if objective.metric == .availability {
            switch objective.over {
            case .budget: text += " over the budget"
            case .impact: text += " over the impact"
            case .run: text += " over the run"
            case .window(let window): text += " over the worst \(Quantity.text(duration: window))"
            }
        } else if let fault = objective.of, !text.contains(fault) {
            text += " of \(fault)"
        }
        if let group = objective.group, !text.contains(group) { text += " in \(group)" }
        return text
    }

    private static func bracketed(_ note: String) -> String { note.isEmpty ? "" : " (\(note))" }

    private static func cost(_ result: ObjectiveResult) -> String {
        guard result.judgement == .missed else { return "" }
        if result.objective.advisory { return ", advisory only" }
        let points = Quantity.decimal(result.lostPoints, places: 2)
        let broken = result.objective.invariant ? ", a broken invariant" : ""
        return "\(broken), \(points) points lost"
    }
}
