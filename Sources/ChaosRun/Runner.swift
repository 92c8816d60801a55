public import ChaosPlan

/// Carries a schedule out in a world: asks the `RunMachine`, acts, writes down what happened. Always heals.
public struct Runner {
    public enum Ending: Hashable, Sendable {
        case completed
        /// By the operator; healed and measured.
        case interrupted
        /// By a safety rule; healed and measured.
        case aborted(String)
    }

    public struct Outcome: Hashable, Sendable {
        public var ending: Ending
        /// Faults that could not be injected, with the reason.
        public var failedInjections: [String]
        /// Faults that could not be reverted, with the reason. The gravest thing there is.
        public var failedReverts: [String]

        public init(ending: Ending, failedInjections: [String], failedReverts: [String]) {
            self.ending = ending
            self.failedInjections = failedInjections
            self.failedReverts = failedReverts
        }
    }

    /// How often the operator asked to stop: 0 no, 1 heal and measure, 2 heal at once.
    public typealias InterruptCount = @Sendable () -> Int

    private let plan: Plan
    private let schedule: Schedule

    public init(plan: Plan, schedule: Schedule) {
        self.plan = plan
        self.schedule = schedule
    }

    /// - Parameters:
    ///   - progress: called as time passes, with the instant reached and the end of the run.
    public func run(
        in world: any World, observer: Observer, interrupts: InterruptCount = { 0 },
        progress: (Nanoseconds, Nanoseconds) -> Void = { _, _ in }
    ) async throws(WorldError) -> Outcome {
        var machine = RunMachine(phases: plan.phases, schedule: schedule, abortRules: plan.safety.abortWhen)
        var active: [ActiveFaultSlot] = schedule.instances.map { _ in ActiveFaultSlot() }
        var outcome = Outcome(ending: .completed, failedInjections: [], failedReverts: [])
        var now: Nanoseconds = 0
        try await world.start(plan: plan, schedule: schedule, observer: observer)

        loop: while true {
            switch machine.next(now: now) {
            case .advance(let instant):
                let signal = try await advance(world, to: instant, healing: &active, observer: observer, now: now)
                switch signal {
                case .reached: now = instant
                case .passed(let time): now = time
                case .ended(let instance, let time):
                    now = time
                    machine.ended(instance, now: now)
                }
                progress(now, machine.end)
                observeSafety(&machine, observer: observer, interrupts: interrupts(), now: now, outcome: &outcome)
            case .phase(let phase):
                observer.phase(phase, now: now)
            case .inject(let index):
                await inject(
                    index, in: world, observer: observer, machine: &machine, slot: active[index], now: now,
                    outcome: &outcome)
            case .revert(let index):
                await revert(
                    index, in: world, observer: observer, slot: active[index], now: now, outcome: &outcome)
                machine.reverted(index, now: now)
            case .skip(let index):
                let why = machine.isHealing ? "the run was healed before it was due" : "its start never came"
                observer.fault(index, .skipped, evidence: why, targets: [], subjects: [], now: now)
            case .finish:
                break loop
            }
        }
        try await world.finish()
        observer.finish(now: now)
        return outcome
    }

    /// A world that breaks down half-way leaves nothing in force behind.
    private func advance(
        _ world: any World, to instant: Nanoseconds, healing active: inout [ActiveFaultSlot], observer: Observer,
        now: Nanoseconds
    ) async throws(WorldError) -> WorldSignal {
        do throws(WorldError) {
            return try await world.advance(to: instant)
        } catch {
            var left: [String] = []
            for index in active.indices {
                guard let fault = active[index].take() else { continue }
                do throws(WorldError) { _ = try await world.revert(fault) } catch {
                    observer.fault(
                        index, .failed, evidence: "not reverted: \(error.message)", targets: [], subjects: [],
                        now: now)
                    left.append("\(schedule.instances[index].id): \(error.message)")
                }
            }
            // What is left in force is graver than what broke.
            if left.isEmpty { throw error }
            throw WorldError(
                code: .revertFailed, message: "\(error.message); not reverted: \(left.joined(separator: "; "))")
        }
    }

