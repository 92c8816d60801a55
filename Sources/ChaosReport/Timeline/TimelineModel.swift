public import ChaosPlan

/// Collects a `Timeline` from a journal in one pass: feed it every record in order, then `finish`.
public struct TimelineModel: Sendable {
    private static let transitionLimit = 200
    private static let violationLimit = 100

    private let header: JournalHeader
    private var timeline: Timeline
    private var uptime: StepBins
    private var success: SuccessBins
    private var fleetLatency: LatencyBins
    private var groupLatency: LatencyBins
    private var fleetWindows = false
    /// Per subject: since when it is down.
    private var downSince: [Nanoseconds?]
    /// Indexed by subject until `finish` orders them.
    private var rows: [Timeline.HeatRow]
    private var faults: [Timeline.FaultBand?]
    private var lanes: [Mechanism: Timeline.MechanismLane] = [:]
    private var disks: [Int: Timeline.DiskLane] = [:]
    private var loads: [Int?: Timeline.LoadLane] = [:]
    private var divergedSince: Nanoseconds?
    private var lastMarks: Set<Timeline.Mark> = []

    public init(header: JournalHeader) {
        self.header = header
        let end = max(1, header.phases.end)
        let points = Timeline.pointCount
        let cells = Timeline.cellCount
        let pointWidth = (end + Nanoseconds(points) - 1) / Nanoseconds(points)
        let cellWidth = (end + Nanoseconds(cells) - 1) / Nanoseconds(cells)
        timeline = Timeline(end: end, observed: 0, pointWidth: pointWidth, cellWidth: cellWidth)
        uptime = StepBins(count: points, width: pointWidth, level: header.subjects.count)
        success = SuccessBins(
            count: points, width: pointWidth, subjects: header.subjects.count, interval: header.requestInterval)
        fleetLatency = LatencyBins(count: points, width: pointWidth)
        groupLatency = LatencyBins(count: points, width: pointWidth)
        downSince = Array(repeating: nil, count: header.subjects.count)
        rows = header.subjects.indices.map {
            Timeline.HeatRow(subject: $0, down: Array(repeating: 0, count: cells), total: 0, outages: 0)
        }
        faults = Array(repeating: nil, count: header.faults.count)
        timeline.detail.quantum = max(.millisecond, end / 1_000_000)
    }

    public mutating func consume(_ record: JournalRecord) {
        let time = record.time
        timeline.observed = max(timeline.observed, time)
        switch record.event {
        case .phase(let phase): timeline.phases.append(Timeline.PhaseStart(phase: phase, start: time))
        case .fault(let event): note(event, at: time)
        case .availability(let subject, let up): note(subject: subject, up: up, at: time)
        case .mechanism(let event): note(event, at: time)
        case .window(let window): note(window, at: time)
        case .subjectWindow(_, let length, let requests, let succeeded):
            success.add(failed: requests - succeeded, length: length, at: time)
        case .violation(let invariant, let subject, let detail):
            timeline.violationCount += 1
            if timeline.violations.count < Self.violationLimit {
                let text = subject.isEmpty ? detail : "\(subject): \(detail)"
                timeline.violations.append(Timeline.Violation(time: time, name: invariant, detail: text))
            }
        case .disk(let host, let used, let level): note(host: host, used: used.fraction, level: level, at: time)
        case .hub(let event): note(event, at: time)
        case .abort(let rule):
            if timeline.abort == nil { timeline.abort = Timeline.Violation(time: time, name: "abort", detail: rule) }
        case .interrupted: timeline.interrupted = timeline.interrupted ?? time
        case .procedure, .totals, .end, .exposure, .audited, .monitored, .alert: break
        case .load(let load): note(load, at: time)
        }
    }

    /// Closes what is still open at the last record and hands the timeline out.
    public mutating func finish() -> Timeline {
        let end = min(timeline.observed, timeline.end)
        uptime.advance(to: end)
        for subject in downSince.indices {
            if let since = downSince[subject] { addDown(subject, from: since, to: end) }
            downSince[subject] = nil
        }
        if let since = divergedSince {
            timeline.diverged.append(Timeline.Span(start: since, end: nil, conflicts: 0))
            divergedSince = nil
        }
        timeline.uptime = uptime.shares(of: header.subjects.count)
        timeline.latency = fleetWindows ? fleetLatency.finish() : groupLatency.finish()
        timeline.success = successSeries(until: end)
        timeline.faults = faults.compactMap(\.self)
        timeline.lanes = Mechanism.allCases.compactMap { lanes[$0] }
        timeline.disks = header.hosts.indices.compactMap { disks[$0] }
        timeline.loads = loads.values.sorted { ($0.host ?? .max) < ($1.host ?? .max) }
        timeline.rows = rows.sorted { place(of: $0.subject) < place(of: $1.subject) }
        return timeline
    }

    private func place(of subject: Int) -> (Int, Int, Int) {
        let entry = header.subjects[subject]
        return (entry.host, entry.group, subject)
    }

    private mutating func successSeries(until end: Nanoseconds) -> [Double?] {
        var worst = success.finish()
        let known = min(worst.count, Int((end + timeline.pointWidth - 1) / timeline.pointWidth))
        if !success.isEmpty || timeline.latency.isEmpty {
            for bin in 0..<known where worst[bin] == nil { worst[bin] = timeline.latency.isEmpty ? nil : 1 }
            return worst
        }
        for window in timeline.latency {
            let first = min(worst.count - 1, Int(window.start / timeline.pointWidth))
            let last = Int((window.start + max(1, window.length) - 1) / timeline.pointWidth)
            for bin in first...max(first, min(worst.count - 1, last)) {
                worst[bin] = min(worst[bin] ?? 1, window.success)
            }
        }
        return worst
    }

