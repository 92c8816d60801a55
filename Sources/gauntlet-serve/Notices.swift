import ChaosNotify
import ChaosPlan
import ChaosService
import Foundation

/// Passes on what happened to those who are to be told of it.
struct Notices: Sendable {
    private let notifier: Notifier?
    private let calendar: String

    /// `file`: nil tells nobody.
    init(file: String?, calendar: String) throws {
        self.calendar = calendar
        guard let file else {
            notifier = nil
            return
        }
        guard let text = try? String(contentsOfFile: file, encoding: .utf8) else {
            throw NoticesFailure(description: "cannot read \(file)")
        }
        let (configuration, problems) = NotifyConfiguration.read(text: text, file: file)
        guard let configuration else {
            throw NoticesFailure(description: problems.map { "\($0)" }.joined(separator: "\n"))
        }
        notifier = Notifier(configuration) { GauntletServe.note("notify: \($0)") }
    }

    func tell(_ notice: ServiceNotice) {
        guard let notifier else { return }
        for event in events(notice) { notifier.notify(event) }
    }

    /// Returns when all that was told so far is in the outbox: what is asked after it is answered after it.
    func stored() async { _ = await notifier?.standings() }

    /// Waits a little for what is on its way; the rest stays in the outbox.
    func end() async { _ = await notifier?.drain(within: 10_000_000_000) }

    func status() async -> ServiceStatus.NotificationStatus? {
        guard let notifier else { return nil }
        let standings = await notifier.standings()
        return ServiceStatus.NotificationStatus(
            delivered: standings.reduce(0) { $0 + $1.delivered }, givenUp: standings.reduce(0) { $0 + $1.dead },
            waiting: standings.reduce(0) { $0 + $1.waiting })
    }

    /// None for what nobody need hear: that a run began.
    private func events(_ notice: ServiceNotice) -> [NotificationEvent] {
        let run = NotificationEvent.Run(
            scenario: notice.scenario ?? "", fleet: notice.fleet, world: notice.world ?? "", seed: notice.seed,
            directory: notice.directory, replay: notice.replay)
        switch notice.kind {
        case "held", "deviated", "inconclusive", "interrupted", "aborted", "not-reverted", "failed", "lost":
            return ends(of: run, notice)
        case "refused": return [.runRefused(run, reason: notice.text)]
        case "missed": return [.runMissed(run, reason: notice.text)]
        case "paused": return [.calendarPaused(calendar: calendar, reason: notice.text)]
        case "resumed":
            return [.recovered(.calendarPaused, subject: calendar, title: "the calendar \(calendar) is in force again")]
        case "budget-spent":
            guard let fleet = notice.fleet, let world = notice.world, let spent = notice.spent,
                let allowed = notice.allowed
            else { return [] }
            return [.budgetSpent(fleet: fleet, world: world, spent: spent, allowed: allowed)]
        case "budget-renewed":
            guard let fleet = notice.fleet, let world = notice.world else { return [] }
            return [.budgetRenewed(fleet: fleet, world: world)]
        default: return []
        }
    }

    /// The same events in the same order as `gauntlet run --notify` has for such a run.
    private func ends(of run: NotificationEvent.Run, _ notice: ServiceNotice) -> [NotificationEvent] {
        var events: [NotificationEvent] = []
        if notice.kind == "not-reverted" {
            // Debts are a host's, and this is where they are.
            events.append(
                .notReverted(
                    host: ProcessInfo.processInfo.hostName, run: run, faults: [notice.text] + notice.findings))
        }
        if !notice.brokenInvariants.isEmpty {
            events.append(.invariantBroken(run, invariants: notice.brokenInvariants))
        }
        let isVerdict = ["held", "deviated", "inconclusive"].contains(notice.kind)
        // Without a scorecard the exit code may still say it; else nobody knows how the run would have ended.
        guard let verdict = notice.verdict ?? (isVerdict ? notice.kind : nil) else {
            return events + [.runLost(run, reason: notice.text)]
        }
        let ending =
            switch notice.kind {
            case "interrupted", "aborted": notice.kind
            case "lost", "failed": notice.text
            default: "completed"
            }
        events.append(
            .runEnded(
                run, verdict: verdict, ending: ending, score: notice.score, coverage: notice.coverage,
                findings: notice.findings.isEmpty ? [notice.text] : notice.findings))
        return events
    }
}

struct NoticesFailure: Error, CustomStringConvertible {
    var description: String
}
