public import ChaosPlan

/// Takes the journal's lines, in order.
public protocol JournalSink: AnyObject {
    func write(_ record: JournalRecord)
}

/// The only path from what clients saw to the journal, in every world: (subject, intended start, end, outcome) in;
/// change records, windows and abort metrics out. Worlds never write availability themselves.
///
/// Calls come in the order of time. The columns are raw memory because a week passes tens of millions of requests through
/// `completed`.
public final class Observer {
    private let sink: any JournalSink
    /// Where single operations are named, if somebody asked for them; worlds tell it of messages themselves.
    public let operations: OperationLog?
    private let columns: UnsafeMutablePointer<SubjectColumn>
    private let subjectCount: Int
    private let groups: UnsafeMutablePointer<GroupWindow>
    /// Requests per group, and one more for discovery look-ups of the whole fleet.
    private let groupCount: Int
    private let histograms: UnsafeMutablePointer<UInt32>
    private let state: UnsafeMutablePointer<State>
    private let windowLength: Nanoseconds
    /// 1 in a run of days: two neighbouring latency buckets are written as one (6 % wide), which halves the journal.
    private let coarseness: Int
    private var checkpoints: [Checkpoint] = []
    private let longestRule: Nanoseconds

    private struct SubjectColumn {
        var group: Int32
        var up = true
        var second: Nanoseconds = 0
        var requests: Int32 = 0
        var succeeded: Int32 = 0
        var allRequests = 0
        var allSucceeded = 0
    }

    private struct GroupWindow {
        var requests = 0
        var succeeded = 0
        var lowest = LatencyHistogram.bucketCount
        var highest = -1
    }

    private struct State {
        var windowStart: Nanoseconds = 0
        var windowEnd: Nanoseconds = 0
        var totals = Totals()
        var down = 0
        /// Agent-nanoseconds of downtime up to `downSince`.
        var downIntegral: Nanoseconds = 0
        var downSince: Nanoseconds = 0
    }

    private struct Checkpoint {
        var time: Nanoseconds
        var downIntegral: Nanoseconds
        var requests: Int
        var succeeded: Int
    }

    public init(header: JournalHeader, plan: Plan, sink: any JournalSink, operations: OperationLog? = nil) {
        self.sink = sink
        self.operations = operations
        subjectCount = header.subjects.count
        groupCount = header.groups.count
        columns = .allocate(capacity: max(1, subjectCount))
        for (index, subject) in header.subjects.enumerated() {
            (columns + index).initialize(to: SubjectColumn(group: Int32(subject.group)))
        }
        groups = .allocate(capacity: groupCount + 1)
        groups.initialize(repeating: GroupWindow(), count: groupCount + 1)
        histograms = .allocate(capacity: (groupCount + 1) * LatencyHistogram.bucketCount)
        histograms.initialize(repeating: 0, count: (groupCount + 1) * LatencyHistogram.bucketCount)
        state = .allocate(capacity: 1)
        state.initialize(to: State())
        // Fine enough to see a fault in a scenario of minutes, coarse enough to keep a week under 100 MB.
        let run = plan.phases.end
        windowLength = run <= 30 * .minute ? 5 * .second : run <= 6 * .hour ? 15 * .second : .minute
        coarseness = run > 24 * .hour ? 1 : 0
        state.pointee.windowEnd = windowLength
        longestRule = plan.safety.abortWhen.map(\.over).max() ?? 0
        checkpoints = [Checkpoint(time: 0, downIntegral: 0, requests: 0, succeeded: 0)]
    }

    deinit {
        columns.deallocate()
        groups.deallocate()
        histograms.deallocate()
        state.deallocate()
    }

    /// Totals that the world adds its own counts to before the run ends.
    public var totals: Totals {
        // In place: counting one message must not copy them all.
        _read { yield state.pointee.totals }
        _modify { yield &state.pointee.totals }
    }

    // MARK: Operations

