internal import ChaosCalendar
internal import ChaosPlan
internal import Foundation

/// What the service shows of itself and lets be asked of it.
extension Service {
    public func status() -> ServiceStatus {
        findDirectories()
        let now = settings.clock.now
        let calendar = machine.calendar
        var status = ServiceStatus(now: now, started: started, calendar: calendar.file)
        status.paused = machine.paused
        status.running = machine.running.map { job in
            .init(
                entry: job.entry, scenario: job.scenario, world: job.world, seed: job.seed,
                started: job.started ?? now, length: job.length, directory: job.directory)
        }
        status.next = calendar.upcoming(12, after: now) { machine.facts[$0.id]?.length ?? 0 }.compactMap { next in
            guard let entry = calendar[next.entry] else { return nil }
            return .init(
                entry: entry.id, scenario: entry.scenario, world: entry.world, due: next.start,
                blastRadius: machine.faults[entry.id].map { "cannot run: \($0)" }
                    ?? machine.facts[entry.id]?.blastRadius ?? "")
        }
        status.recent = ((try? store.recent(50)) ?? []).map { job in
            .init(
                entry: job.entry, scenario: job.scenario, world: job.world, ended: job.ended ?? job.due,
                outcome: job.outcome ?? "", score: job.score, directory: job.directory.flatMap { relative($0) })
        }
        status.budgets = machine.budgets(at: now).map { budget, spent, allowed in
            .init(fleet: budget.fleet, spent: spent, allowed: allowed, until: calendar.weekEnd(of: now))
        }
        status.validations = ValidationStore.all(in: settings.reports).map { $0.status(at: now) }
        return status
    }

    public func halt(by actor: String) async -> ActionResult {
        let names = machine.running.map(\.scenario)
        handle(.halt(actor: actor))
        await quiet()
        guard !names.isEmpty else {
            return .init(isAccepted: true, message: "nothing was running; the calendar is paused")
        }
        return .init(
            isAccepted: true, message: "\(names.joined(separator: ", ")) healed and ended; the calendar is paused")
    }

    public func run(_ request: RunRequest, by actor: String) async -> ActionResult {
        guard ["simulated", "live"].contains(request.world) else {
            return .init(isAccepted: false, message: "no world `\(request.world)`; write `simulated` or `live`")
        }
        guard !request.scenario.hasPrefix("-"), !request.scenario.isEmpty else {
            return .init(isAccepted: false, message: "`\(request.scenario)` is no scenario's name")
        }
        // Drawn, not counted: two presses of one button should not show the same.
        let seed = request.seed ?? UInt64.random(in: 1...999_999_999)
        let end = await outcome(
            of: GauntletCommand(settings).plan(request.scenario, seed: seed), id: "plan by \(actor)")
        guard let facts = PlanOutput.read(end.output) else {
            return .init(isAccepted: false, message: end.lastWords)
        }
        let (actions, refusal) = machine.request(
            scenario: request.scenario, world: request.world, seed: seed, actor: actor,
            facts: facts, at: settings.clock.now)
        if let refusal { return .init(isAccepted: false, message: refusal) }
        carryOut(actions)
        let first = request.world == "live" ? "; it is rehearsed first" : ""
        return .init(isAccepted: true, message: "\(request.scenario) begins with seed \(seed)\(first)")
    }

    public func resume(by actor: String) -> ActionResult {
        guard let why = machine.paused else { return .init(isAccepted: false, message: "the calendar is not paused") }
        handle(.resume(actor: actor))
        return .init(isAccepted: true, message: "the calendar is in force again; it was \(why)")
    }

    private func outcome(of command: [String], id: String) async -> ProgramEnd {
        await withCheckedContinuation { continuation in
            launch(command, id: id) { _, end in continuation.resume(returning: end) }
        }
    }

    // MARK: Directories

    /// Below the reports; nil for one that lies elsewhere.
    private func relative(_ directory: String) -> String? {
        let reports = URL(fileURLWithPath: settings.reports).standardizedFileURL.path + "/"
        let path = URL(fileURLWithPath: directory).standardizedFileURL.path
        return path.hasPrefix(reports) ? String(path.dropFirst(reports.count)) : nil
    }

    /// Where the journals of running runs grow.
    private func findDirectories() {
        for job in machine.running where job.directory == nil {
            if let directory = RunSearch(settings).directory(of: job) {
                handle(.directory(job: job.id, directory))
            }
        }
    }

    /// Of a run whose service died: what is on disk of it.
    func outcome(ofLost job: CalendarJob) -> RunResult {
        guard let directory = RunSearch(settings).directory(of: job),
            let ending = RunEnding.read("\(directory)/run.json"), let code = ending.exitCode
        else { return RunResult(outcome: "lost: the service ended while it ran") }
        let score = ScoreSummary.read("\(directory)/scorecard.json")
        return RunResult(
            code: code, score: score, directory: directory, replay: "gauntlet replay \(directory)",
            lastWords: "it ended with \(code)")
    }
}

/// Finds the directory that a job's run made.
struct RunSearch {
    private let settings: ServiceSettings

    init(_ settings: ServiceSettings) { self.settings = settings }

    /// `OUT/SCENARIO/TIME-SEED`, the newest; none from before the job.
    func directory(of job: CalendarJob) -> String? {
        let files = FileManager.default
        let ending = "-\(job.seed)"
        let out = job.out ?? settings.reports
        var found: [String] = []
        for scenario in (try? files.contentsOfDirectory(atPath: out)) ?? [] {
            for run in (try? files.contentsOfDirectory(atPath: "\(out)/\(scenario)")) ?? []
            where run.hasSuffix(ending) {
                found.append("\(out)/\(scenario)/\(run)")
            }
        }
        return found.filter { path in
            guard settings.clock.isReal, let started = job.started else { return true }
            guard let record = RunEnding.read("\(path)/run.json"),
                let time = try? Date(record.started, strategy: .iso8601)
            else { return false }
            // Its seconds are cut off.
            return Int64(time.timeIntervalSince1970) >= started - 1
        }.max { ($0 as NSString).lastPathComponent < ($1 as NSString).lastPathComponent }
    }
}

extension ServiceNotice {
    init(_ notice: CalendarNotice) {
        let budget = notice.use?.budget ?? notice.budget
        self.init(
            kind: notice.kind.rawValue, time: notice.time, text: notice.text,
            entry: notice.job?.entry ?? notice.entry?.id, scenario: notice.job?.scenario ?? notice.entry?.scenario,
            world: notice.job?.world ?? notice.entry?.world ?? budget?.world,
            fleet: notice.job?.fleet ?? budget?.fleet, seed: notice.job?.seed, directory: notice.job?.directory,
            replay: notice.result?.replay, verdict: notice.result?.verdict, score: notice.result?.score,
            coverage: notice.result?.coverage, brokenInvariants: notice.result?.brokenInvariants ?? [],
            findings: notice.result?.findings ?? [], spent: notice.use?.spent, allowed: notice.use?.allowed)
    }
}
