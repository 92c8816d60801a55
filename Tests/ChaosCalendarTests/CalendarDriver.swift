import ChaosCalendar
import Testing

/// Carries out what a machine decides, in virtual time: runs take their time, and answers come when they are told to.
struct CalendarDriver {
    var machine: CalendarMachine
    var now: Int64
    /// Everything that was written down, the latest state of each job.
    var records: [String: CalendarJob] = [:]
    /// Each start of a run, in order.
    var starts: [(job: CalendarJob, at: Int64)] = []
    var notices: [CalendarNotice] = []
    var considered: [String: Int64] = [:]
    var toldBudgets: [WeeklyBudget.ID: Int64] = [:]
    /// Held by others.
    var busyLocks: Set<String> = []
    var heldLocks: [String: String] = [:]
    var result: (CalendarJob) -> RunResult = { _ in RunResult(outcome: "held", score: 100, lost: 0) }
    var sickness: (CalendarJob) -> String? = { _ in nil }
    var rehearsal: (CalendarJob) -> RehearsalResult = { _ in .init(brokenInvariants: [], lost: 0, replay: "") }
    private var ends: [(at: Int64, job: CalendarJob)] = []

    init(_ yaml: String, past: CalendarMachine.Past = .init(), at now: Int64, facts: [String: PlanFacts] = [:]) throws {
        let (calendar, problems) = CalendarReader.read(text: yaml, file: "calendar.yaml")
        let read = try #require(calendar, "\(problems)")
        machine = CalendarMachine(read, past: past, now: now)
        self.now = now
        for entry in read.entries {
            handle(
                .facts(
                    entry: entry.id,
                    facts[entry.id]
                        ?? PlanFacts(fleet: "f-\(entry.id)", agents: 77, length: 180, blastRadius: "1 agent")))
        }
    }

    mutating func handle(_ event: CalendarEvent) { carryOut(machine.handle(event, at: now)) }

    mutating func carryOut(_ actions: [CalendarAction]) {
        for action in actions {
            switch action {
            case .record(let job, let due):
                records[job.id] = job
                if let due { considered[job.entry] = due }
            case .consider(let entry, let due): considered[entry] = due
            case .pause, .abandon: break
            case .lock(let job):
                if busyLocks.contains(job.lock) || heldLocks[job.lock] != nil {
                    handle(.lockBusy(job: job.id))
                } else {
                    heldLocks[job.lock] = job.id
                    handle(.locked(job: job.id))
                }
            case .unlock(let id): heldLocks = heldLocks.filter { $0.value != id }
            case .preflight(let job, _): handle(.preflight(job: job.id, sick: sickness(job)))
            case .rehearse(let job): handle(.rehearsed(job: job.id, rehearsal(job)))
            case .start(let job):
                starts.append((job, now))
                ends.append((now + job.length, job))
            case .interrupt(let id, _):
                guard let index = ends.firstIndex(where: { $0.job.id == id }) else { break }
                ends.remove(at: index)
                handle(.ended(job: id, RunResult(outcome: "interrupted")))
            case .tell(let notice): notices.append(notice)
            case .toldBudget(let budget, let week): toldBudgets[budget] = week
            }
        }
    }

    /// From event to event, no clock; what is due at the end itself is left for the next time.
    mutating func run(until end: Int64) {
        while true {
            let ending = ends.min { $0.at < $1.at }
            let wake = machine.wake(after: now).map { max($0, now) }
            guard let next = [ending?.at, wake].compactMap({ $0 }).min(), next < end else { break }
            now = next
            if let ending, ending.at == next {
                ends.removeAll { $0.job.id == ending.job.id }
                handle(.ended(job: ending.job.id, result(ending.job)))
            } else {
                handle(.tick)
            }
        }
        now = end
    }

    func outcomes(_ entry: String) -> [String] {
        records.values.filter { $0.entry == entry }.sorted { $0.due < $1.due }.map { $0.outcome ?? $0.stage.rawValue }
    }
}
