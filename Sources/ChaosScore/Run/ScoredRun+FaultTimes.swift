import ChaosPlan

/// The times of one fault instance, as measurements: nanoseconds, or a lower bound where nobody waited long enough.
extension ScoredRun {
    func time(_ metric: Metric, of instance: Int) -> Measurement {
        let track = tracks[instance]
        let id = header.faults[instance].id
        guard let effective = track.effective else { return .none("\(id) did not become effective") }
        /// Reactions are owed only while the fault is in force.
        let watched = min(track.reverted ?? horizon, horizon) - effective
        switch metric {
        case .detectTime: return reaction(track.detected, since: effective, watched: watched, id)
        case .failoverTime: return reaction(track.failedOver, since: effective, watched: watched, id)
        case .partitionDetectTime: return reaction(track.partitionDetected, since: effective, watched: watched, id)
        case .restoreTime: return restoreTime(instance, id)
        case .recoveryTime: return recoveryTime(instance, id)
        case .drainTime:
            let episodes = bufferEpisodes(instance)
            if episodes.isEmpty { return .none("no buffer left idle under \(id)") }
            return end(of: episodes, instance, id)
        case .agreeTime: return agreeTime(instance, id)
        case .rollbackTime:
            guard let trigger = track.rollbackTrigger else { return .none("no rollback was triggered under \(id)") }
            guard let done = track.rolledBack else {
                return .atLeast(Double(horizon - trigger.time), note: id)
            }
            return .value(Double(done - trigger.time), note: id)
        case .procedureTime:
            guard let procedure = track.procedure else { return rollout(instance, effective, id) }
            if !procedure.succeeded { return .failed(Double(procedure.took), note: "\(id) failed") }
            return .value(Double(procedure.took), note: id)
        case .timeToAlert: return timeToAlert(of: instance, effective: effective, id)
        default: preconditionFailure("\(metric.rawValue) is not the time of a fault")
        }
    }

    /// A rollout that wrote no procedure line (cut short, or by a world that writes none) is done when it ends by itself,
    /// before the recovery phase ends it.
    private func rollout(_ instance: Int, _ effective: Nanoseconds, _ id: String) -> Measurement {
        let track = tracks[instance]
        let last = track.reverted ?? horizon
        guard header.faults[instance].kind == FaultKind.rollingRestart.rawValue else {
            return .atLeast(Double(horizon - effective), note: id)
        }
        if track.rollbackTrigger != nil { return .failed(Double(last - effective), note: "\(id) was rolled back") }
        if let reverted = track.reverted, reverted < phases.recoveryStart ?? horizon {
            return .value(Double(reverted - effective), note: id)
        }
        return .atLeast(Double(last - effective), note: id)
    }

    private func reaction(
        _ time: Nanoseconds?, since effective: Nanoseconds, watched: Nanoseconds, _ id: String
    ) -> Measurement {
        guard let time else { return .atLeast(Double(watched), note: id) }
        return .value(Double(time - effective), note: id)
    }

    private func restoreTime(_ instance: Int, _ id: String) -> Measurement {
        guard let first = timelines[instance].firstImpact else { return .value(0, note: "\(id) hurt nobody") }
        guard let restored = timelines[instance].restored else { return .atLeast(Double(horizon - first), note: id) }
        return .value(Double(restored - first), note: id)
    }

    private func recoveryTime(_ instance: Int, _ id: String) -> Measurement {
        guard let reverted = tracks[instance].reverted else { return .none("\(id) was not reverted") }
        guard let recovered = timelines[instance].recovered else {
            return .atLeast(Double(horizon - reverted), note: id)
        }
        return .value(Double(recovered - reverted), note: id)
    }

    /// Of the last of `episodes`, after the instance's revert.
    private func end(of episodes: [Episodes.Episode], _ instance: Int, _ id: String) -> Measurement {
        guard let reverted = tracks[instance].reverted else { return .none("\(id) was not reverted") }
        if episodes.contains(where: { $0.end == nil }) { return .atLeast(Double(horizon - reverted), note: id) }
        let last = episodes.compactMap(\.end).max() ?? reverted
        return .value(Double(max(0, last - reverted)), note: id)
    }

