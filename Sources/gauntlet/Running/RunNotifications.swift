import ChaosNotify
import ChaosPlan
import ChaosRun
import ChaosScore
import Foundation

/// Tells of a run's end. It has no say in how the run ends: nothing here throws, and its exit code is not asked for.
struct RunNotifications {
    /// How long the command stays for messages that are under way; what is not delivered then waits in the outbox.
    private static let patience: Nanoseconds = 15 * .second
    /// Debts are a host's, and this is where they are.
    private static let host = ProcessInfo.processInfo.hostName

    private let notifier: Notifier

    init(_ configuration: NotifyConfiguration) {
        notifier = Notifier(configuration) { Terminal.note($0) }
    }

    /// To be called when all of the run is on disk; returns at once.
    func ended(_ scorecard: Scorecard, in store: RunStore, _ outcome: Runner.Outcome) {
        let run = NotificationEvent.Run(
            scenario: scorecard.scenario, fleet: scorecard.fleet, world: scorecard.world,
            seed: scorecard.worstSeed ?? scorecard.seeds.first, directory: store.path, replay: store.replay)
        if !outcome.failedReverts.isEmpty {
            notifier.notify(.notReverted(host: Self.host, run: run, faults: outcome.failedReverts))
        }
        if !scorecard.brokenInvariants.isEmpty {
            notifier.notify(.invariantBroken(run, invariants: scorecard.brokenInvariants))
        }
        let missed = scorecard.objectives.filter { $0.judgement == .missed && $0.counts }
            .sorted { $0.lostPoints > $1.lostPoints }.map { "\($0.objective.id): \($0.explanation)" }
        let findings = outcome.failedInjections.map { "not injected: \($0)" } + scorecard.findings + missed
        notifier.notify(
            .runEnded(
                run, verdict: scorecard.verdict.rawValue, ending: Self.words(outcome.ending), score: scorecard.score,
                coverage: scorecard.coverage, findings: findings))
    }

    /// The run ended without a scorecard.
    func failed(_ failure: Failure, _ plan: Plan, _ world: WorldKind) {
        let run = NotificationEvent.Run(scenario: plan.name, fleet: plan.fleet.name, world: world.rawValue)
        if failure.code == .notReverted {
            notifier.notify(.notReverted(host: Self.host, run: run, faults: [failure.message]))
        }
        notifier.notify(.runLost(run, reason: failure.message))
    }

    /// Waits for what is under way, but not for long.
    func finish() async {
        for standing in await notifier.drain(within: Self.patience) where standing.waiting > 0 {
            let why = standing.failure.map { ": \($0)" } ?? ""
            Terminal.note(
                "notifications: \(standing.waiting) for \(standing.receiver) wait in the outbox\(why); the next run or the service sends them"
            )
        }
    }

    private static func words(_ ending: Runner.Ending) -> String {
        switch ending {
        case .completed: "completed"
        case .interrupted: "interrupted"
        case .aborted(let rule): "aborted: \(rule)"
        }
    }
}
