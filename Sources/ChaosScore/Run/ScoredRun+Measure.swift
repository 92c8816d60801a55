import ChaosPlan

/// One function from an objective to what the run says about it.
extension ScoredRun {
    func measure(_ objective: Objective) -> Measurement {
        guard let selection = SubjectSelection(objective.group, header: header, fleet: plan.fleet) else {
            return .none("nobody in the run is called \(objective.group ?? "")")
        }
        switch objective.metric {
        case .availability: return availability(selection, over: objective.over)
        case .successRatio, .errorRatio:
            if let refusal = noWindows(selection) { return refusal }
            guard let ratio = successRatio(selection, over: objective.over) else { return .none("no request was due") }
            return .value(objective.metric == .successRatio ? ratio : 1 - ratio)
        case .latencyP50: return latency(0.5, selection)
        case .latencyP95: return latency(0.95, selection)
        case .latencyP99: return latency(0.99, selection)
        case .latencyIncrease: return noWindows(selection) ?? latencyIncrease(selection)
        case .goodputAfterHeal: return noWindows(selection) ?? goodputAfterHeal(selection)
        case .discoveryAvailability:
            guard let ratio = Self.ratio(underChaos(.discovery, .whole(header))) else {
                return .none("nobody looked anyone up")
            }
            return .value(ratio)
        case .discoveryLatency:
            guard let latency = underChaos(.discovery, .whole(header)).latency.quantile(0.95) else {
                return .none("no look-up succeeded")
            }
            return .value(Double(latency))
        case .detectTime, .failoverTime, .restoreTime, .recoveryTime, .drainTime, .partitionDetectTime, .agreeTime,
            .rollbackTime, .procedureTime, .timeToAlert:
            return time(of: objective)
        case .credentialExposures: return exposures.measurement
        case .alertPrecision: return alertPrecision()
        case .alertRecall: return alertRecall()
        case .hubLag:
            if let hubLag { return .value(Double(hubLag)) }
            if plan.fleet.hubs.count > 1, totals != nil { return .value(0, note: "no hub lagged by a second") }
            return .none("no hub replicates to another")
        case .cascades:
            guard let cascades = cascades(selection) else { return .none("no fault landed") }
            let names = cascades.prefix(3).map { header.subjects[$0].name }.joined(separator: ", ")
            return .value(Double(cascades.count), note: names + (cascades.count > 3 ? ", …" : ""))
        case .resilienceLoss:
            return .value(resilienceLoss(selection))
        case .deliveryRatio, .amplification, .registered, .diskHighWater, .acknowledgedLoss, .unexpected, .duplicated,
            .outOfOrder, .divergent, .ownershipConflicts, .bufferDropped:
            return total(objective.metric)
        }
    }

    private func latency(_ share: Double, _ selection: SubjectSelection) -> Measurement {
        if let refusal = noWindows(selection) { return refusal }
        guard let latency = underChaos(.requests, selection).latency.quantile(share) else {
            return .none("no request succeeded")
        }
        return .value(Double(latency))
    }

    /// Windows are kept by group: a selection that is no union of groups has none.
    private func noWindows(_ selection: SubjectSelection) -> Measurement? {
        selection.groups?.isEmpty == true ? .none("requests are counted by group only") : nil
    }

    /// Of the totals, which the world counts itself.
    private func total(_ metric: Metric) -> Measurement {
        let seen = violations.filter { $0.metric == metric }.count
        guard let totals else {
            // A run cut short has no totals, but what it saw broken is broken.
            if seen > 0 { return .value(Double(seen), note: "at least, as the journal has no totals") }
            if metric == .diskHighWater, let diskHighWater { return .value(diskHighWater.fraction) }
            return .none("the journal has no totals")
        }
        switch metric {
        case .deliveryRatio:
            if totals.published == 0 { return .none("no message was published") }
            return .value(min(1, Double(totals.delivered) / Double(totals.published)))
        case .amplification:
            if totals.callsNeeded == 0 { return .none("no request needed a call") }
            return .value(Double(totals.callsSent) / Double(totals.callsNeeded) - 1)
        case .registered:
            if header.subjects.isEmpty { return .none("there is nobody to register") }
            return .value(Double(totals.registered) / Double(header.subjects.count))
        case .diskHighWater: return .value((diskHighWater ?? totals.diskHighWater).fraction)
        case .ownershipConflicts: return .value(Double(max(seen, totals.ownershipConflicts)))
        case .acknowledgedLoss: return messages(totals.lost, seen, totals)
        case .unexpected: return messages(totals.unexpected, seen, totals)
        case .duplicated: return messages(totals.duplicated, seen, totals)
        case .outOfOrder: return messages(totals.outOfOrder, seen, totals)
        case .divergent: return messages(totals.divergent, seen, totals)
        case .bufferDropped: return messages(totals.bufferDropped, seen, totals)
        default: preconditionFailure("\(metric.rawValue) is not one of the totals")
        }
    }

    /// Nothing lost of nothing sent shows nothing.
    private func messages(_ count: Int, _ seen: Int, _ totals: Totals) -> Measurement {
        let count = max(count, seen)
        if count == 0, totals.published == 0 { return .none("no message was published") }
        return .value(Double(count))
    }
}
