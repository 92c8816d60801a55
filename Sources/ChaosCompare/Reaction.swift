import ChaosPlan

/// What a mechanism did to whom, without the instant: the thing that is counted with and without a fault.
struct Reaction: Hashable {
    var mechanism: Mechanism
    var role: MechanismEvent.Role
    var by: String
    var about: String
    var to: String

    init(_ event: MechanismEvent) {
        mechanism = event.mechanism
        role = event.role
        by = event.by
        about = event.about
        // The broker's lines carry a count, which would make each of them a reaction of its own.
        to = event.mechanism == .redelivery ? "" : event.to
    }
}
