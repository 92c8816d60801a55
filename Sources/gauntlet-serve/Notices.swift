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
        guard let notifier, let event = event(notice) else { return }
        notifier.notify(event)
    }

    /// Waits a little for what is on its way; the rest stays in the outbox.
    func end() async { _ = await notifier?.drain(within: 10_000_000_000) }

    func status() async -> ServiceStatus.NotificationStatus? {
        guard let notifier else { return nil }
        let standings = await notifier.standings()
        return ServiceStatus.NotificationStatus(
            delivered: standings.reduce(0) { $0 + $1.delivered }, givenUp: standings.reduce(0) { $0 + $1.dead },
            waiting: standings.reduce(0) { $0 + $1.waiting })
    }

    /// Nil for what nobody need hear: that a run began.
    private func event(_ notice: ServiceNotice) -> NotificationEvent? {
        let run = NotificationEvent.Run(
            scenario: notice.scenario ?? "", fleet: notice.fleet, world: notice.world ?? "", directory: notice.directory
        )
        switch notice.kind {
        case "held", "deviated", "inconclusive":
            return .runEnded(run, verdict: notice.kind, score: nil, coverage: nil, findings: [notice.text])
        case "not-reverted":
            return .notReverted(host: notice.fleet ?? run.scenario, run: run, faults: [notice.text])
        case "refused": return .runRefused(run, reason: notice.text)
        case "missed": return .runMissed(run, reason: notice.text)
        case "lost", "failed": return .runLost(run, reason: notice.text)
        case "paused": return .calendarPaused(calendar: calendar, reason: notice.text)
        case "resumed":
            return .recovered(.calendarPaused, subject: calendar, title: "the calendar \(calendar) is in force again")
        default: return nil
        }
    }
}

struct NoticesFailure: Error, CustomStringConvertible {
    var description: String
}