    private mutating func note(subject: Int, up: Bool, at time: Nanoseconds) {
        guard downSince.indices.contains(subject), up == (downSince[subject] != nil) else { return }
        if up, let since = downSince[subject] {
            addDown(subject, from: since, to: time)
            downSince[subject] = nil
            uptime.change(by: 1, at: time)
        } else {
            downSince[subject] = time
            rows[subject].outages += 1
            uptime.change(by: -1, at: time)
        }
    }

    private mutating func addDown(_ subject: Int, from start: Nanoseconds, to end: Nanoseconds) {
        let width = timeline.cellWidth
        let cells = Timeline.cellCount
        rows[subject].total += max(0, end - start)
        addOutage(subject, from: start, to: end)
        // Even an outage of no length must show: it happened.
        var at = start
        repeat {
            let cell = min(cells - 1, Int(at / width))
            let edge = cell == cells - 1 ? end : min(end, Nanoseconds(cell + 1) * width)
            let share = max(Float(edge - at) / Float(width), Float.leastNormalMagnitude)
            rows[subject].down[cell] = min(1, rows[subject].down[cell] + share)
            at = max(edge, at + 1)
        } while at < end
    }

    private mutating func addOutage(_ subject: Int, from start: Nanoseconds, to end: Nanoseconds) {
        guard let count = timeline.detail.outages?.count else { return }
        let first = quanta(start)
        let outage = Timeline.Outage(subject: Int32(subject), start: first, end: max(first + 1, quanta(end)))
        if count < Timeline.Detail.limit {
            timeline.detail.outages?.append(outage)
        } else {
            timeline.detail.outages = nil
        }
    }

    private mutating func addMark(_ event: MechanismEvent, at time: Nanoseconds) {
        guard let count = timeline.detail.marks?.count else { return }
        let mark = Timeline.Mark(mechanism: event.mechanism, role: event.role, time: quanta(time))
        // Records come in order, so only marks of this very quantum can be told twice.
        if let last = timeline.detail.marks?.last, last.time != mark.time { lastMarks = [] }
        guard lastMarks.insert(mark).inserted else { return }
        if count < Timeline.Detail.limit { timeline.detail.marks?.append(mark) } else { timeline.detail.marks = nil }
    }

    private func quanta(_ time: Nanoseconds) -> Int32 {
        Int32(clamping: (max(0, time) + timeline.detail.quantum / 2) / timeline.detail.quantum)
    }

    private mutating func note(_ event: FaultEvent, at time: Nanoseconds) {
        guard faults.indices.contains(event.instance) else { return }
        var band =
            faults[event.instance] ?? Timeline.FaultBand(instance: event.instance, targets: [], subjects: [])
        if band.targets.isEmpty { band.targets = event.targets }
        if band.subjects.isEmpty { band.subjects = event.subjects }
        switch event.state {
        case .commanded: band.commanded = time
        case .effective: band.effective = time
        case .reverted: band.reverted = time
        case .failed, .skipped: band.ended = event.state
        case .clean: break
        }
        faults[event.instance] = band
    }

    private mutating func note(_ event: MechanismEvent, at time: Nanoseconds) {
        timeline.transitionCount += 1
        addMark(event, at: time)
        if timeline.transitions.count < Self.transitionLimit {
            timeline.transitions.append(Timeline.Transition(time: time, event: event))
        }
        let cells = Timeline.cellCount
        let cell = min(cells - 1, max(0, Int(time / timeline.cellWidth)))
        lanes[event.mechanism, default: Timeline.MechanismLane(mechanism: event.mechanism, total: 0, cells: [:])]
            .add(event.role, cell: cell)
    }

    private mutating func note(_ window: RequestWindow, at time: Nanoseconds) {
        guard window.kind == .requests else { return }
        if window.group < 0 {
            fleetWindows = true
            fleetLatency.add(window, at: time)
        } else {
            groupLatency.add(window, at: time)
        }
    }

    private mutating func note(host: Int, used: Double, level: DiskLevel, at time: Nanoseconds) {
        let count = Timeline.pointCount
        let bin = min(count - 1, max(0, Int(time / timeline.pointWidth)))
        disks[host, default: Timeline.DiskLane(host: host, used: Array(repeating: nil, count: count), worst: .normal)]
            .add(used, level: level, bin: bin)
    }

    private mutating func note(_ load: HostLoad, at time: Nanoseconds) {
        loads[load.host, default: Timeline.LoadLane(host: load.host)].add(load, at: time, binWidth: timeline.pointWidth)
    }

    private mutating func note(_ event: HubEvent, at time: Nanoseconds) {
        switch event {
        case .diverged: divergedSince = divergedSince ?? time
        case .agreed(let conflicts):
            guard let since = divergedSince else { return }
            timeline.diverged.append(Timeline.Span(start: since, end: time, conflicts: conflicts))
            divergedSince = nil
        case .lag: break
        }
    }
}

extension Timeline.MechanismLane {
    fileprivate mutating func add(_ role: MechanismEvent.Role, cell: Int) {
        total += 1
        cells[role, default: Array(repeating: 0, count: Timeline.cellCount)][cell] += 1
    }
}

extension Timeline.DiskLane {
    fileprivate mutating func add(_ share: Double, level: DiskLevel, bin: Int) {
        used[bin] = max(used[bin] ?? 0, share)
        let order = DiskLevel.allCases
        if (order.firstIndex(of: level) ?? 0) > (order.firstIndex(of: worst) ?? 0) { worst = level }
    }
}