    /// A client's request ended, well or not (an error, or its timeout), at `end`; latency counts from the intended start.
    @inline(__always)
    public func completed(subject: Int, intended: Nanoseconds, end: Nanoseconds, succeeded: Bool) {
        if end >= state.pointee.windowEnd { closeWindows(now: end) }
        operations?.request(subject: subject, intended: intended, end: end, succeeded: succeeded)
        let column = columns + subject
        if end &- column.pointee.second >= .second { startSecond(subject, end) }
        column.pointee.requests &+= 1
        column.pointee.allRequests &+= 1
        let group = Int(column.pointee.group)
        groups[group].requests &+= 1
        state.pointee.totals.requests &+= 1
        if succeeded {
            column.pointee.succeeded &+= 1
            column.pointee.allSucceeded &+= 1
            groups[group].succeeded &+= 1
            state.pointee.totals.succeeded &+= 1
            record(latency: end &- intended, group: group)
        }
        if succeeded != column.pointee.up { change(subject, up: succeeded, now: end) }
    }

    /// Of one client since the start of the run.
    public func counts(of subject: Int) -> (requests: Int, succeeded: Int) {
        (columns[subject].allRequests, columns[subject].allSucceeded)
    }

    /// A request was due and could not even be sent: a failure at its intended start.
    public func unsent(subject: Int, intended: Nanoseconds) {
        state.pointee.totals.unsent += 1
        completed(subject: subject, intended: intended, end: intended, succeeded: false)
    }

    /// A look-up of where an agent lives ended.
    public func discovered(asked: Nanoseconds, end: Nanoseconds, succeeded: Bool) {
        if end >= state.pointee.windowEnd { closeWindows(now: end) }
        groups[groupCount].requests += 1
        if succeeded {
            groups[groupCount].succeeded += 1
            record(latency: end - asked, group: groupCount)
        }
    }

    // MARK: Everything else that happens

    public func phase(_ phase: Phase, now: Nanoseconds) {
        // A window belongs to one phase only.
        closeWindows(now: now)
        state.pointee.windowStart = now
        write(now, .phase(phase))
    }

    public func fault(
        _ instance: Int, _ state: FaultEvent.State, evidence: String, targets: [String], subjects: [Int],
        now: Nanoseconds
    ) {
        write(
            now,
            .fault(
                FaultEvent(
                    instance: instance, state: state, evidence: evidence, targets: targets, subjects: subjects)))
    }

    public func mechanism(
        _ mechanism: Mechanism, _ role: MechanismEvent.Role, by: String, about: String, from: String, to: String,
        now: Nanoseconds
    ) {
        write(
            now,
            .mechanism(
                MechanismEvent(mechanism: mechanism, role: role, by: by, about: about, from: from, to: to)))
    }

    public func violation(_ invariant: String, subject: String, detail: String, now: Nanoseconds) {
        write(now, .violation(invariant: invariant, subject: subject, detail: detail))
    }

    public func disk(host: Int, used: Share, level: DiskLevel, now: Nanoseconds) {
        write(now, .disk(host: host, used: used, level: level))
    }

    public func procedure(_ instance: Int, took: Nanoseconds, succeeded: Bool, now: Nanoseconds) {
        write(now, .procedure(instance: instance, took: took, succeeded: succeeded))
    }

    public func hub(_ event: HubEvent, now: Nanoseconds) { write(now, .hub(event)) }

    public func abort(rule: String, now: Nanoseconds) { write(now, .abort(rule: rule)) }

    public func interrupted(now: Nanoseconds) { write(now, .interrupted) }

    public func exposure(_ exposure: Exposure, now: Nanoseconds) { write(now, .exposure(exposure)) }

    /// An audit looked at so many processes or files.
    public func audited(_ place: Exposure.Place, count: Int, now: Nanoseconds) {
        write(now, .audited(place, count: count))
    }

    public func monitored(by monitor: String, now: Nanoseconds) { write(now, .monitored(by: monitor)) }

    public func alert(_ alert: AlertEvent, now: Nanoseconds) { write(now, .alert(alert)) }

    public func load(_ load: HostLoad, now: Nanoseconds) { write(now, .load(load)) }

    public func finish(now: Nanoseconds) {
        // What ended at the very last instant may have opened a window of its own.
        closeWindows(now: state.pointee.windowStart < now ? now : now + 1)
        for subject in 0..<subjectCount { flushSecond(subject) }
        write(now, .totals(state.pointee.totals))
        write(now, .end)
    }

    // MARK: Abort metrics

