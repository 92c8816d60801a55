import ChaosPlan

/// Latency, loss, corruption, duplication, reordering and bandwidth of a link.
enum LinkFaults {
    static func keys(of kind: FaultKind) -> [ObjectShape.Key] { TrafficMatch.keys + QueueTreatment.keys(of: kind) }

    static func capabilities(of kind: FaultKind) -> [Capability] {
        QueueTreatment.kinds.contains(kind) ? [DelayEngine.capability] : []
    }

    static func make(_ request: FaultRequest) throws(HostError) -> any HostMechanism {
        guard QueueTreatment.kinds.contains(request.kind) else { throw HostError(.unsupported, "not built yet") }
        return try DelayEngine.make(
            request, match: try TrafficMatch(request.parameters, exempt: request.host.control),
            treatment: QueueTreatment(request.kind, request.parameters, fault: request.id))
    }
}
