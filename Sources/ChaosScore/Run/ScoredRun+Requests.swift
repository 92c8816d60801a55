import ChaosPlan

/// What the request windows say. *Under chaos* means: windows of the faults phase, and those of the recovery phase that
/// start before everyone hurt is up again. A longer recovery adds none, so it changes no score.
extension ScoredRun {
    func underChaos(_ kind: RequestWindow.Kind, _ selection: SubjectSelection) -> RequestTally.Cell {
        var cell = tally.sum(kind, .faults, groups: selection.groups)
        cell.add(tally.recovery(kind, groups: selection.groups, before: faultSpanEnd))
        return cell
    }

    func successRatio(_ selection: SubjectSelection, over: Objective.Over) -> Double? {
        if over == .run {
            if selection.groups == nil, let totals, totals.requests > 0 {
                return Double(totals.succeeded) / Double(totals.requests)
            }
            var cell = tally.sum(.requests, .baseline, groups: selection.groups)
            cell.add(tally.sum(.requests, .faults, groups: selection.groups))
            cell.add(tally.recovery(.requests, groups: selection.groups, before: .max))
            return Self.ratio(cell)
        }
        return Self.ratio(underChaos(.requests, selection))
    }

    static func ratio(_ cell: RequestTally.Cell) -> Double? {
        cell.requests == 0 ? nil : Double(cell.succeeded) / Double(cell.requests)
    }

    /// p95 of the faults phase over the baseline's, minus one.
    func latencyIncrease(_ selection: SubjectSelection) -> Measurement {
        guard let before = tally.sum(.requests, .baseline, groups: selection.groups).latency.quantile(0.95) else {
            return .none("no request succeeded in the baseline phase")
        }
        guard let under = tally.sum(.requests, .faults, groups: selection.groups).latency.quantile(0.95) else {
            return .none("no request succeeded in the faults phase")
        }
        return .value(
            Double(under) / Double(before) - 1,
            note: "p95 \(Quantity.text(duration: under)) after \(Quantity.text(duration: before))")
    }

    /// Successful requests a second in the last third of the recovery phase, as a share of the baseline's.
    func goodputAfterHeal(_ selection: SubjectSelection) -> Measurement {
        let before = tally.sum(.requests, .baseline, groups: selection.groups)
        guard let baseline = phases.faultsStart, baseline > 0, before.succeeded > 0 else {
            return .none("no request succeeded in the baseline phase")
        }
        guard let start = phases.recoveryStart, horizon > start else { return .none("there was no recovery phase") }
        let from = horizon - (horizon - start) / 3
        guard horizon > from else { return .none("the recovery phase was too short") }
        let after = tally.goodput(groups: selection.groups, from: from, to: horizon) / Double(horizon - from)
        return .value(after / (Double(before.succeeded) / Double(baseline)))
    }

    /// Bruneau et al. 2003's area between normal and actual quality, in agent-seconds: over the seconds in which a subject
    /// deviated, its group's success ratio of the baseline minus its own. Where requests are rarer than one a second, a
    /// deviating second stands for the time between two of them.
    func resilienceLoss(_ selection: SubjectSelection) -> Double {
        let normal = header.groups.indices.map { group in
            Self.ratio(tally.sum(.requests, .baseline, groups: [group]))
                ?? Self.ratio(tally.sum(.requests, .baseline, groups: nil)) ?? 1
        }
        var loss = 0.0
        for (deviation, count) in deviations.sorted(before: faultSpanEnd)
        where selection.contains[deviation.subject] && deviation.requests > 0 {
            let quality = Double(deviation.succeeded) / Double(deviation.requests)
            let drop = max(0, normal[header.subjects[deviation.subject].group] - quality)
            let seconds = Double(max(deviation.length, header.requestInterval)) / 1e9
            loss += drop * seconds * Double(count)
        }
        return loss
    }
}
