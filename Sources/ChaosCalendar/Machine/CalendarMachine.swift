/// Decides what of a calendar runs when, and does nothing itself.
///
/// Time is an argument: seconds since 1970, UTC, never going backwards.
public struct CalendarMachine: Sendable {
    /// Later than this is missed, for entries that skip what they missed.
    public static let grace: Int64 = 60
    /// Of one entry, so many missed due times are written down one by one when it was not looked at for long.
    static let missedShown = 20

    /// What was written down by the service before this one.
    public struct Past: Sendable {
        /// By entry: due times up to here are dealt with.
        public var considered: [String: Int64]
        /// Claimed or started, without an end.
        public var open: [CalendarJob]
        /// This week's, and the last of each scenario.
        public var ended: [CalendarJob]
        public var paused: String?
        /// By budget, the week of which people were told that something is spent.
        public var toldBudgets: [WeeklyBudget.ID: Int64]

        public init(
            considered: [String: Int64] = [:], open: [CalendarJob] = [], ended: [CalendarJob] = [],
            paused: String? = nil, toldBudgets: [WeeklyBudget.ID: Int64] = [:]
        ) {
            self.considered = considered
            self.open = open
            self.ended = ended
            self.paused = paused
            self.toldBudgets = toldBudgets
        }
    }

    enum Step: Hashable { case waiting, locking, preflight, rehearsing, running }

    struct Active: Sendable {
        var job: CalendarJob
        var step: Step
        /// May start until then.
        var deadline: Int64
        var preflight: CalendarEntry.Preflight
        var rehearses: Bool
        var pauses: Bool
        /// SIGINT was sent.
        var isInterrupted = false
        /// Somebody else had the lock: not asked again before.
        var retry = Int64.min
    }

    public let calendar: RunCalendar
    public internal(set) var paused: String?
    public internal(set) var isStopping = false
    var active: [Active] = []
    var spent: [Spending] = []
    var lastLost: [String: Double] = [:]
    public internal(set) var facts: [String: PlanFacts] = [:]
    /// By entry, why its plan cannot be read.
    public internal(set) var faults: [String: String] = [:]
    private var considered: [String: Int64]
    /// Looked for once, then kept.
    var upcoming: [String: RunCalendar.Occurrence] = [:]
    private var manualCount = 0
    /// Spent on since it was last told: nothing is lost where a service dies before it tells.
    var untoldBudgets: Set<WeeklyBudget.ID>
    /// See `Past`.
    var toldBudgets: [WeeklyBudget.ID: Int64]

    struct Spending: Hashable, Sendable {
        var fleet: String
        var world: String
        var time: Int64
        var lost: Double
    }

    /// - Parameter now: an entry that no past knows begins here; nothing before was missed.
    public init(_ calendar: RunCalendar, past: Past, now: Int64) {
        self.calendar = calendar
        paused = past.paused
        considered = past.considered
        toldBudgets = past.toldBudgets
        untoldBudgets = Set(calendar.budgets.map(\.id))
        for entry in calendar.entries where considered[entry.id] == nil { considered[entry.id] = now }
        for job in past.ended { settle(job) }
        for job in past.open {
            let entry = calendar[job.entry]
            var restored = Active(
                job: job, step: job.stage == .claimed ? .waiting : .running, deadline: now, preflight: .none,
                rehearses: false, pauses: entry?.pauses ?? false)
            if let entry {
                restored.deadline = deadline(entry, start: entry.start(ofDue: job.due))
                restored.preflight = entry.preflight
                restored.rehearses = entry.rehearses
            }
            active.append(restored)
        }
    }

    /// Those that run now.
    public var running: [CalendarJob] { active.filter { $0.step == .running }.map(\.job) }
    /// Claimed, but not yet running.
    public var waiting: [CalendarJob] { active.filter { $0.step != .running }.map(\.job) }

    /// When there is something to do without an event; nil: never.
    public func wake(after now: Int64) -> Int64? {
        guard !isStopping else { return nil }
        if active.contains(where: { $0.step == .waiting }) { return now + 1 }
        return upcoming.values.map(\.start).min().map { max($0, now) }
    }

