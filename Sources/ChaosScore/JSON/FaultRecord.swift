internal import ChaosPlan

/// One fault instance's timeline in `scorecard.json`; instants count from the start of the run.
struct FaultRecord: Codable {
    var id: String
    var faultId: String
    var kind: String
    var targets: [String]
    var commandedNs: Int64?
    var effectiveNs: Int64?
    var firstImpactNs: Int64?
    var detectedNs: Int64?
    var failedOverNs: Int64?
    var revertedNs: Int64?
    var restoredNs: Int64?
    var recoveredNs: Int64?
    var drainedNs: Int64?
    var lostAgentSeconds: Double
    var hurtTargets: [Int]
    var hurtOthers: [Int]
    var landed: Bool

    init(_ times: FaultTimes) {
        id = times.id
        faultId = times.faultID
        kind = times.kind
        targets = times.targets
        commandedNs = times.commanded
        effectiveNs = times.effective
        firstImpactNs = times.firstImpact
        detectedNs = times.detected
        failedOverNs = times.failedOver
        revertedNs = times.reverted
        restoredNs = times.restored
        recoveredNs = times.recovered
        drainedNs = times.drained
        lostAgentSeconds = times.lostAgentSeconds
        hurtTargets = times.hurtTargets
        hurtOthers = times.hurtOthers
        landed = times.landed
    }

    var times: FaultTimes {
        var times = FaultTimes(
            id: id, faultID: faultId, kind: kind, targets: targets, commanded: commandedNs, effective: effectiveNs,
            firstImpact: firstImpactNs, detected: detectedNs, failedOver: failedOverNs, reverted: revertedNs,
            restored: restoredNs, drained: drainedNs, lostAgentSeconds: lostAgentSeconds, hurtTargets: hurtTargets,
            hurtOthers: hurtOthers, landed: landed)
        times.recovered = recoveredNs
        return times
    }
}