    /// Remembers how things stand now, for rules that will look back to here. To be asked in order of time.
    public func checkpoint(now: Nanoseconds) {
        guard checkpoints.last!.time < now else { return }
        let totals = state.pointee.totals
        checkpoints.append(
            Checkpoint(
                time: now, downIntegral: downIntegral(now), requests: totals.requests, succeeded: totals.succeeded))
        let keep = checkpoints.lastIndex { $0.time <= now - longestRule } ?? 0
        if keep > 64 { checkpoints.removeFirst(keep) }
    }

    /// Whether a safety rule is broken now, over its window up to now. A window reaches back to a checkpoint.
    public func violates(_ rule: AbortRule, now: Nanoseconds) -> Bool {
        let integral = downIntegral(now)
        checkpoint(now: now)
        guard let past = checkpoints.last(where: { $0.time <= now - rule.over }) else { return false }
        switch rule.metric {
        case .availability:
            let total = (now - past.time) * Nanoseconds(subjectCount)
            guard total > 0 else { return false }
            let up = Double(total - (integral - past.downIntegral)) / Double(total)
            return up < rule.below.fraction
        case .successRatio:
            let requests = state.pointee.totals.requests - past.requests
            guard requests > 0 else { return false }
            let succeeded = state.pointee.totals.succeeded - past.succeeded
            return Double(succeeded) / Double(requests) < rule.below.fraction
        }
    }

    private func downIntegral(_ now: Nanoseconds) -> Nanoseconds {
        state.pointee.downIntegral + Nanoseconds(state.pointee.down) * (now - state.pointee.downSince)
    }

    // MARK: Windows

    @inline(__always)
    private func record(latency: Nanoseconds, group: Int) {
        let bucket = LatencyHistogram.bucket(of: latency)
        histograms[group &* LatencyHistogram.bucketCount &+ bucket] &+= 1
        if bucket < groups[group].lowest { groups[group].lowest = bucket }
        if bucket > groups[group].highest { groups[group].highest = bucket }
    }

    private func change(_ subject: Int, up: Bool, now: Nanoseconds) {
        state.pointee.downIntegral = downIntegral(now)
        state.pointee.downSince = now
        state.pointee.down += up ? -1 : 1
        columns[subject].up = up
        write(now, .availability(subject: subject, up: up))
    }

    private func startSecond(_ subject: Int, _ now: Nanoseconds) {
        flushSecond(subject)
        columns[subject].second = now - now % .second
    }

    private func flushSecond(_ subject: Int) {
        let column = columns[subject]
        if column.succeeded < column.requests {
            write(
                column.second,
                .subjectWindow(
                    subject: subject, length: .second, requests: Int(column.requests),
                    succeeded: Int(column.succeeded)))
        }
        columns[subject].requests = 0
        columns[subject].succeeded = 0
    }

    @inline(never)
    private func closeWindows(now: Nanoseconds) {
        let start = state.pointee.windowStart
        let end = min(state.pointee.windowEnd, now)
        if end > start {
            for group in 0...groupCount where groups[group].requests > 0 {
                write(start, .window(window(of: group, length: end - start)))
                groups[group] = GroupWindow()
            }
        }
        state.pointee.windowStart = now >= state.pointee.windowEnd ? now - now % windowLength : now
        state.pointee.windowEnd = now - now % windowLength + windowLength
    }

    private func window(of group: Int, length: Nanoseconds) -> RequestWindow {
        let cells = histograms + group * LatencyHistogram.bucketCount
        var latency: [BucketCount] = []
        let summary = groups[group]
        if summary.highest >= 0 {
            for bucket in summary.lowest...summary.highest where cells[bucket] > 0 {
                // The upper of two neighbours stands for both where windows are coarse: never too fast a latency.
                let written = bucket | coarseness
                if let last = latency.last, last.bucket == written {
                    latency[latency.count - 1].count += Int(cells[bucket])
                } else {
                    latency.append(BucketCount(bucket: written, count: Int(cells[bucket])))
                }
                cells[bucket] = 0
            }
        }
        return RequestWindow(
            kind: group == groupCount ? .discovery : .requests, group: group == groupCount ? -1 : group,
            length: length, requests: summary.requests, succeeded: summary.succeeded, latency: latency)
    }

    /// A window's line comes before any line of its end or later, whosever request closed it.
    private func write(_ now: Nanoseconds, _ event: JournalEvent) {
        if now >= state.pointee.windowEnd { closeWindows(now: now) }
        sink.write(JournalRecord(time: now, event: event))
    }
}
