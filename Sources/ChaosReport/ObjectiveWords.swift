package import ChaosPlan
package import ChaosScore

/// How every report writes an objective, so that the console, the page and the gate never disagree.
extension Objective {
    var isMinimum: Bool { if case .min = limit { true } else { false } }

    var limitValue: Double {
        switch limit {
        case .min(let value), .max(let value): value
        }
    }

    var limitText: String { Measure.text(limitValue, metric.unit) }

    /// `≥ 99.9%`
    package var demand: String { (isMinimum ? "≥ " : "≤ ") + limitText }

    /// What the id does not say: `availability over budget, group PC2`.
    package var circumstance: String {
        var parts: [String] = []
        if id != metric.rawValue, id != metric.rawValue + "-" + (of ?? "") { parts.append(metric.rawValue) }
        if let of, !id.hasSuffix(of) { parts.append("of \(of)") }
        if metric == .availability {
            switch over {
            case .budget: parts.append("over budget")
            case .impact: parts.append("over impact")
            case .run: parts.append("over run")
            case .window(let length): parts.append("worst \(Measure.time(length))")
            }
        }
        if let group { parts.append("in \(group)") }
        if metric.needsFault, statistic != .worst { parts.append(statistic.rawValue) }
        if invariant { parts.append("invariant") }
        if advisory { parts.append("advisory") }
        if let world { parts.append("only \(world.rawValue)") }
        return parts.joined(separator: ", ")
    }
}

extension ObjectiveResult {
    /// The measured value, in enough digits to be told from its limit; a lower bound is marked as one.
    package var valueText: String {
        guard let value else { return "–" }
        let pair = Measure.pair(value, limit: objective.limitValue, objective.metric.unit)
        return (censored ? "≥ " : "") + pair.value
    }

    var intervalText: String? {
        guard let interval else { return nil }
        // Of the share of runs that held it, not of its value.
        if ["wilson", "clopper-pearson"].contains(interval.method) {
            return "held by \(Measure.percent(interval.low)) … \(Measure.percent(interval.high))"
        }
        let unit = objective.metric.unit
        return "\(Measure.text(interval.low, unit)) … \(Measure.text(interval.high, unit))"
    }

    /// `held`, `missed`, `inconclusive`; `only live` where it is demanded of the other world only.
    var judgementText: String {
        isElsewhere ? "only \(objective.world?.rawValue ?? "elsewhere")" : judgement.rawValue
    }
}

extension Scorecard {
    package var scoreText: String { score.map { Measure.decimal($0, digits: 1) } ?? "–" }

    var coverageText: String { Measure.decimal(coverage, digits: 1) + " %" }

    package var seedText: String {
        switch seeds.count {
        case 0: "none"
        case 1: String(seeds[0])
        default: "\(seeds.count) seeds"
        }
    }

    /// One sentence under the verdict.
    var verdictSentence: String {
        let missed = objectives.filter { $0.judgement == .missed && $0.counts }
        let unclear = objectives.filter { $0.judgement == .inconclusive && $0.counts }
        let counted = objectives.count { $0.counts }
        func plural(_ count: Int) -> String { count == 1 ? "objective" : "objectives" }
        switch verdict {
        case .held:
            return counted == 0
                ? "Nothing was demanded of this run."
                : "Held all \(counted) \(plural(counted))\(faults.isEmpty ? " without a fault" : "")."
        case .deviated:
            let broken = missed.count { $0.objective.invariant }
            if missed.isEmpty { return findings.first ?? "The run deviated." }
            let tail = broken > 0 ? ", \(broken) of them \(broken == 1 ? "an invariant" : "invariants")" : ""
            return "Missed \(missed.count) of \(counted) \(plural(counted))\(tail)."
        case .inconclusive:
            if let finding = findings.first { return finding }
            return "No evidence for \(unclear.count) of \(counted) \(plural(counted))."
        }
    }
}
