/// Something in a fleet that is allowed but likely to hurt, with its numbers.
public struct FleetWarning: Hashable, Sendable, CustomStringConvertible {
    public enum Topic: String, CaseIterable, Hashable, Sendable {
        case callCycle = "call-cycle"
        case callTimeout = "call-timeout"
        case amplification
        case breakerNeverOpens = "breaker-never-opens"
        case singlePointOfFailure = "single-point-of-failure"
        case load
    }

    public var topic: Topic
    public var message: String

    public init(topic: Topic, message: String) {
        self.topic = topic
        self.message = message
    }

    public var description: String { "warning: \(message) [\(topic.rawValue)]" }
}

/// What is likely to hurt in this fleet under this load. Expected values, not simulation; used for advice only.
public func fleetWarnings(_ fleet: Fleet, _ workload: Workload) -> [FleetWarning] {
    let load = ExpectedLoad(fleet: fleet, workload: workload)
    return CallPathWarnings(fleet: fleet, workload: workload).all + LoadWarnings(fleet: fleet, load: load).all
        + DependencyWarnings(fleet: fleet).all
}