    private func inject(
        _ index: Int, in world: any World, observer: Observer, machine: inout RunMachine, slot: ActiveFaultSlot,
        now: Nanoseconds, outcome: inout Outcome
    ) async {
        let id = schedule.instances[index].id
        observer.fault(index, .commanded, evidence: "", targets: [], subjects: [], now: now)
        do throws(WorldError) {
            let injection = try await world.inject(index)
            let evidence = injection.evidence
            slot.put(injection.take())
            let now = evidence.at ?? now
            if evidence.effective {
                observer.fault(
                    index, .effective, evidence: evidence.text, targets: evidence.targets,
                    subjects: evidence.subjects, now: now)
                machine.injected(index, effective: true, now: now)
            } else {
                observer.fault(
                    index, .failed, evidence: evidence.text, targets: evidence.targets, subjects: evidence.subjects,
                    now: now)
                machine.injected(index, effective: false, now: now)
                await takeBack(index, in: world, observer: observer, slot: slot, now: now, outcome: &outcome)
            }
        } catch {
            observer.fault(index, .failed, evidence: error.message, targets: [], subjects: [], now: now)
            outcome.failedInjections.append("\(id): \(error.message)")
            machine.failed(index, now: now)
        }
    }

    private func revert(
        _ index: Int, in world: any World, observer: Observer, slot: ActiveFaultSlot, now: Nanoseconds,
        outcome: inout Outcome
    ) async {
        guard
            let reversal = await takeBack(
                index, in: world, observer: observer, slot: slot, now: now, outcome: &outcome)
        else { return }
        let now = reversal.at ?? now
        observer.fault(index, .reverted, evidence: reversal.text, targets: [], subjects: [], now: now)
        observer.fault(index, .clean, evidence: reversal.text, targets: [], subjects: [], now: now)
    }

    /// The world's evidence that it is gone; nil if it could not be taken back, or there was nothing.
    @discardableResult
    private func takeBack(
        _ index: Int, in world: any World, observer: Observer, slot: ActiveFaultSlot, now: Nanoseconds,
        outcome: inout Outcome
    ) async -> Reversal? {
        guard let fault = slot.take() else { return nil }
        do throws(WorldError) {
            return try await world.revert(fault)
        } catch {
            observer.fault(
                index, .failed, evidence: "not reverted: \(error.message)", targets: [], subjects: [], now: now)
            outcome.failedReverts.append("\(schedule.instances[index].id): \(error.message)")
            return nil
        }
    }

    private func observeSafety(
        _ machine: inout RunMachine, observer: Observer, interrupts: Int, now: Nanoseconds, outcome: inout Outcome
    ) {
        if interrupts > 0 {
            if outcome.ending == .completed {
                outcome.ending = .interrupted
                observer.interrupted(now: now)
            }
            if interrupts > 1 { machine.stop(now: now) } else { machine.heal(now: now) }
            return
        }
        // Also before the faults phase: a rule's window may reach back there.
        if !plan.safety.abortWhen.isEmpty { observer.checkpoint(now: now) }
        guard !machine.isHealing, now >= plan.phases.faultsStart, now < plan.phases.faultsEnd else { return }
        for rule in plan.safety.abortWhen where observer.violates(rule, now: now) {
            let isWhole = rule.over % .second == 0
            let over = isWhole ? "\(rule.over / .second) s" : "\(rule.over / .millisecond) ms"
            let text = "\(rule.metric.rawValue) over \(over) below \(rule.below.text)"
            outcome.ending = .aborted(text)
            observer.abort(rule: text, now: now)
            machine.heal(now: now)
            return
        }
    }
}

/// Arrays cannot hold what cannot be copied; a class slot can.
private final class ActiveFaultSlot {
    private var fault: ActiveFault?

    func put(_ fault: consuming ActiveFault) {
        precondition(self.fault == nil, "a fault instance was injected twice")
        self.fault = consume fault
    }

    func take() -> ActiveFault? { fault.take() }
}
