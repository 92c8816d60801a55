import ChaosService
import Synchronization

/// A service that runs nothing but keeps its word: what is started is running until it is halted.
actor TestControl: ServiceControl {
    private(set) var state: ServiceStatus
    private(set) var asked: [String] = []
    private let ticks: Bool

    /// `ticks`: each look is a second later than the one before, whatever the clock says.
    init(ticks: Bool = true) {
        self.ticks = ticks
        state = ServiceStatus(now: 1_800_000_000, started: 1_800_000_000, calendar: "demo.yaml")
        state.next = [
            .init(
                entry: "nightly", scenario: "hub-failover", world: "simulated", due: 1_800_003_600,
                blastRadius: "1 host, 40 agents")
        ]
        state.recent = [
            .init(
                entry: "nightly", scenario: "control", world: "simulated", ended: 1_799_990_000, outcome: "held",
                score: 99.5, directory: "control/20261121-000000-1")
        ]
        state.budgets = [.init(fleet: "two-machine", spent: 120, allowed: 46_569, until: 1_800_300_000)]
        state.validations = [
            .init(name: "week", gathered: 302_400, wanted: 604_800, availability: 0.9996, coverage: 98.5)
        ]
        state.notifications = .init(delivered: 3, givenUp: 0, waiting: 1)
    }

    func status() -> ServiceStatus {
        if ticks { state.now += 1 }
        return state
    }

    func halt(by actor: String) -> ActionResult {
        asked.append("halt by \(actor)")
        guard !state.running.isEmpty else { return ActionResult(isAccepted: false, message: "nothing is running") }
        for run in state.running {
            state.recent.insert(
                .init(
                    entry: run.entry, scenario: run.scenario, world: run.world, ended: state.now,
                    outcome: "inconclusive", score: nil, directory: run.directory), at: 0)
        }
        state.running = []
        return ActionResult(isAccepted: true, message: "halted; every fault is taken back")
    }

    func run(_ request: RunRequest, by actor: String) -> ActionResult {
        asked.append("run \(request.scenario) by \(actor)")
        guard state.running.isEmpty else {
            return ActionResult(isAccepted: false, message: "\(state.running[0].scenario) is running on that fleet")
        }
        start(request.scenario, seed: request.seed ?? 1, directory: nil)
        return ActionResult(isAccepted: true, message: "\(request.scenario) is started")
    }

    func resume(by actor: String) -> ActionResult {
        asked.append("resume by \(actor)")
        state.paused = nil
        return ActionResult(isAccepted: true, message: "the calendar is in force again")
    }

    // MARK: For tests

    func pause(_ why: String) { state.paused = why }

    func start(_ scenario: String, seed: UInt64 = 1, directory: String?) {
        state.running = [
            .init(
                entry: "by hand", scenario: scenario, world: "simulated", seed: seed, started: state.now, length: 180,
                directory: directory)
        ]
    }
}
