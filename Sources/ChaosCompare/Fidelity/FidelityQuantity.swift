public import ChaosPlan
import ChaosScore

/// What is compared between the worlds: one number of each trial.
public enum FidelityQuantity: Hashable, Sendable {
    case availability, availabilityImpact, successRatio, latencyP50, latencyP95, acknowledgedLoss
    /// A fault's time; of several instances in one trial the median, because only trials are independent.
    case time(FaultMeasure, fault: String)

    public var name: String {
        switch self {
        case .availability: "availability over the run"
        case .availabilityImpact: "availability over the impact"
        case .successRatio: "requests answered"
        case .latencyP50: "latency p50"
        case .latencyP95: "latency p95"
        case .acknowledgedLoss: "acknowledged and lost"
        case .time(let measure, let fault): "\(measure.rawValue) of \(fault)"
        }
    }

    public var unit: Metric.Unit {
        switch self {
        case .availability, .availabilityImpact, .successRatio: .share
        case .latencyP50, .latencyP95, .time: .time
        case .acknowledgedLoss: .count
        }
    }

    /// Shortest time that counts, for those on a logarithm.
    func floor(_ margins: FidelityMargins) -> Double {
        // Nothing that is measured here is shorter than a microsecond, and zero has no logarithm.
        if case .time = self { Double(margins.resolution) } else { 1e3 }
    }

    /// Nil where the trial has none.
    func value(of card: Scorecard) -> Double? {
        switch self {
        case .availability: return card.facts.availability
        case .availabilityImpact: return card.facts.availabilityImpact
        case .successRatio: return card.facts.successRatio
        case .latencyP50: return card.facts.latencyP50.map(Double.init)
        case .latencyP95: return card.facts.latencyP95.map(Double.init)
        case .acknowledgedLoss: return Double(card.facts.totals.lost)
        case .time(let measure, let fault):
            let instances = card.faults.filter { $0.faultID == fault }
            if instances.contains(where: measure.isOpen) { return nil }
            return SampleQuantile.median(instances.compactMap { measure.value(of: $0).map(Double.init) })
        }
    }

    /// It went on beyond the end of the trial.
    func isOpen(in card: Scorecard) -> Bool {
        guard case .time(let measure, let fault) = self else { return false }
        return card.faults.contains { $0.faultID == fault && measure.isOpen($0) }
    }

    /// Those of a scenario, in the order in which they are shown: the whole first, then each fault's times.
    static func all(of trials: FidelityTrials) -> [FidelityQuantity] {
        var faults: [String] = []
        for card in (trials.live + trials.simulated).map(\.scorecard) {
            for fault in card.faults where !faults.contains(fault.faultID) { faults.append(fault.faultID) }
        }
        return [.availability, .availabilityImpact, .successRatio]
            + faults.flatMap { fault in FaultMeasure.allCases.map { .time($0, fault: fault) } }
            + [.latencyP50, .latencyP95, .acknowledgedLoss]
    }
}

/// What "as good as equal" means; stated in every report, because nothing is equivalent without it.
public struct FidelityMargins: Hashable, Sendable {
    /// Of times, as a ratio: 0.25 is ±25 %, taken on the logarithm.
    public var time = 0.25
    /// Faults' times below it count as this long: clients ask once in a while, and between two answers nobody sees.
    public var resolution: Nanoseconds = 100 * .millisecond
    /// Of shares, absolute: 0.005 is half a point.
    public var share = 0.005
    /// Of each one-sided test.
    public var alpha = 0.05
    /// Live trials of a fault kind below which nothing is called validated.
    public var trials = 20

    public init() {}
}
