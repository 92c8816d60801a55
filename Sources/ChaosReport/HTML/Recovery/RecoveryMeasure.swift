import ChaosPlan
import ChaosScore

/// The parts into which a fault's time is split.
enum RecoveryMeasure: CaseIterable {
    case detect, failOver, restore, recover, drain

    var name: String {
        switch self {
        case .detect: "detect"
        case .failOver: "fail over"
        case .restore: "restore"
        case .recover: "recover"
        case .drain: "drain"
        }
    }

    private var metrics: [Metric] {
        switch self {
        case .detect: [.detectTime, .partitionDetectTime]
        case .failOver: [.failoverTime]
        case .restore: [.restoreTime]
        case .recover: [.recoveryTime]
        case .drain: [.drainTime]
        }
    }

    /// The first three count from the fault, the last two from its end.
    func value(of fault: FaultTimes) -> Nanoseconds? {
        switch self {
        case .detect: Self.length(from: fault.effective, to: fault.detected)
        case .failOver: Self.length(from: fault.effective, to: fault.failedOver)
        case .restore: fault.firstImpact == nil ? nil : Self.length(from: fault.effective, to: fault.restored)
        case .recover: Self.length(from: fault.reverted, to: fault.restored)
        case .drain: Self.length(from: fault.reverted, to: fault.drained)
        }
    }

    /// How long it has been going on at `horizon`, when chains went down and did not come back for good.
    func censored(of fault: FaultTimes, horizon: Nanoseconds) -> Nanoseconds? {
        guard fault.firstImpact != nil, fault.restored == nil else { return nil }
        switch self {
        case .restore: return fault.effective.map { max(0, horizon - $0) }
        case .recover: return fault.reverted.map { max(0, horizon - $0) }
        case .detect, .failOver, .drain: return nil
        }
    }

    /// The tightest limit of the objectives that ask for it.
    func limit(of fault: FaultTimes, in card: Scorecard) -> Nanoseconds? {
        let limits = card.objectives.compactMap { result -> Nanoseconds? in
            let objective = result.objective
            guard metrics.contains(objective.metric), case .max(let limit) = objective.limit else { return nil }
            return objective.of == fault.faultID || objective.of == fault.id ? Measure.nanoseconds(limit) : nil
        }
        return limits.min()
    }

    /// The steps that come first.
    var before: [RecoveryMeasure] {
        switch self {
        case .detect, .recover: []
        case .failOver: [.detect]
        case .restore: [.detect, .failOver]
        case .drain: [.recover]
        }
    }

    private static func length(from start: Nanoseconds?, to end: Nanoseconds?) -> Nanoseconds? {
        guard let start, let end else { return nil }
        return max(0, end - start)
    }
}
