package import ChaosFleet
package import ChaosPlan

/// When one client's requests are due, from the start: fixed before the run, and nothing that happens in it moves them.
package enum Schedule: Sendable {
    case arrivals(Arrivals)
    case constant(phase: Nanoseconds, interval: Nanoseconds)

    /// Never before the (k-1)-th.
    package subscript(k: Int) -> Nanoseconds {
        switch self {
        case .arrivals(let arrivals): arrivals[k]
        case .constant(let phase, let interval): phase + Nanoseconds(k) * interval
        }
    }
}
