public import ChaosPlan

/// A world whose time passes no faster than a clock, so that people can watch: `speed` of its seconds in each real one.
///
/// What happens in it is the same, to the byte: it stops at whole seconds and only waits there, and those are instants at
/// which nothing is decided that would not be decided without.
public final class PacedWorld: World {
    /// How time is held back.
    public enum Pace: Hashable, Sendable {
        /// So many of the world's seconds in a real one; above zero.
        case speed(Double)
        /// Stops where a held run stops and does not wait: a replay of one that was interrupted while it stood there.
        case stops
    }

    private let world: any World
    private let pace: Pace
    private var now: Nanoseconds = 0
    private var began = ContinuousClock.now

    public init(_ world: any World, pace: Pace) {
        if case .speed(let speed) = pace { precondition(speed > 0, "time that stands still ends no run") }
        self.world = world
        self.pace = pace
    }

    public var capabilities: Set<FaultKind> { world.capabilities }

    public func start(plan: Plan, schedule: Schedule, observer: Observer) async throws(WorldError) {
        try await world.start(plan: plan, schedule: schedule, observer: observer)
        began = .now
    }

    public func advance(to instant: Nanoseconds) async throws(WorldError) -> WorldSignal {
        let stop = min(instant, (now / .second + 1) * .second)
        let signal = try await world.advance(to: stop)
        switch signal {
        case .reached: now = stop
        case .ended(_, let time), .passed(let time): now = time
        }
        if case .speed(let speed) = pace {
            // From the beginning, so that lateness does not add up. Cut short only where the task is cancelled.
            try? await Task.sleep(until: began + .nanoseconds(Int64(Double(now) / speed)))
        }
        return signal == .reached && stop < instant ? .passed(now: stop) : signal
    }

    public func inject(_ instance: Int) async throws(WorldError) -> Injection { try await world.inject(instance) }

    public func revert(_ fault: consuming ActiveFault) async throws(WorldError) -> Reversal {
        try await world.revert(fault)
    }

    public func finish() async throws(WorldError) { try await world.finish() }
}
