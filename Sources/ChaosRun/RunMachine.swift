package import ChaosPlan

/// Decides what a run does next, and when; does nothing itself and knows no world. One `next` after each answer.
///
/// Order at one instant: reverts, then phase changes, then injections, so that a fault which ends where another begins
/// never overlaps it. Whatever happens, every fault that was injected is reverted before `finish`.
package struct RunMachine: Sendable {
    package enum Command: Hashable, Sendable {
        /// Let time pass up to here, then ask again.
        case advance(to: Nanoseconds)
        case phase(Phase)
        case inject(Int)
        case revert(Int)
        /// Its rule never came true.
        case skip(Int)
        case finish
    }

    private enum State: Hashable, Sendable {
        case pending, inForce(until: Nanoseconds?), over(at: Nanoseconds), skipped
    }

    private let phases: Phases
    private let instances: [FaultInstance]
    private var states: [State]
    /// When each became effective, for `after-start`.
    private var started: [Nanoseconds?]
    private var phase: Phase?
    /// Set by an abort or an interrupt: the instant from which everything is healed.
    private var healFrom: Nanoseconds?
    private var finished = false
    /// How often abort rules are looked at; nil when there are none.
    private let checkEvery: Nanoseconds?

    package init(phases: Phases, schedule: Schedule, abortRules: [AbortRule]) {
        self.phases = phases
        self.instances = schedule.instances
        self.states = Array(repeating: .pending, count: schedule.instances.count)
        self.started = Array(repeating: nil, count: schedule.instances.count)
        self.checkEvery = abortRules.isEmpty ? nil : .second
    }

    /// The end of the run: of the recovery phase, which an abort or an interrupt brings forward.
    package var end: Nanoseconds {
        guard let healFrom else { return phases.end }
        return healFrom + phases.recovery
    }

    private var faultsEnd: Nanoseconds { healFrom ?? phases.faultsEnd }

    package mutating func next(now: Nanoseconds) -> Command {
        if finished { return .finish }
        for index in instances.indices {
            if case .inForce(let until) = states[index], now >= min(until ?? .max, faultsEnd) { return .revert(index) }
        }
        let due = duePhase(now)
        if phase != due {
            phase = due
            return .phase(due)
        }
        for index in instances.indices where states[index] == .pending {
            if now >= faultsEnd {
                states[index] = .skipped
                return .skip(index)
            }
            if let start = start(of: index), now >= start { return .inject(index) }
        }
        if now >= end {
            finished = true
            return .finish
        }
        return .advance(to: nextInstant(after: now))
    }

    package mutating func injected(_ index: Int, effective: Bool, now: Nanoseconds) {
        started[index] = now
        guard effective else {
            states[index] = .over(at: now)
            return
        }
        // Without a duration a fault is over at once, or when the world says so, or with the phase.
        let momentary = instances[index].fault.isMomentary ? now : nil
        states[index] = .inForce(until: instances[index].duration.map { now + $0 } ?? momentary)
    }

    package mutating func failed(_ index: Int, now: Nanoseconds) { states[index] = .over(at: now) }

    /// The world says that a fault which ends by itself has ended: revert it now.
    package mutating func ended(_ index: Int, now: Nanoseconds) {
        if case .inForce = states[index] { states[index] = .inForce(until: now) }
    }

    package mutating func reverted(_ index: Int, now: Nanoseconds) { states[index] = .over(at: now) }

    /// Heals from now on and measures the recovery; later calls change nothing.
    package mutating func heal(now: Nanoseconds) {
        if healFrom == nil, now < phases.faultsEnd { healFrom = now }
    }

    /// Ends at once, without a recovery phase; what is in force is still reverted.
    package mutating func stop(now: Nanoseconds) {
        healFrom = min(healFrom ?? now, now) - phases.recovery
    }

    package var isHealing: Bool { healFrom != nil }

    private func duePhase(_ now: Nanoseconds) -> Phase {
        if now >= faultsEnd { return .recovery }
        return now >= phases.faultsStart ? .faults : .baseline
    }

    /// When an instance is due, as far as that is known yet.
    private func start(of index: Int) -> Nanoseconds? {
        switch instances[index].start {
        case .at(let time): return time
        case .afterStart(let other, let delay): return started[other].map { $0 + delay }
        case .afterRevert(let other, let delay):
            if case .over(let time) = states[other] { return time + delay }
            return nil
        }
    }

    private func nextInstant(after now: Nanoseconds) -> Nanoseconds {
        var instant = end
        for boundary in [phases.faultsStart, faultsEnd] where boundary > now { instant = min(instant, boundary) }
        for index in instances.indices {
            switch states[index] {
            case .inForce(let until): if let until, until > now { instant = min(instant, until) }
            case .pending: if let start = start(of: index), start > now { instant = min(instant, start) }
            case .over, .skipped: break
            }
        }
        if let checkEvery, now < faultsEnd { instant = min(instant, (now / checkEvery + 1) * checkEvery) }
        return instant
    }
}
