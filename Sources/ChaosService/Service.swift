internal import ChaosCalendar
internal import ChaosPlan
internal import Foundation

/// Carries a calendar out: keeps its records, starts its runs as processes, and looks after them.
///
/// Decisions are the `CalendarMachine`'s. A job is written down and synced before its run begins, so that whenever the service
/// is killed no due time is run twice; its runs are killed with it, and what they hold is healed by their executors' guardians.
public actor Service: ServiceControl {
    let settings: ServiceSettings
    let store: ServiceStore
    let keeper: ProgramKeeper
    let started: Int64
    var machine: CalendarMachine
    private var locks: [String: FleetLock] = [:]
    /// Keeps a second service off the same records.
    private var own: FleetLock?
    /// Why it cannot go on: its records cannot be written.
    private var failure: ServiceError?
    private var isServing = false
    /// Resumed when nothing runs any more.
    private var waitingForQuiet: [CheckedContinuation<Void, Never>] = []
    /// Programs started and not yet ended.
    private var programs = 0
    private var lastPrune: Int64?
    private var isEnding = false
    private var ending = ServiceEnding()
    /// The number, in the records, of the last notice that was told.
    private var lastNotice: Int64?

    /// Reads the calendar and what an earlier service wrote down.
    ///
    /// - Throws: `ServiceError` with every problem of the calendar, one a line; where the records cannot be opened; where
    ///   another service has them.
    public init(_ settings: ServiceSettings) throws {
        let calendar = try Self.calendar(settings.calendar)
        guard
            let own = try FleetLock.take(
                "service", in: settings.reports, holder: "\(ProcessInfo.processInfo.processIdentifier)")
        else {
            throw ServiceError("another service is at work in \(settings.reports); end it, or use another --out")
        }
        let now = settings.clock.now
        self.settings = settings
        self.own = own
        store = try ServiceStore(Self.records(in: settings.reports))
        keeper = try ProgramKeeper()
        started = now
        machine = CalendarMachine(
            calendar, past: try store.past(weekStart: calendar.weekStart(of: now)), now: now)
        try store.trim(to: 20_000)
    }

    deinit { keeper.end() }

    static func records(in reports: String) -> String { "\(reports)/service.sqlite" }

    static func calendar(_ file: String?) throws(ServiceError) -> RunCalendar {
        guard let file else { return .empty(file: "none") }
        guard let data = FileManager.default.contents(atPath: file), let text = String(data: data, encoding: .utf8)
        else {
            throw ServiceError("cannot read \(file)")
        }
        let (calendar, problems) = CalendarReader.read(text: text, file: file)
        guard let calendar else { throw ServiceError(problems.map(\.description).joined(separator: "\n")) }
        return calendar
    }

    // MARK: Life

    /// Serves until the task is cancelled; then heals what runs, and returns. What runs is told to halt and has `healing` seconds for
    /// it; a preflight, a rehearsal, a plan or a prune is killed, which harms nothing.
    ///
    /// - Returns: what became of the runs that were under way.
    /// - Throws: `ServiceError` where its records can no longer be written: nothing is begun that is not written down.
    @discardableResult
    public func run() async throws -> ServiceEnding {
        precondition(!isServing, "a service is run once")
        isServing = true
        // Whoever is told that it has ended may start the next one.
        defer { own = nil }
        tellAgain()
        for entry in machine.calendar.entries {
            // New ones begin now; should the service die before their first due time, that was missed and not forgotten.
            write { store throws(ServiceError) in try store.begin(entry.id, at: started) }
            learn(entry)
        }
        for job in machine.running { handle(.ended(job: job.id, outcome(ofLost: job))) }
        while !Task.isCancelled, failure == nil {
            tick()
            // Each second: wishes come from other processes.
            try? await settings.clock.sleep(seconds: 1)
        }
        isEnding = true
        handle(.stop)
        keeper.killAll(but: Set(machine.running.map(\.id)))
        await quiet()
        await forgetTold()
        if let failure { throw failure }
        return ending
    }

    func tick() {
        do throws(ServiceError) {
            for wish in try store.takeWishes() where wish.kind == "resume" { handle(.resume(actor: wish.actor)) }
        } catch { fail(error) }
        handle(.tick)
        prune()
    }

    /// Returns when no run and no other program is left.
    func quiet() async {
        guard programs > 0 else { return }
        await withCheckedContinuation { waitingForQuiet.append($0) }
    }

    private func fail(_ error: ServiceError) {
        guard failure == nil else { return }
        failure = error
        for job in machine.running { keeper.interrupt(job.id, times: 2, healing: settings.healing) }
    }

    private func write(_ body: (ServiceStore) throws(ServiceError) -> Void) {
        guard failure == nil else { return }
        do throws(ServiceError) { try body(store) } catch { fail(error) }
    }

    // MARK: The machine

    func handle(_ event: CalendarEvent) { carryOut(machine.handle(event, at: settings.clock.now)) }

    /// First what must outlive the service, then the rest in order; what an action answers at once is handled after all of them.
    func carryOut(_ actions: [CalendarAction]) {
        write { store throws(ServiceError) in lastNotice = try store.write(actions) ?? lastNotice }
        var answers: [CalendarEvent] = []
        var hasTold = false
        for action in actions {
            // Nothing begins that could not be written down.
            guard failure == nil else { return }
            switch action {
            case .record, .consider, .pause, .toldBudget: break
            case .lock(let job): answers.append(lock(job))
            case .unlock(let id): locks[id] = nil
            case .preflight(let job, let preflight): check(job, preflight)
            case .rehearse(let job): rehearse(job)
            case .start(let job): begin(job)
            case .interrupt(let id, let times): keeper.interrupt(id, times: times, healing: settings.healing)
            case .abandon(let id): keeper.kill(Self.before(id))
            case .tell(let notice):
                settings.tell(ServiceNotice(notice))
                hasTold = true
            }
        }
        if hasTold { Task { await forgetTold() } }
        for answer in answers { handle(answer) }
    }

    /// What an earlier service wrote down and may have died before it told anybody.
    private func tellAgain() {
        write { store throws(ServiceError) in
            for (id, notice) in try store.notices() {
                if let notice { settings.tell(notice) }
                lastNotice = id
            }
        }
        Task { await forgetTold() }
    }

    private func forgetTold() async {
        guard let last = lastNotice else { return }
        await settings.stored()
        write { store throws(ServiceError) in try store.forgetNotices(upTo: last) }
    }

    private func lock(_ job: CalendarJob) -> CalendarEvent {
        do throws(ServiceError) {
            guard let lock = try FleetLock.take(job.lock, in: settings.locks, holder: "\(job.id) \(job.scenario)")
            else {
                return .lockBusy(job: job.id)
            }
            locks[job.id] = lock
            return .locked(job: job.id)
        } catch {
            fail(error)
            return .lockBusy(job: job.id)
        }
    }

    // MARK: Programs

    /// Of a job's preflight and rehearsal, which may be killed without harm.
    static func before(_ job: String) -> String { "before \(job)" }

    func launch(
        _ command: [String], id: String, job: CalendarJob? = nil, limit: Int64? = nil,
        then: @escaping @Sendable (isolated Service, ProgramEnd) -> Void
    ) {
        var order = ProgramOrder(command: command, limit: limit ?? settings.patience, healing: settings.healing)
        if let job {
            order.environment = ["GAUNTLET_JOB": job.id]
            order.inherited = locks[job.id]?.descriptor ?? -1
        }
        programs += 1
        keeper.start(order, id: id) { end in Task { await self.ended(end, then) } }
    }

    private func ended(_ end: ProgramEnd, _ then: @Sendable (isolated Service, ProgramEnd) -> Void) {
        programs -= 1
        then(self, end)
        guard programs == 0 else { return }
        for waiter in waitingForQuiet { waiter.resume() }
        waitingForQuiet = []
    }

    private func begin(_ job: CalendarJob) {
        launch(
            GauntletCommand(settings).run(job), id: job.id, job: job,
            limit: settings.clock.isReal ? job.length + settings.patience : settings.patience
        ) { service, end in
            let output = RunOutput.read(end.output)
            service.note(end, of: job)
            service.handle(
                .ended(
                    job: job.id,
                    RunResult(
                        code: end.isTimedOut && end.code == 137 ? 4 : end.code, score: output?.scorecard,
                        directory: output?.run.directory, replay: output?.run.replay,
                        lastWords: end.isTimedOut && !end.isOverdue ? "it took too long and was ended" : end.lastWords))
            )
        }
    }

    private func note(_ end: ProgramEnd, of job: CalendarJob) {
        guard isEnding else { return }
        if end.code == 3 { ending.notReverted.append(job.scenario) }
        if end.isOverdue { ending.killed.append(job.scenario) }
    }

    private func rehearse(_ job: CalendarJob) {
        launch(GauntletCommand(settings).rehearse(job), id: Self.before(job.id)) { service, end in
            let output = RunOutput.read(end.output)
            service.handle(
                .rehearsed(
                    job: job.id,
                    RehearsalResult(
                        brokenInvariants: output?.scorecard.brokenInvariants ?? [],
                        lost: output?.scorecard.lostAgentSeconds, replay: output?.run.replay ?? "",
                        failure: output == nil ? end.lastWords : nil)))
        }
    }

    private func check(_ job: CalendarJob, _ preflight: CalendarEntry.Preflight) {
        let command: [String]
        switch preflight {
        case .none: return handle(.preflight(job: job.id, sick: nil))
        case .fleetStatus: command = GauntletCommand(settings).fleetStatus(job.fleet)
        case .command(let words): command = words
        }
        launch(command, id: Self.before(job.id), limit: min(settings.patience, 120)) { service, end in
            let sick =
                preflight == .fleetStatus
                ? FleetHealth.sickness(end) : end.code == 0 ? nil : "\(command[0]): \(end.lastWords)"
            service.handle(.preflight(job: job.id, sick: sick))
        }
    }

    /// Asks for an entry's plan.
    private func learn(_ entry: CalendarEntry) {
        let command = GauntletCommand(settings).plan(
            entry.scenario, fleet: entry.fleet, overrides: entry.overrides)
        launch(command, id: "plan of \(entry.id)") { service, end in
            if let facts = PlanOutput.read(end.output) {
                service.handle(.facts(entry: entry.id, facts))
            } else {
                service.handle(.noFacts(entry: entry.id, why: end.lastWords))
            }
        }
    }

    /// Once a day, what the calendar's retention does not keep.
    private func prune() {
        guard let retention = machine.calendar.retention, machine.running.isEmpty else { return }
        let now = settings.clock.now
        guard now - (lastPrune ?? 0) >= 86_400 else { return }
        lastPrune = now
        launch(GauntletCommand(settings).prune(retention), id: "prune") { _, _ in }
    }
}
