/// A job's way from its due time to its end.
extension CalendarMachine {
    /// Begins what waits and may.
    mutating func begin(_ now: Int64, _ actions: inout [CalendarAction]) {
        for waiting in active where waiting.step == .waiting {
            let job = waiting.job
            let busy = active.first { $0.step != .waiting && $0.job.lock == job.lock }
            if now > waiting.deadline {
                let why = busy.map { "\(job.fleet) was busy with \($0.job.scenario)" } ?? "its fleet was not free"
                drop(job, .missed, "missed: \(why)", now, &actions)
            } else if let why = objection(to: waiting, now) {
                drop(job, .refused, "refused: \(why)", now, &actions)
            } else if busy == nil, now >= waiting.retry, let index = index(job.id, .waiting) {
                active[index].step = .locking
                active[index].job.predicted = job.predicted ?? lastLost[Self.kind(job)]
                actions.append(.lock(active[index].job))
            }
        }
    }

    /// Why it may not start now.
    func objection(to active: Active, _ now: Int64) -> String? {
        let job = active.job
        // A person who looks on may use the simulator while the calendar is paused.
        if let paused, job.actor == nil || job.world == "live" { return "the calendar is \(paused)" }
        let entry = calendar[job.entry]
        if let why = calendar.objection(
            to: entry?.hours ?? [], zone: entry?.zone ?? calendar.zone, world: job.world, from: now, length: job.length)
        {
            return why
        }
        return budgetObjection(to: job, predicted: job.predicted ?? lastLost[Self.kind(job)], now)
    }

    func budgetObjection(to job: CalendarJob, predicted: Double?, _ now: Int64) -> String? {
        guard let budget = calendar.budgets.first(where: { $0.fleet == job.fleet && $0.world == job.world }),
            let agents = agents(of: job.fleet)
        else { return nil }
        let allowed = budget.allowed(agents: agents)
        let used = spent(on: budget, at: now)
        func whole(_ value: Double) -> Int { Int(value.rounded()) }
        if used >= allowed {
            return "the week's budget is spent: \(whole(used)) of \(whole(allowed)) agent-seconds"
        }
        if let predicted, used + predicted > allowed {
            return
                "it would cost about \(whole(predicted)) agent-seconds, and \(whole(allowed - used)) of the week's \(whole(allowed)) are left"
        }
        return nil
    }

    private func agents(of fleet: String) -> Int? { facts.values.first { $0.fleet == fleet }?.agents }

    /// Agent-seconds of the week of `now`; what runs at this moment counts as foretold.
    func spent(on budget: WeeklyBudget, at now: Int64) -> Double {
        let start = calendar.weekStart(of: now)
        let past = spent.filter { $0.fleet == budget.fleet && $0.world == budget.world && $0.time >= start }
        let present = active.filter {
            $0.step == .running && $0.job.fleet == budget.fleet && $0.job.world == budget.world
        }
        return past.reduce(0) { $0 + $1.lost } + present.reduce(0) { $0 + ($1.job.predicted ?? 0) }
    }

    /// Budgets whose fleet's plan is known: spent and allowed, agent-seconds.
    public func budgets(at now: Int64) -> [(budget: WeeklyBudget, spent: Double, allowed: Double)] {
        calendar.budgets.compactMap { budget in
            agents(of: budget.fleet).map { (budget, spent(on: budget, at: now), budget.allowed(agents: $0)) }
        }
    }

    // MARK: Answers

    mutating func locked(_ id: String, _ now: Int64, _ actions: inout [CalendarAction]) {
        guard let index = index(id, .locking) else { return actions.append(.unlock(job: id)) }
        guard active[index].preflight != .none else { return rehearse(index, now, &actions) }
        active[index].step = .preflight
        actions.append(.preflight(active[index].job, active[index].preflight))
    }

    mutating func preflight(_ id: String, sick: String?, _ now: Int64, _ actions: inout [CalendarAction]) {
        guard let index = index(id, .preflight) else { return }
        if let sick {
            return drop(active[index].job, .refused, "refused: the fleet is not well: \(sick)", now, &actions)
        }
        rehearse(index, now, &actions)
    }

    private mutating func rehearse(_ index: Int, _ now: Int64, _ actions: inout [CalendarAction]) {
        guard active[index].rehearses else { return start(index, now, &actions) }
        active[index].step = .rehearsing
        actions.append(.rehearse(active[index].job))
    }

    mutating func rehearsed(_ id: String, _ result: RehearsalResult, _ now: Int64, _ actions: inout [CalendarAction]) {
        guard let index = index(id, .rehearsing) else { return }
        let job = active[index].job
        if let failure = result.failure {
            return drop(job, .refused, "refused: no rehearsal: \(failure)", now, &actions)
        }
        if let broken = result.brokenInvariants.first {
            let more = result.brokenInvariants.count > 1 ? " (and \(result.brokenInvariants.count - 1) more)" : ""
            return drop(
                job, .refused, "refused: the rehearsal breaks an invariant: \(broken)\(more); \(result.replay)", now,
                &actions)
        }
        active[index].job.predicted = result.lost
        start(index, now, &actions)
    }

