import ChaosPlan

/// Whether probes from outside a fault's mechanism saw its effect. Pure.
enum ProofOfEffect {
    struct Finding: Hashable {
        /// Nil if the probes could not tell (an unreachable far end before the fault, no probes).
        var isProven: Bool?
        var text: String
    }

    static func judge(kind: FaultKind, parameters: Value, before: [ProbeResult], after: [ProbeResult]) -> Finding {
        Finding(isProven: nil, text: "no probes")
    }
}