    /// Differences that began before the fault and outlast it count too: what disagrees at the heal has to be merged.
    private func agreeTime(_ instance: Int, _ id: String) -> Measurement {
        guard let reverted = tracks[instance].reverted else { return .none("\(id) was not reverted") }
        let outlasting = divergence.filter { $0.start < reverted && ($0.end ?? .max) > reverted }
        let episodes = episodes(divergence, startedUnder: instance) + outlasting
        if !episodes.isEmpty { return end(of: episodes, instance, id) }
        if header.faults[instance].kind == FaultKind.partition.rawValue, landed(instance) {
            return .value(0, note: "the hubs never differed under \(id)")
        }
        return .none("the hubs never differed under \(id)")
    }

    /// Over the instances of a fault: the worst, or the statistic asked for.
    func time(of objective: Objective) -> Measurement {
        guard let fault = objective.of else { return .none("it names no fault") }
        let instances = header.faults.indices.filter {
            header.faults[$0].faultID == fault || header.faults[$0].id == fault
        }
        if instances.isEmpty { return .none("the journal has no fault \(fault)") }
        var reasons: [String] = []
        var times: [(value: Double, censored: Bool, note: String)] = []
        for instance in instances {
            switch time(objective.metric, of: instance) {
            case .value(let value, let note): times.append((value, false, note))
            case .atLeast(let value, let note): times.append((value, true, note))
            case .failed(let value, let note): return .failed(value, note: note)
            case .none(let reason): reasons.append(reason)
            }
        }
        if times.isEmpty { return .none(reasons[0]) }
        // Which instance it was need not be said when there is only one.
        if instances.count == 1, times[0].note == header.faults[instances[0]].id { times[0].note = "" }
        return Self.combine(times, objective)
    }

    private static func combine(
        _ times: [(value: Double, censored: Bool, note: String)], _ objective: Objective
    ) -> Measurement {
        if times.count == 1 {
            return times[0].censored
                ? .atLeast(times[0].value, note: times[0].note) : .value(times[0].value, note: times[0].note)
        }
        switch objective.statistic {
        case .worst: return worst(times, objective.limit)
        case .mean:
            let mean = times.reduce(0) { $0 + $1.value } / Double(times.count)
            let note = "mean of \(times.count)"
            return times.contains { $0.censored } ? .atLeast(mean, note: note) : .value(mean, note: note)
        case .median:
            let estimate = KaplanMeier(times.map { .init(time: $0.value, censored: $0.censored) })
            let note = "median of \(times.count)"
            if let median = estimate.median { return .value(median, note: note) }
            return .atLeast(times.map(\.value).max() ?? 0, note: note)
        }
    }

    /// A miss that is sure comes first, then one that may be, then the largest value.
    private static func worst(
        _ times: [(value: Double, censored: Bool, note: String)], _ limit: Objective.Limit
    ) -> Measurement {
        switch limit {
        case .max(let limit):
            let late = times.filter(\.censored).max { $0.value < $1.value }
            let slow = times.filter { !$0.censored }.max { $0.value < $1.value }
            if let late, Judge.isAbove(late.value, limit) { return .atLeast(late.value, note: late.note) }
            if let slow, Judge.isAbove(slow.value, limit) { return .value(slow.value, note: slow.note) }
            if let late { return .atLeast(late.value, note: late.note) }
            return .value(slow!.value, note: slow!.note)
        case .min:
            // The quickest is the worst; a lower bound that is the lowest leaves it open.
            let first = times.min { ($0.value, $0.censored ? 1 : 0) < ($1.value, $1.censored ? 1 : 0) }!
            return first.censored
                ? .atLeast(first.value, note: first.note) : .value(first.value, note: first.note)
        }
    }
}