    private mutating func start(_ index: Int, _ now: Int64, _ actions: inout [CalendarAction]) {
        // Preflight and rehearsal took their time.
        if let why = objection(to: active[index], now) {
            return drop(active[index].job, .refused, "refused: \(why)", now, &actions)
        }
        active[index].step = .running
        active[index].job.stage = .started
        active[index].job.started = now
        let job = active[index].job
        actions.append(.record(job, considered: nil))
        actions.append(.start(job))
        actions.append(
            .tell(
                .init(
                    kind: .started, time: now, job: job,
                    text: "\(job.scenario) started (\(job.entry), seed \(job.seed))")))
    }

    mutating func ended(_ id: String, _ result: RunResult, _ now: Int64, _ actions: inout [CalendarAction]) {
        guard let index = index(id, .running) else { return }
        let run = active.remove(at: index)
        var job = run.job
        job.score = result.score
        job.lost = result.lost ?? job.predicted
        job.directory = result.directory ?? job.directory
        close(&job, result.outcome, now)
        settle(job)
        actions.append(.record(job, considered: nil))
        actions.append(.unlock(job: id))
        let kind: CalendarNotice.Kind =
            switch result.outcome {
            case "held": .held
            case "inconclusive": .inconclusive
            case "deviated": .deviated
            case "interrupted": .interrupted
            case "aborted": .aborted
            case "not reverted": .notReverted
            case let other where other.hasPrefix("lost"): .lost
            default: .failed
            }
        actions.append(
            .tell(.init(kind: kind, time: now, job: job, result: result, text: "\(job.scenario): \(result.outcome)")))
        untoldBudgets.insert(.init(fleet: job.fleet, world: job.world))
        guard result.isAlarming, run.pauses || result.outcome == "not reverted" || job.world == "live", paused == nil
        else { return }
        let why = "paused after \(job.scenario) \(result.outcome) (\(job.entry))"
        paused = why
        actions.append(.pause(why))
        actions.append(.tell(.init(kind: .paused, time: now, job: job, text: "the calendar is \(why)")))
    }

    // MARK: Ends

    /// What is claimed but does not run.
    mutating func drop(
        _ job: CalendarJob, _ kind: CalendarNotice.Kind, _ outcome: String, _ now: Int64,
        _ actions: inout [CalendarAction]
    ) {
        guard let index = active.firstIndex(where: { $0.job.id == job.id }) else { return }
        let dropped = active.remove(at: index)
        var job = dropped.job
        close(&job, outcome, now)
        actions.append(.record(job, considered: nil))
        if [.preflight, .rehearsing].contains(dropped.step) { actions.append(.abandon(job: job.id)) }
        if dropped.step != .waiting { actions.append(.unlock(job: job.id)) }
        actions.append(
            .tell(.init(kind: kind, time: now, job: job, text: "\(job.scenario) (\(job.entry)): \(outcome)")))
    }

    func close(_ job: inout CalendarJob, _ outcome: String, _ now: Int64) {
        job.stage = .ended
        job.ended = now
        job.outcome = outcome
    }

    /// What an ended job says about costs.
    mutating func settle(_ job: CalendarJob) {
        guard let ended = job.ended, let lost = job.lost else { return }
        spent.append(Spending(fleet: job.fleet, world: job.world, time: ended, lost: lost))
        lastLost[Self.kind(job)] = lost
        let week = ended - 2 * WeeklyBudget.week
        if spent.count > 1000 { spent.removeAll { $0.time < week } }
    }

    /// Runs of one kind cost about the same.
    static func kind(_ job: CalendarJob) -> String { "\(job.world) \(job.scenario) \(job.fleetFile ?? "")" }

    mutating func halt(_ actor: String, _ now: Int64, _ actions: inout [CalendarAction]) {
        if paused == nil {
            let why = "halted by \(actor)"
            paused = why
            actions.append(.pause(why))
            actions.append(.tell(.init(kind: .paused, time: now, text: "the calendar is \(why)")))
        }
        for other in active where other.step != .running {
            drop(other.job, .refused, "refused: halted by \(actor)", now, &actions)
        }
        interrupt(&actions)
    }

    private mutating func interrupt(_ actions: inout [CalendarAction]) {
        for index in active.indices where active[index].step == .running && !active[index].isInterrupted {
            active[index].isInterrupted = true
            actions.append(.interrupt(job: active[index].job.id, times: 2))
        }
    }

    /// Claimed jobs keep their claim, and the next service takes them up by their missed policy.
    mutating func stop(_ now: Int64, _ actions: inout [CalendarAction]) {
        isStopping = true
        for other in active where other.step != .running && other.step != .waiting {
            actions.append(.abandon(job: other.job.id))
            actions.append(.unlock(job: other.job.id))
        }
        active.removeAll { $0.step != .running }
        interrupt(&actions)
    }
}
