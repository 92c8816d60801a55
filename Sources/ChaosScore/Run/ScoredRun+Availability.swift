import ChaosPlan

/// User-uptime (Hauer et al., NSDI '20) over the windows that an objective can name.
extension ScoredRun {
    /// Availability of the selected subjects' chains.
    func availability(_ selection: SubjectSelection, over: Objective.Over) -> Measurement {
        let count = selection.subjects.count
        if count == 0 { return .none("the run has no client chains") }
        if horizon == 0 { return .none("the journal has no history") }
        switch over {
        case .run:
            return .value(share(lost: lost(downtime, of: selection, in: 0..<horizon), of: count, horizon))
        case .window(let window):
            let curve = curve(of: selection)
            guard let worst = curve.worst(window: window) else {
                return .none(
                    "the run of \(Quantity.text(duration: horizon)) is shorter than the window of \(Quantity.text(duration: window))"
                )
            }
            return .value(worst)
        case .impact:
            if isControl { return .none("there was no fault to have an impact") }
            guard let impact else { return .none("no fault became effective") }
            if impact.isEmpty { return .value(1, note: "nobody was hurt") }
            let lost = lost(attribution.intervals, of: selection, in: impact)
            return .value(share(lost: lost, of: count, impact.upperBound - impact.lowerBound))
        case .budget:
            if isControl { return availability(selection, over: .run) }
            let landed = landedCount
            if landed == 0 { return .none("no fault landed") }
            let lost = attribution.intervals.reduce(Int128(0)) {
                selection.contains[$1.subject] ? $0 + Int128($1.length) : $0
            }
            return .value(budget(lost: lost, landed: landed, subjects: count))
        }
    }

    /// 1 − (agent-seconds lost per landed fault × faults an hour) ÷ (3600 s × subjects), not below zero.
    func budget(lost: Int128, landed: Int, subjects: Int) -> Double {
        let perFault = Double(lost) / Double(landed)
        return max(0, 1 - perFault * Double(plan.faultsPerHour) / (Double(Nanoseconds.hour) * Double(subjects)))
    }

    private func share(lost: Int128, of subjects: Int, _ length: Nanoseconds) -> Double {
        1 - Double(lost) / (Double(length) * Double(subjects))
    }

    private func lost(
        _ intervals: [DownInterval], of selection: SubjectSelection, in range: Range<Nanoseconds>
    ) -> Int128 {
        intervals.reduce(Int128(0)) {
            selection.contains[$1.subject]
                ? $0 + Int128($1.overlap(from: range.lowerBound, to: range.upperBound)) : $0
        }
    }

    func curve(of selection: SubjectSelection) -> DowntimeCurve {
        DowntimeCurve(
            downtime.filter { selection.contains[$0.subject] }, subjects: selection.subjects.count, horizon: horizon)
    }

    /// The availability objective that containment is held against: the first for the whole fleet, else the first at all.
    private var availabilityObjective: (over: Objective.Over, min: Double) {
        let candidates = plan.objectives.filter { $0.metric == .availability && !$0.advisory }
        for objective in candidates.filter({ $0.group == nil }) + candidates {
            if case .min(let min) = objective.limit { return (objective.over, min) }
        }
        return (.budget, 0.999)
    }

    /// Subjects whose own chain misses the availability objective through downtime of faults that did not target them;
    /// nil without evidence. In a run without faults everyone is untargeted.
    func cascades(_ selection: SubjectSelection) -> [Int]? {
        let (over, min) = availabilityObjective
        if horizon == 0 { return nil }
        if !isControl, landedCount == 0 { return nil }
        var mine: [Int: [DownInterval]] = [:]
        if isControl {
            for interval in downtime { mine[interval.subject, default: []].append(interval) }
        } else {
            for (index, interval) in attribution.intervals.enumerated() where attribution.untargeted[index] {
                mine[interval.subject, default: []].append(interval)
            }
        }
        return selection.subjects.filter { subject in
            guard let intervals = mine[subject] else { return false }
            return Judge.isBelow(ownAvailability(intervals, over: isControl ? .run : over), min)
        }
    }

    /// Of one chain that was down in `intervals`.
    private func ownAvailability(_ intervals: [DownInterval], over: Objective.Over) -> Double {
        let lost = intervals.reduce(Int128(0)) { $0 + Int128($1.length) }
        switch over {
        case .run: return 1 - Double(lost) / Double(horizon)
        case .budget: return budget(lost: lost, landed: landedCount, subjects: 1)
        case .window(let window):
            let curve = DowntimeCurve(intervals, subjects: 1, horizon: horizon)
            return curve.worst(window: min(window, horizon)) ?? 1
        case .impact:
            guard let impact, !impact.isEmpty else { return 1 }
            let inside = intervals.reduce(Int128(0)) {
                $0 + Int128($1.overlap(from: impact.lowerBound, to: impact.upperBound))
            }
            return 1 - Double(inside) / Double(impact.upperBound - impact.lowerBound)
        }
    }
}