    public mutating func handle(_ event: CalendarEvent, at now: Int64) -> [CalendarAction] {
        var actions: [CalendarAction] = []
        switch event {
        case .tick: break
        case .facts(let entry, let found):
            facts[entry] = found
            faults[entry] = nil
            upcoming[entry] = nil
        case .noFacts(let entry, let why):
            facts[entry] = nil
            faults[entry] = why
            upcoming[entry] = nil
            actions.append(
                .tell(
                    .init(kind: .refused, time: now, entry: calendar[entry], text: "\(entry) cannot run: \(why)")))
        case .locked(let id): locked(id, now, &actions)
        case .lockBusy(let id):
            if let index = index(id, .locking) {
                active[index].step = .waiting
                active[index].retry = now + 1
            }
        case .preflight(let id, let sick): preflight(id, sick: sick, now, &actions)
        case .rehearsed(let id, let result): rehearsed(id, result, now, &actions)
        case .directory(let id, let directory):
            if let index = index(id, .running) { active[index].job.directory = directory }
        case .ended(let id, let result): ended(id, result, now, &actions)
        case .halt(let actor): halt(actor, now, &actions)
        case .resume(let actor):
            if let why = paused {
                paused = nil
                actions.append(.pause(nil))
                actions.append(
                    .tell(.init(kind: .resumed, time: now, text: "\(actor) resumed the calendar; it was \(why)")))
            }
        case .stop: stop(now, &actions)
        }
        tellBudgets(now, &actions)
        // Who was told that a lock is taken does not ask again at once.
        if case .lockBusy = event { return actions }
        if !isStopping {
            look(now, &actions)
            begin(now, &actions)
        }
        return actions
    }

    func index(_ id: String, _ step: Step) -> Int? { active.firstIndex { $0.job.id == id && $0.step == step } }

    // MARK: Due times

    /// Takes what has become due.
    private mutating func look(_ now: Int64, _ actions: inout [CalendarAction]) {
        for entry in calendar.entries where entry.isEnabled {
            guard let facts = facts[entry.id] else { continue }
            var due: [RunCalendar.Occurrence] = []
            while let next = occurrence(entry, facts), next.start <= now {
                due.append(next)
                considered[entry.id] = next.due
                upcoming[entry.id] = nil
            }
            guard let last = due.popLast() else { continue }
            for missed in due.suffix(Self.missedShown) {
                miss(
                    CalendarJob(entry, due: missed.due, facts: facts), missed.due, "not looked at in time", now,
                    &actions)
            }
            if due.count > Self.missedShown {
                actions.append(
                    .tell(
                        .init(
                            kind: .missed, time: now, entry: entry,
                            text: "\(entry.id): \(due.count - Self.missedShown) earlier due times were missed, too")))
            }
            // Replaced by a later one: that it waited for so long means that it is missed.
            for older in active where older.job.entry == entry.id && older.step == .waiting {
                drop(older.job, .missed, "missed: still waiting when the next was due", now, &actions)
            }
            let job = CalendarJob(entry, due: last.due, facts: facts)
            let deadline = deadline(entry, start: last.start)
            guard now <= deadline else {
                miss(job, last.due, "\(now - last.start) s late", now, &actions)
                continue
            }
            active.append(
                Active(
                    job: job, step: .waiting, deadline: deadline, preflight: entry.preflight,
                    rehearses: entry.rehearses, pauses: entry.pauses))
            actions.append(.record(job, considered: last.due))
        }
    }

    private mutating func occurrence(_ entry: CalendarEntry, _ facts: PlanFacts) -> RunCalendar.Occurrence? {
        if let known = upcoming[entry.id] { return known }
        guard let from = considered[entry.id] else { return nil }
        let next = calendar.next(entry, after: from, length: facts.length)
        upcoming[entry.id] = next
        return next
    }

    private func deadline(_ entry: CalendarEntry, start: Int64) -> Int64 {
        switch entry.missed {
        case .skip: start + Self.grace
        case .once: .max
        case .within(let limit): start + limit
        }
    }

    private mutating func miss(
        _ job: CalendarJob, _ considered: Int64, _ why: String, _ now: Int64, _ actions: inout [CalendarAction]
    ) {
        var job = job
        close(&job, "missed: \(why)", now)
        actions.append(.record(job, considered: considered))
        actions.append(.tell(.init(kind: .missed, time: now, job: job, text: "\(job.entry): missed, \(why)")))
    }

    // MARK: By hand

    /// A run that an operator asks for; refused at once where a rule forbids it.
    ///
    /// - Returns: what to do, or why not.
    public mutating func request(
        scenario: String, world: String, seed: UInt64, actor: String, facts: PlanFacts, at now: Int64
    ) -> (actions: [CalendarAction], refusal: String?) {
        manualCount += 1
        // Its fleet may be in no entry, and have a budget all the same.
        self.facts[CalendarJob.byHand] = facts
        let job = CalendarJob(
            byHand: scenario, world: world, seed: seed, actor: actor, at: now, count: manualCount,
            facts: facts)
        let isLive = world == "live"
        let entry = Active(
            job: job, step: .waiting, deadline: now, preflight: isLive ? .fleetStatus : .none, rehearses: isLive,
            pauses: false)
        if isStopping { return ([], "the service is ending") }
        if let why = objection(to: entry, now) { return ([], why) }
        if let other = active.first(where: { $0.step != .waiting && $0.job.lock == job.lock }) {
            return ([], "\(job.fleet) is busy with \(other.job.scenario); wait for its end, or halt it")
        }
        active.append(entry)
        var actions: [CalendarAction] = [.record(job, considered: nil)]
        begin(now, &actions)
        return (actions, nil)
    }
}
