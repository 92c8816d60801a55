import ChaosPlan

/// When the phases really began; an abort or an interrupt brings the recovery forward.
struct PhaseClock {
    private let planned: Phases
    private var sawAny = false
    private var faultsEvent: Nanoseconds?
    private var recoveryEvent: Nanoseconds?

    init(planned: Phases) { self.planned = planned }

    mutating func begin(_ phase: Phase, at time: Nanoseconds) {
        sawAny = true
        switch phase {
        case .baseline: break
        case .faults: faultsEvent = time
        case .recovery: recoveryEvent = time
        }
    }

    /// Nil when the run ended before it. Without any phase events the header's plan stands in.
    var faultsStart: Nanoseconds? { sawAny ? faultsEvent ?? recoveryEvent : planned.faultsStart }
    var recoveryStart: Nanoseconds? { sawAny ? recoveryEvent : planned.faultsEnd }

    func phase(at time: Nanoseconds) -> Phase {
        if let recoveryStart, time >= recoveryStart { return .recovery }
        if let faultsStart, time >= faultsStart { return .faults }
        return .baseline
    }
}
