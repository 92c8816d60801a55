internal import ChaosPlan

/// The run's totals in `scorecard.json`.
struct TotalsRecord: Codable {
    var requests: Int
    var succeeded: Int
    var unsent: Int
    var callsNeeded: Int
    var callsSent: Int
    var published: Int
    var acknowledged: Int
    var indeterminate: Int
    var delivered: Int
    var redelivered: Int
    var lostPrefix: Int
    var lostMiddle: Int
    var lostPostfix: Int
    var unexpected: Int
    var duplicated: Int
    var outOfOrder: Int
    var divergent: Int
    var bufferDropped: Int
    var bufferHighWater: Int
    var ownershipConflicts: Int
    var registered: Int
    var diskHighWaterPpm: Int64

    init(_ totals: Totals) {
        requests = totals.requests
        succeeded = totals.succeeded
        unsent = totals.unsent
        callsNeeded = totals.callsNeeded
        callsSent = totals.callsSent
        published = totals.published
        acknowledged = totals.acknowledged
        indeterminate = totals.indeterminate
        delivered = totals.delivered
        redelivered = totals.redelivered
        lostPrefix = totals.lostPrefix
        lostMiddle = totals.lostMiddle
        lostPostfix = totals.lostPostfix
        unexpected = totals.unexpected
        duplicated = totals.duplicated
        outOfOrder = totals.outOfOrder
        divergent = totals.divergent
        bufferDropped = totals.bufferDropped
        bufferHighWater = totals.bufferHighWater
        ownershipConflicts = totals.ownershipConflicts
        registered = totals.registered
        diskHighWaterPpm = totals.diskHighWater.partsPerMillion
    }

    var totals: Totals {
        var totals = Totals()
        totals.requests = requests
        totals.succeeded = succeeded
        totals.unsent = unsent
        totals.callsNeeded = callsNeeded
        totals.callsSent = callsSent
        totals.published = published
        totals.acknowledged = acknowledged
        totals.indeterminate = indeterminate
        totals.delivered = delivered
        totals.redelivered = redelivered
        totals.lostPrefix = lostPrefix
        totals.lostMiddle = lostMiddle
        totals.lostPostfix = lostPostfix
        totals.unexpected = unexpected
        totals.duplicated = duplicated
        totals.outOfOrder = outOfOrder
        totals.divergent = divergent
        totals.bufferDropped = bufferDropped
        totals.bufferHighWater = bufferHighWater
        totals.ownershipConflicts = ownershipConflicts
        totals.registered = registered
        totals.diskHighWater = Share(partsPerMillion: diskHighWaterPpm)
        return totals
    }
}
