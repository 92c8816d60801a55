extension NotificationEvent {
    /// A run, as its events name it.
    public struct Run: Hashable, Sendable {
        /// With its variant: `partition@2min`.
        public var scenario: String
        public var fleet: String?
        /// `simulated` or `live`.
        public var world: String
        public var seed: UInt64?
        /// Where its report lies.
        public var directory: String?
        /// The command that repeats it.
        public var replay: String?

        public init(
            scenario: String, fleet: String? = nil, world: String, seed: UInt64? = nil, directory: String? = nil,
            replay: String? = nil
        ) {
            self.scenario = scenario
            self.fleet = fleet
            self.world = world
            self.seed = seed
            self.directory = directory
            self.replay = replay
        }

        /// Runs of one scenario in one world are one subject.
        var subject: String { "\(scenario) \(world)" }
    }

    /// A run ended with a verdict. One that held resolves what was told of earlier runs of the scenario in that world; any
    /// ends its being refused, missed or lost.
    ///
    /// - Parameters:
    ///   - verdict: `held`, `deviated` or `inconclusive`.
    ///   - ending: `completed`, `interrupted` or `aborted: RULE`, as the run's record says it.
    ///   - findings: one sentence each, the gravest first.
    public static func runEnded(
        _ run: Run, verdict: String, ending: String = "completed", score: Double?, coverage: Double?,
        findings: [String] = []
    ) -> NotificationEvent {
        let held = verdict == "held" && ending == "completed"
        let how = ending == "completed" ? "" : ", \(ending)"
        var event = of(
            run, .runEnded, state: held ? .resolved : .firing,
            title: "\(run.scenario) \(verdict) in the \(run.world) world\(how)")
        event.verdict = verdict
        event.score = score
        event.coverage = coverage
        event.details = findings
        let ended: [Kind] =
            held ? [.invariantBroken, .runRefused, .runMissed, .runLost] : [.runRefused, .runMissed, .runLost]
        event.ends = ended.map { key($0, run.subject) }
        return event
    }

    /// A run broke an invariant: acknowledged data lost, an agent with two owners.
    ///
    /// - Parameter invariants: one sentence each.
    public static func invariantBroken(_ run: Run, invariants: [String]) -> NotificationEvent {
        var event = of(run, .invariantBroken, title: "\(run.scenario) broke an invariant in the \(run.world) world")
        event.details = invariants
        return event
    }

    /// Faults are still in force: the gravest there is. Over with ``recovered(_:subject:title:details:)`` of
    /// `.notReverted` and the same host.
    ///
    /// - Parameters:
    ///   - host: where; the fleet's or the scenario's name if nothing better is known.
    ///   - faults: what is owed, one sentence each.
    public static func notReverted(host: String, run: Run?, faults: [String]) -> NotificationEvent {
        var event = NotificationEvent(.notReverted, about: host, title: "faults on \(host) could not be reverted")
        if let run { event.take(run) }
        event.details = faults
        return event
    }

    /// The calendar's run was not started: a sick fleet, a predicted broken invariant, a blackout.
    public static func runRefused(_ run: Run, reason: String) -> NotificationEvent {
        var event = of(run, .runRefused, title: "\(run.scenario) was refused in the \(run.world) world")
        event.details = [reason]
        return event
    }

    /// A run's time passed without it.
    public static func runMissed(_ run: Run, reason: String) -> NotificationEvent {
        var event = of(run, .runMissed, title: "\(run.scenario) missed its time in the \(run.world) world")
        event.details = [reason]
        return event
    }

    /// A run began and nobody saw it end.
    public static func runLost(_ run: Run, reason: String) -> NotificationEvent {
        var event = of(run, .runLost, title: "\(run.scenario) was lost in the \(run.world) world")
        event.details = [reason]
        return event
    }

    /// Nothing starts by itself any more. Over with ``recovered(_:subject:title:details:)`` of `.calendarPaused`.
    public static func calendarPaused(calendar: String, reason: String) -> NotificationEvent {
        var event = NotificationEvent(.calendarPaused, about: calendar, title: "the calendar \(calendar) is paused")
        event.details = [reason]
        return event
    }

    /// Chaos has spent part of a fleet's error budget in a world; to be told whenever it is counted, rules say from what share on
    /// it matters. Over with ``budgetRenewed(fleet:world:)``.
    ///
    /// - Parameters: `spent` and `allowed` in agent-seconds.
    public static func budgetSpent(
        fleet: String, world: String, spent: Double, allowed: Double
    ) -> NotificationEvent {
        let percent = allowed > 0 ? spent / allowed * 100 : 100
        let shown = Int(percent.rounded(.down).clamped(to: 0...1e9))
        var event = NotificationEvent(
            .budgetSpent, about: "\(fleet) \(world)",
            title: "\(shown) % of \(fleet)'s error budget for chaos is spent in the \(world) world")
        event.fleet = fleet
        event.world = world
        event.percent = percent
        event.details = ["\(Int(spent.rounded())) of \(Int(allowed.rounded())) agent-seconds"]
        return event
    }

    /// The next week has begun, and nothing of its budget is spent.
    public static func budgetRenewed(fleet: String, world: String) -> NotificationEvent {
        var event = recovered(
            .budgetSpent, subject: "\(fleet) \(world)",
            title: "a new week: \(fleet)'s error budget in the \(world) world is whole again")
        event.fleet = fleet
        event.world = world
        return event
    }

    /// A problem is over. Whoever was told of it is told; nothing happens where nobody was, unless a rule has `on: recovered`.
    ///
    /// - Parameters:
    ///   - kind: of the problem's event.
    ///   - subject: of the problem's event: the host, the calendar, or ``Run/subject``'s scenario and world.
    public static func recovered(
        _ kind: Kind, subject: String, title: String, details: [String] = []
    ) -> NotificationEvent {
        var event = NotificationEvent(.recovered, about: key(kind, subject), state: .resolved, title: title)
        event.ends = [key(kind, subject)]
        event.details = details
        return event
    }

    /// A problem is over, named by its key as ``OutboxReport`` has it.
    public static func ended(_ key: String, title: String) -> NotificationEvent {
        var event = NotificationEvent(.recovered, about: key, state: .resolved, title: title)
        event.ends = [key]
        return event
    }

    /// For `gauntlet notify test`: a problem that is none.
    static func test(_ state: State) -> NotificationEvent {
        var event = NotificationEvent(.test, about: "notify test", state: state, title: "a test of the notifications")
        event.details = ["Nothing is wrong; somebody asked whether messages arrive."]
        return event
    }

    private static func of(_ run: Run, _ kind: Kind, state: State = .firing, title: String) -> NotificationEvent {
        var event = NotificationEvent(kind, about: run.subject, state: state, title: title)
        event.take(run)
        return event
    }

    private mutating func take(_ run: Run) {
        scenario = run.scenario
        fleet = run.fleet
        world = run.world
        seed = run.seed
        directory = run.directory
        replay = run.replay
    }
}

extension Double {
    fileprivate func clamped(to range: ClosedRange<Double>) -> Double {
        isNaN ? range.lowerBound : Swift.min(Swift.max(self, range.lowerBound), range.upperBound)
    }
}
