public import ChaosPlan

/// Turns a journal into a scorecard in one pass, holding what it needs and not the journal: downtime, windows of the
/// recovery phase, and counters. Definitions: `docs/score.md`.
public struct Scorer {
    /// For how long everyone must stay up before a fault counts as recovered from; at least three times the longest
    /// control period would be safe, fifteen seconds is what a hub waits before agents return to it.
    public static let holdTime: Nanoseconds = 15 * .second

    /// The hash to print on the scorecard; `score` sets it, whoever feeds records by hand may.
    public var journalHash = ""
    /// The journal ended within a line.
    public var truncated = false

    private let header: JournalHeader
    private let plan: Plan
    private let hold: Nanoseconds
    private let places: Places

    private var phases: PhaseClock
    private var chains: Chains
    private var tracks: [InstanceTrack]
    /// Instances whose reactions are still listened for.
    private var open: [Int] = []
    private var firstEffective: Nanoseconds?
    private var tally: RequestTally
    private var deviations = DeviationTally()
    private var buffers = Episodes()
    private var divergence = Episodes()
    private var hubLag: Nanoseconds?
    private var totals: Totals?
    private var diskHighWater: Share?
    private var violations: [ScoredRun.Violation] = []
    private var mechanisms = Array(repeating: 0, count: Mechanism.allCases.count)
    private var mechanismsUnderFault = Array(repeating: 0, count: Mechanism.allCases.count)
    private var aborts: [String] = []
    private var interrupted = false
    private var exposures = ExposureLog()
    private var alerts = AlertLog()
    private var ended = false
    private var horizon: Nanoseconds = 0

    /// `plan`: the one the journal was written under; its objectives, expectations and fault rate decide.
    public init(header: JournalHeader, plan: Plan, holdTime: Nanoseconds = Scorer.holdTime) {
        self.header = header
        self.plan = plan
        hold = holdTime
        places = Places(fleet: plan.fleet)
        phases = PhaseClock(planned: header.phases)
        chains = Chains(subjects: header.subjects.count)
        tracks = Array(repeating: InstanceTrack(), count: header.faults.count)
        tally = RequestTally(groups: header.groups.count)
    }

    /// Scores a journal file.
    public static func score(
        journalAt path: String, plan: Plan, holdTime: Nanoseconds = Scorer.holdTime
    ) throws(JournalError) -> Scorecard {
        try score(JournalReader(path: path), plan: plan, holdTime: holdTime)
    }

    /// Scores a journal's bytes.
    public static func score(
        journal bytes: [UInt8], plan: Plan, holdTime: Nanoseconds = Scorer.holdTime
    ) throws(JournalError) -> Scorecard {
        try score(JournalReader(bytes: bytes), plan: plan, holdTime: holdTime)
    }

    /// Scores a journal in memory.
    public static func score(_ journal: Journal, plan: Plan, holdTime: Nanoseconds = Scorer.holdTime) -> Scorecard {
        var scorer = Scorer(header: journal.header, plan: plan, holdTime: holdTime)
        for record in journal.records { scorer.consume(record) }
        scorer.journalHash = journal.hash.text
        return scorer.finish()
    }

    private static func score(
        _ source: consuming JournalReader, plan: Plan, holdTime: Nanoseconds
    ) throws(JournalError) -> Scorecard {
        var reader = source
        var scorer = Scorer(header: reader.header, plan: plan, holdTime: holdTime)
        while let record = try reader.next() { scorer.consume(record) }
        scorer.truncated = reader.truncated
        scorer.journalHash = reader.hash.text
        return scorer.finish()
    }

