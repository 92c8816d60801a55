import ChaosPlan

extension ScoredRun {
    /// Measures every objective and rules on the run.
    func scorecard(journalHash: String) -> Scorecard {
        let entries = plan.objectives.map { objective in
            if objective.isElsewhere(in: header.world) { return Ruling.Entry.elsewhere(objective) }
            return Ruling.Entry(objective: objective, measurement: measure(objective), evidence: 1, interval: nil)
        }
        let inconclusive = inconclusiveReasons()
        let ruling = Ruling(entries, broken: brokenInvariants(), inconclusive: inconclusive)
        var card = Scorecard(
            scenario: header.scenario, fleet: plan.fleet.name, seeds: [header.seed], planDigest: header.planDigest,
            fleetDigest: header.fleetDigest, world: header.world, version: header.version, verdict: ruling.verdict,
            score: ruling.score, coverage: ruling.coverage, objectives: ruling.results,
            findings: ruling.brokenInvariants + [ruling.capFinding].compactMap { $0 } + inconclusive,
            faults: faultTimes(), facts: facts(), journalHash: journalHash)
        card.brokenInvariants = ruling.brokenInvariants
        card.inconclusiveReasons = inconclusive
        return card
    }

    /// Violations that the world saw, one sentence per invariant. Where the plan sets the metric a limit, that objective
    /// decides and not the mere sight. Duplicates are no broken promise by themselves: delivery is at least once.
    private func brokenInvariants() -> [String] {
        var order: [String] = []
        var seen: [String: [Violation]] = [:]
        for violation in violations {
            if let metric = violation.metric {
                // An advisory objective decides nothing, so it takes no invariant's place either.
                let isLimited = plan.objectives.contains { $0.metric == metric && !$0.advisory }
                if metric == .duplicated || isLimited { continue }
            }
            if seen[violation.invariant] == nil { order.append(violation.invariant) }
            seen[violation.invariant, default: []].append(violation)
        }
        return order.map { name in
            let all = seen[name]!
            let more = all.count > 1 ? ", \(all.count) times in all" : ""
            return
                "Invariant \(name) broke at \(Quantity.text(duration: all[0].time)) for \(all[0].subject): \(all[0].detail)\(more)."
        }
    }

    private func inconclusiveReasons() -> [String] {
        var reasons: [String] = []
        if truncated { reasons.append("The journal ends within a line: the run or its writer died.") }
        if !ended, !truncated { reasons.append("The journal has no end event: the run did not finish.") }
        for rule in aborts { reasons.append("A safety rule ended the run early: \(rule).") }
        if interrupted { reasons.append("The operator interrupted the run.") }
        reasons += unlanded()
        for mechanism in plan.expect where mechanismsUnderFault[mechanism.position] == 0 {
            reasons.append("The plan expects \(mechanism.rawValue), which never fired.")
        }
        return reasons
    }

    /// One sentence per planned fault, because a week's worth of repeats fails alike.
    private func unlanded() -> [String] {
        var order: [String] = []
        var missing: [String: [Int]] = [:]
        var planned: [String: Int] = [:]
        var sentences: [String] = []
        for instance in tracks.indices {
            let fault = header.faults[instance].faultID
            planned[fault, default: 0] += 1
            if !landed(instance) {
                if missing[fault] == nil { order.append(fault) }
                missing[fault, default: []].append(instance)
            }
            if tracks[instance].effective != nil, tracks[instance].reverted == nil, let why = tracks[instance].failure {
                sentences.append("Fault \(header.faults[instance].id) was not reverted: \(why).")
            }
        }
        for fault in order {
            let instances = missing[fault]!
            let first = instances[0]
            let count = planned[fault]! > 1 ? " (\(instances.count) of \(planned[fault]!) instances)" : ""
            sentences.append("Fault \(header.faults[first].id) did not land\(count): \(whyUnlanded(first)).")
        }
        return sentences
    }

    private func whyUnlanded(_ instance: Int) -> String {
        let track = tracks[instance]
        if let effective = track.effective, let duration = header.faults[instance].duration {
            let inForce = (track.reverted ?? horizon) - effective
            return "it was in force for \(Quantity.text(duration: inForce)) of \(Quantity.text(duration: duration))"
        }
        if let failure = track.failure { return failure.isEmpty ? "it could not be injected" : failure }
        if let skipped = track.skipped { return skipped.isEmpty ? "it was skipped" : skipped }
        return track.commanded == nil ? "it was never due" : "its effect was never seen"
    }

    func facts() -> Facts {
        var facts = Facts()
        let fleet = SubjectSelection.whole(header)
        facts.duration = horizon
        facts.availability = availability(fleet, over: .run).number ?? 1
        facts.availabilityImpact = availability(fleet, over: .impact).number
        facts.availabilityBudget = availability(fleet, over: .budget).number
        facts.successRatio = successRatio(fleet, over: .run) ?? 1
        let latency = underChaos(.requests, fleet).latency
        facts.latencyP50 = latency.quantile(0.5)
        facts.latencyP95 = latency.quantile(0.95)
        facts.latencyP99 = latency.quantile(0.99)
        facts.windowedMinimum = windowedMinimum(fleet)
        facts.resilienceLoss = resilienceLoss(fleet)
        facts.downtime = downtimeBySubject()
        facts.cascades = cascades(fleet) ?? []
        facts.totals = totals ?? Totals()
        facts.mechanismCounts = zip(Mechanism.allCases, mechanisms).filter { $0.1 > 0 }
            .map { Facts.MechanismCount(mechanism: $0, transitions: $1) }
        return facts
    }

    /// At which the curve is read; the run itself is always the last.
    private static let windows: [Nanoseconds] =
        [1, 5, 10, 30].map { $0 * .second } + [1, 2, 5, 10, 30].map { $0 * .minute }
        + [1, 2, 6, 12, 24, 48, 96, 168].map { $0 * .hour }

    private func windowedMinimum(_ selection: SubjectSelection) -> [Facts.WindowedAvailability] {
        guard horizon > 0, !selection.subjects.isEmpty else { return [] }
        let curve = curve(of: selection)
        return (Self.windows.filter { $0 < horizon } + [horizon]).compactMap { window in
            curve.worst(window: window).map { Facts.WindowedAvailability(window: window, availability: $0) }
        }
    }

    private func downtimeBySubject() -> [Facts.SubjectDowntime] {
        var down = Array(repeating: Nanoseconds(0), count: header.subjects.count)
        for interval in downtime { down[interval.subject] += interval.length }
        return down.indices.filter { down[$0] > 0 }.sorted { (down[$1], $0) < (down[$0], $1) }
            .map { Facts.SubjectDowntime(subject: $0, name: header.subjects[$0].name, down: down[$0]) }
    }
}
