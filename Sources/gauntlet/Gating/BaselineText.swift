import ChaosPlan
import ChaosReport
import ChaosScore

/// A baseline for the terminal.
enum BaselineText {
    /// `hub-failover  held  score 99.9  20 seeds  simulated  plan 0123…  gauntlet 0.1.0`
    static func line(_ baseline: Baseline) -> String {
        let score = baseline.summary.score.map { Quantity.decimal($0, places: 2) } ?? "none"
        let count = baseline.seeds.count
        return
            "\(baseline.scenario)  \(baseline.summary.verdict.rawValue)  score \(score)  \(count) \(count == 1 ? "seed" : "seeds")  "
            + "\(baseline.world)  plan \(JournalHash.text(baseline.plan.digest))  gauntlet \(baseline.version)"
    }

    static func render(_ baseline: Baseline) -> String {
        let plan = baseline.plan
        var lines = [line(baseline), "", "fleet  \(baseline.fleet) (\(JournalHash.text(plan.fleetDigest)))"]
        lines += plan.faults.map { fault in
            let length = fault.duration.map { " for \(Quantity.text(duration: $0))" } ?? ""
            return "fault  \(fault.id): \(fault.kind) \(fault.target), \(fault.start)\(length)"
        }
        for objective in plan.objectives {
            let (sign, limit) =
                switch objective.limit {
                case .min(let value): ("≥", value)
                case .max(let value): ("≤", value)
                }
            let values = baseline.seeds.compactMap { seed in
                seed.objectives.first { $0.id == objective.id }?.value
            }
            let unit = objective.metric.unit
            let range =
                if let low = values.min(), let high = values.max() {
                    low == high
                        ? Quantity.text(low, unit: unit)
                        : "\(Quantity.text(low, unit: unit)) … \(Quantity.text(high, unit: unit))"
                } else { "no evidence" }
            let marks = (objective.invariant ? " invariant" : "") + (objective.advisory ? " advisory" : "")
            lines.append(
                "objective  \(objective.id) \(sign) \(Quantity.text(limit, unit: unit))\(marks)  measured \(range)")
        }
        let margins = baseline.margins.map { "\($0.name)=\($0.amount.text)" }
        lines.append(
            "gate  score ≥ \(Quantity.decimal(baseline.minScore, places: 2)), coverage ≥ \(Quantity.decimal(baseline.minCoverage, places: 2))"
                + ", margins \(margins.isEmpty ? "by default" : margins.joined(separator: " "))"
                + ", confidence \(ShareArgument(baseline.confidence))")
        return lines.joined(separator: "\n") + "\n"
    }
}
