import ChaosPlan
public import ChaosReport
import ChaosScore

/// One scenario's numbers in both worlds.
public struct FidelityScenario: Sendable {
    public var name: String
    public var metrics: [FidelityMetric]
    public var simulatedRuns: [String]
    public var liveRuns: [String]
    public var naiveRuns: [String]
    public var simulatedFleets: [GradedFleet]
    public var liveFleets: [GradedFleet]
    public var naiveFleets: [GradedFleet]
    /// That the two worlds' fleets differ is by design.
    public var isMeasured: Bool
    /// Share of agents' time lost during the impact (of the run, where there was none): medians.
    public var severity: (simulated: Double, live: Double)?
}

/// By how much the simulation is off in one of the mechanisms, over all faults: errors that cancel in totals show here.
public struct MechanismBias: Hashable, Sendable {
    public var measure: FaultMeasure
    /// Faults with values in both worlds.
    public var faults: Int
    /// Simulated median minus live median, as a share of the live one; over the faults: their median and extremes.
    public var median: Double
    public var low: Double
    public var high: Double
}

/// How well the simulated world foretells the live one.
public struct FidelityReport: Sendable {
    public var margins: FidelityMargins
    public var scenarios: [FidelityScenario]
    public var biases: [MechanismBias]
    /// Kendall's τ-b of the scenarios' severities; nil with fewer than two that have both worlds.
    public var severityTau: Double?
    public var severityScenarios: Int
    public var verdicts: VerdictMatrix
    public var grades: [FidelityGrade]
    /// Of the record by which the fleet file was measured, where there is one.
    public var calibration: CalibrationRecord?
    /// When the newest live trial began (without one, the newest simulated), UTC; nil where no trial knows.
    public var measured: String?
    /// The engine's, of the simulated trials.
    public var versions: [String]

    public init(
        _ trials: [FidelityTrials], margins: FidelityMargins = FidelityMargins(),
        calibration: CalibrationRecord? = nil
    ) {
        self.margins = margins
        self.calibration = calibration
        scenarios = trials.map { trials in
            FidelityScenario(
                name: trials.scenario,
                metrics: FidelityQuantity.all(of: trials).map { FidelityMetric($0, trials, margins: margins) }
                    .filter { !$0.isEmpty },
                simulatedRuns: trials.simulated.map(\.run), liveRuns: trials.live.map(\.run),
                naiveRuns: trials.naive.map(\.run),
                simulatedFleets: GradedFleet.each(trials.simulated.map(\.fleet)),
                liveFleets: GradedFleet.each(trials.live.map(\.fleet)),
                naiveFleets: GradedFleet.each(trials.naive.map(\.fleet)), isMeasured: trials.isMeasured,
                severity: Self.severity(trials))
        }
        biases = FaultMeasure.allCases.compactMap { [scenarios] in Self.bias($0, scenarios) }
        let severities = scenarios.compactMap(\.severity)
        severityScenarios = severities.count
        severityTau = Kendall.tau(severities.map { ($0.simulated, $0.live) })
        var verdicts = VerdictMatrix()
        for trials in trials { verdicts.add(trials) }
        self.verdicts = verdicts
        grades = FidelityGrade.all(scenarios, trials, margins: margins, calibration: calibration)
        measured =
            trials.flatMap(\.live).compactMap(\.started).max()
            ?? trials.flatMap(\.simulated).compactMap(\.started).max()
        versions = Set(trials.flatMap(\.simulated).map(\.scorecard.version)).sorted()
    }

    /// What reports of simulated runs take from it.
    public var gradeBook: GradeBook {
        GradeBook(measured: measured ?? "", versions: versions, trialsNeeded: margins.trials, grades: grades)
    }

    /// What keeps the trials of the two worlds from being a fair comparison, one sentence each.
    public var warnings: [String] {
        var warnings: [String] = []
        for scenario in scenarios {
            if scenario.liveRuns.isEmpty { warnings.append("\(scenario.name) has no live trial.") }
            if scenario.simulatedRuns.isEmpty { warnings.append("\(scenario.name) has no simulated trial.") }
            warnings += Self.fleetWarnings(scenario)
        }
        if let calibration, scenarios.contains(where: { $0.liveRuns.contains(where: calibration.used) }) {
            warnings.append("Some live trials were also calibrated on: they cannot validate.")
        }
        return warnings
    }

    private static func fleetWarnings(_ scenario: FidelityScenario) -> [String] {
        let worlds = [("simulated", scenario.simulatedFleets), ("live", scenario.liveFleets)]
        let mixed = worlds.filter { $0.1.count > 1 }
        guard mixed.isEmpty else {
            return mixed.map { "\(scenario.name): its \($0.0) trials ran on \($0.1.count) different fleets." }
        }
        guard let simulated = scenario.simulatedFleets.first, let live = scenario.liveFleets.first,
            simulated.digest != live.digest, !scenario.isMeasured
        else { return [] }
        return ["\(scenario.name) ran on two fleets: \(simulated.text) simulated, \(live.text) live."]
    }

    private static func severity(_ trials: FidelityTrials) -> (simulated: Double, live: Double)? {
        func median(_ trials: [FidelityTrial]) -> Double? {
            SampleQuantile.median(
                trials.map { 1 - ($0.scorecard.facts.availabilityImpact ?? $0.scorecard.facts.availability) })
        }
        guard let simulated = median(trials.simulated), let live = median(trials.live) else { return nil }
        return (simulated, live)
    }

    private static func bias(_ measure: FaultMeasure, _ scenarios: [FidelityScenario]) -> MechanismBias? {
        let shares = scenarios.flatMap(\.metrics).compactMap { metric -> Double? in
            guard case .time(measure, _) = metric.quantity, let bias = metric.bias, let live = metric.live.median,
                live > 0
            else { return nil }
            return bias / live
        }
        guard let median = SampleQuantile.median(shares), let low = shares.min(), let high = shares.max() else {
            return nil
        }
        return MechanismBias(measure: measure, faults: shares.count, median: median, low: low, high: high)
    }
}
