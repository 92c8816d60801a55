import ChaosReport
import ChaosScore

extension FidelityGrade {
    /// Of every fault kind that a trial had, by kind.
    ///
    /// - Parameters:
    ///   - scenarios: with their trials, in the same order.
    ///   - calibration: what the simulated fleet was measured on; a trial that is among it proves nothing of it.
    static func all(
        _ scenarios: [FidelityScenario], _ trials: [FidelityTrials], margins: FidelityMargins,
        calibration: CalibrationRecord?
    ) -> [FidelityGrade] {
        var kinds: [String] = []
        for kind in trials.flatMap({ ($0.live + $0.simulated).flatMap { $0.scorecard.faults.map(\.kind) } })
        where !kinds.contains(kind) {
            kinds.append(kind)
        }
        return kinds.sorted().map { grade($0, scenarios, trials, margins, calibration) }
    }

    private static func grade(
        _ kind: String, _ scenarios: [FidelityScenario], _ trials: [FidelityTrials], _ margins: FidelityMargins,
        _ calibration: CalibrationRecord?
    ) -> FidelityGrade {
        var grade = FidelityGrade(
            kind: kind, level: .partial, trials: 0, missing: [], equivalent: 0, compared: 0)
        for (scenario, trials) in zip(scenarios, trials) {
            let all = (trials.live + trials.simulated).flatMap(\.scorecard.faults)
            let faults = Set(all.filter { $0.kind == kind }.map(\.faultID))
            guard !faults.isEmpty else { continue }
            grade.scenarios.append(scenario.name)
            grade.simulatedFleets = GradedFleet.each(grade.simulatedFleets + scenario.simulatedFleets)
            grade.liveFleets = GradedFleet.each(grade.liveFleets + scenario.liveFleets)
            grade.trials += trials.live.count { $0.scorecard.faults.contains { $0.kind == kind && $0.landed } }
            if let calibration, case let used = trials.live.count(where: { calibration.used($0.run) }), used > 0 {
                grade.missing.append("\(scenario.name): \(used) live trials were also calibrated on")
            }
            for metric in scenario.metrics {
                switch metric.quantity {
                case .availabilityImpact: break
                case .time(let measure, let fault) where faults.contains(fault) && measure != .drain: break
                default: continue
                }
                grade.add(metric, of: scenario.name, margins)
            }
        }
        if grade.trials < margins.trials {
            grade.missing.insert("\(grade.trials) live trials, \(margins.trials) needed", at: 0)
        }
        if grade.compared == 0, grade.trials > 0 { grade.missing.append("nothing that both worlds measured") }
        grade.level = grade.trials == 0 ? .unvalidated : grade.missing.isEmpty ? .validated : .partial
        return grade
    }

    private mutating func add(_ metric: FidelityMetric, of scenario: String, _ margins: FidelityMargins) {
        guard !metric.live.values.isEmpty || metric.live.open > 0 else {
            // With live trials at hand, what only the simulation shows is a difference; without, it is merely untested.
            if trials > 0 { missing.append("\(scenario): \(metric.quantity.name) was seen in the simulation only") }
            return
        }
        compared += 1
        if metric.isEquivalent {
            equivalent += 1
        } else if metric.simulated.open > 0 || metric.live.open > 0 {
            missing.append("\(scenario): \(metric.quantity.name) never ended in some trials")
        } else if metric.simulated.values.isEmpty {
            missing.append("\(scenario): \(metric.quantity.name) was seen live only")
        } else if metric.equivalence == nil {
            missing.append("\(scenario): \(metric.quantity.name) has too few values to test")
        } else {
            missing.append("\(scenario): \(metric.quantity.name) not shown equivalent, \(metric.equivalenceText)")
        }
    }
}