    /// The next record, in the journal's order. Its indices must be the header's, as the reader ensures.
    public mutating func consume(_ record: JournalRecord) {
        let time = record.time
        horizon = max(horizon, time)
        switch record.event {
        case .availability(let subject, let up): chains.change(subject: subject, up: up, at: time)
        case .subjectWindow(let subject, let length, let requests, let succeeded):
            horizon = max(horizon, time + length)
            deviates(
                DeviationTally.Deviation(subject: subject, requests: requests, succeeded: succeeded, length: length),
                at: time)
        case .window(let window):
            horizon = max(horizon, time + window.length)
            tally.add(window, at: time, in: phases.phase(at: time))
        case .mechanism(let event): consume(event, at: time)
        case .fault(let event): consume(event, at: time)
        case .phase(let phase): phases.begin(phase, at: time)
        case .violation(let invariant, let subject, let detail):
            violations.append(
                ScoredRun.Violation(time: time, invariant: invariant, subject: subject, detail: detail))
        case .disk(_, let used, _): diskHighWater = max(diskHighWater ?? used, used)
        case .procedure(let instance, let took, let succeeded):
            tracks[instance].procedure = (took, succeeded)
        case .hub(.diverged): divergence.begin("", at: time)
        case .hub(.agreed): divergence.end("", at: time)
        case .hub(.lag(let lag)): hubLag = max(hubLag ?? lag, lag)
        case .abort(let rule): aborts.append(rule)
        case .interrupted: interrupted = true
        case .exposure(let exposure): exposures.consume(exposure)
        case .audited(let place, let count): exposures.audited(place, count: count)
        case .monitored: alerts.monitored()
        case .alert(let alert): alerts.consume(alert, at: time)
        // Shown, not judged: what a fleet promises are its answers.
        case .load: break
        case .totals(let totals):
            self.totals = totals
            diskHighWater = max(diskHighWater ?? totals.diskHighWater, totals.diskHighWater)
        case .end: ended = true
        }
    }

    private mutating func consume(_ event: FaultEvent, at time: Nanoseconds) {
        tracks[event.instance].consume(event, at: time, places: places)
        if event.state == .effective {
            firstEffective = firstEffective ?? time
            // An echo of a fault already reverted ends where the next fault begins.
            open.removeAll { tracks[$0].reverted.map { $0 < time } ?? false }
            if !open.contains(event.instance) { open.append(event.instance) }
        }
    }

    private mutating func consume(_ event: MechanismEvent, at time: Nanoseconds) {
        let kind = event.mechanism.position
        mechanisms[kind] += 1
        if firstEffective != nil || header.faults.isEmpty { mechanismsUnderFault[kind] += 1 }
        if event.mechanism == .buffer, event.role == .change {
            if event.to == "idle" { buffers.end(event.by, at: time) } else { buffers.begin(event.by, at: time) }
        }
        if event.role == .change || event.role == .restore { return }
        if event.mechanism == .rollback, event.role == .takeover {
            // A rollback may outlast the rollout it ends by more than the hold time.
            for index in tracks.indices { tracks[index].consume(event, at: time) }
            return
        }
        open.removeAll { tracks[$0].reverted.map { $0 + hold < time } ?? false }
        for instance in open { tracks[instance].consume(event, at: time) }
    }

    private mutating func deviates(_ deviation: DeviationTally.Deviation, at time: Nanoseconds) {
        // Until the first fault a deviation is the baseline's own.
        if let firstEffective {
            if time + deviation.length <= firstEffective { return }
        } else if !header.faults.isEmpty || phases.phase(at: time) == .baseline {
            return
        }
        deviations.add(deviation, at: time, in: phases.phase(at: time))
    }

    /// Everything is known: measure and judge.
    public consuming func finish() -> Scorecard {
        let run = ScoredRun(
            header: header, plan: plan, hold: hold, horizon: horizon, phases: phases,
            downtime: chains.close(at: horizon), tracks: tracks, tally: tally, deviations: deviations,
            buffers: buffers.all, divergence: divergence.all, hubLag: hubLag, totals: totals,
            diskHighWater: diskHighWater, violations: violations, mechanisms: mechanisms,
            mechanismsUnderFault: mechanismsUnderFault, aborts: aborts, interrupted: interrupted, ended: ended,
            truncated: truncated, exposures: exposures, alerts: alerts)
        return run.scorecard(journalHash: journalHash)
    }
}

extension Mechanism {
    /// In `allCases`.
    var position: Int { Self.allCases.firstIndex(of: self)! }
}
