import ChaosPlan

/// One run, read to its end: everything that metrics are computed from.
struct ScoredRun {
    struct Violation {
        var time: Nanoseconds
        var invariant: String
        var subject: String
        var detail: String

        /// The metric that counts such violations, if one does; worlds may name it by its short name.
        var metric: Metric? {
            switch invariant {
            case "ownership": .ownershipConflicts
            case "order": .outOfOrder
            default: Metric(rawValue: invariant)
            }
        }
    }

    let header: JournalHeader
    let plan: Plan
    let hold: Nanoseconds
    let horizon: Nanoseconds
    let phases: PhaseClock
    let downtime: [DownInterval]
    let tracks: [InstanceTrack]
    let tally: RequestTally
    let deviations: DeviationTally
    /// By start.
    let buffers: [Episodes.Episode]
    /// By start.
    let divergence: [Episodes.Episode]
    let hubLag: Nanoseconds?
    let totals: Totals?
    let diskHighWater: Share?
    let violations: [Violation]
    let mechanisms: [Int]
    let mechanismsUnderFault: [Int]
    let aborts: [String]
    let interrupted: Bool
    let ended: Bool
    let truncated: Bool
    let exposures: ExposureLog
    let alerts: AlertLog

    let attribution: Attribution
    let timelines: [InstanceTimeline]
    /// From the first effective fault until everyone it and its successors hurt is up again; nil without a fault.
    let impact: Range<Nanoseconds>?
    /// Until when requests count as answered under chaos: the faults phase and as much of the recovery as the impact took.
    let faultSpanEnd: Nanoseconds

    init(
        header: JournalHeader, plan: Plan, hold: Nanoseconds, horizon: Nanoseconds, phases: PhaseClock,
        downtime: [DownInterval], tracks: [InstanceTrack], tally: RequestTally, deviations: DeviationTally,
        buffers: [Episodes.Episode], divergence: [Episodes.Episode], hubLag: Nanoseconds?, totals: Totals?,
        diskHighWater: Share?, violations: [Violation], mechanisms: [Int], mechanismsUnderFault: [Int],
        aborts: [String], interrupted: Bool, ended: Bool, truncated: Bool,
        exposures: ExposureLog, alerts: AlertLog
    ) {
        self.header = header
        self.plan = plan
        self.hold = hold
        self.horizon = horizon
        self.phases = phases
        self.downtime = downtime
        self.tracks = tracks
        self.tally = tally
        self.deviations = deviations
        self.buffers = buffers
        self.divergence = divergence
        self.hubLag = hubLag
        self.totals = totals
        self.diskHighWater = diskHighWater
        self.violations = violations
        self.mechanisms = mechanisms
        self.mechanismsUnderFault = mechanismsUnderFault
        self.aborts = aborts
        self.interrupted = interrupted
        self.ended = ended
        self.truncated = truncated
        self.exposures = exposures
        self.alerts = alerts

        let attribution = Attribution(downtime, tracks: tracks, hold: hold)
        let timelines = tracks.indices.map { instance in
            InstanceTimeline(
                attribution.ofInstance[instance].map { attribution.intervals[$0] },
                reverted: tracks[instance].reverted, hold: hold, horizon: horizon)
        }
        let start = tracks.compactMap(\.effective).min()
        impact = start.map { start in
            start..<max(start, timelines.compactMap(\.impactEnd).max() ?? start)
        }
        faultSpanEnd = max(phases.recoveryStart ?? horizon, impact?.upperBound ?? 0)
        self.attribution = attribution
        self.timelines = timelines
    }

    /// Effective for at least nine tenths of its intended time; one without a duration, effective at all.
    func landed(_ instance: Int) -> Bool {
        let track = tracks[instance]
        guard let effective = track.effective else { return false }
        guard let duration = header.faults[instance].duration else { return true }
        let inForce = (track.reverted ?? horizon) - effective
        return Int128(inForce) * 10 >= Int128(duration) * 9
    }

    var landedCount: Int { tracks.indices.filter(landed).count }

    /// Nobody planned a fault, so the whole run stands for what others measure under one.
    var isControl: Bool { header.faults.isEmpty }

    func faultTimes() -> [FaultTimes] {
        let shares = lostAgentSeconds()
        return tracks.indices.map { instance in
            let track = tracks[instance]
            let timeline = timelines[instance]
            let hurt = Set(attribution.ofInstance[instance].map { attribution.intervals[$0].subject }).sorted()
            var times = FaultTimes(
                id: header.faults[instance].id, faultID: header.faults[instance].faultID,
                kind: header.faults[instance].kind, targets: track.targets, commanded: track.commanded,
                effective: track.effective, firstImpact: timeline.firstImpact, detected: track.detected,
                failedOver: track.failedOver, reverted: track.reverted, restored: timeline.restored,
                drained: drained(instance), lostAgentSeconds: shares[instance],
                hurtTargets: hurt.filter(track.subjects.contains),
                hurtOthers: hurt.filter { !track.subjects.contains($0) }, landed: landed(instance))
            times.recovered = timeline.recovered
            return times
        }
    }

    /// Of each instance; downtime that several own is split evenly, so that the shares add up to what was lost.
    private func lostAgentSeconds() -> [Double] {
        var shares = Array(repeating: 0.0, count: tracks.count)
        for (interval, owners) in zip(attribution.intervals, attribution.owners) {
            for owner in owners { shares[owner] += Double(interval.length) / 1e9 / Double(owners.count) }
        }
        return shares
    }

    /// Buffers that left idle under the instance, or within the hold time after it.
    func bufferEpisodes(_ instance: Int) -> [Episodes.Episode] { episodes(buffers, startedUnder: instance) }

    func episodes(_ all: [Episodes.Episode], startedUnder instance: Int) -> [Episodes.Episode] {
        guard let effective = tracks[instance].effective else { return [] }
        var last = horizon
        if let reverted = tracks[instance].reverted {
            // What begins after the heal is its echo, unless another fault has begun meanwhile.
            let next = tracks.compactMap(\.effective).filter { $0 > reverted }.min() ?? .max
            last = min(reverted + hold, next - 1)
        }
        // A week has many: those of one instance are looked up, not searched for.
        var low = 0
        var high = all.count
        while low < high {
            let middle = (low + high) / 2
            if all[middle].start < effective { low = middle + 1 } else { high = middle }
        }
        return Array(all[low...].prefix { $0.start <= last })
    }

    private func drained(_ instance: Int) -> Nanoseconds? {
        let episodes = bufferEpisodes(instance)
        if episodes.isEmpty || episodes.contains(where: { $0.end == nil }) { return nil }
        return episodes.compactMap(\.end).max()
    }
}
