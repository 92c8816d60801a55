import ChaosFleet
import ChaosPlan

extension TelemetryFile {
    /// Tells of a mechanism, in the simulator's words.
    func mechanism(
        _ mechanism: Mechanism, _ role: MechanismEvent.Role, by: String, about: String = "", from: String, to: String
    ) {
        write(
            .mechanism(
                MechanismEvent(mechanism: mechanism, role: role, by: by, about: about, from: from, to: to)))
    }
}

/// Lets one event through in a while: what fires with every request would bury the rest.
struct RateLimit: Sendable {
    private let interval: Nanoseconds
    private var last = Int64.min / 2

    init(_ interval: Nanoseconds) { self.interval = interval }

    mutating func allows(at now: Int64) -> Bool {
        guard now - last >= interval else { return false }
        last = now
        return true
    }
}
