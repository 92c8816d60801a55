import ChaosFleet
import ChaosLinux
public import ChaosPlan
public import ChaosRun
import Glibc

/// The real world: a fleet of real processes, faults by executors on its hosts, clients in a prober outside of all.
///
/// One thread drives it: `advance` sleeps in short slices and takes in what prober, reader and telemetry have told meanwhile.
/// Files: `+Faults` injecting and reverting; `+Listening` what the fleet tells; `+Ending` the final read and the totals.
public final class LiveWorld: World {
    public let capabilities: Set<FaultKind> = Set(FaultKind.allCases).subtracting([.clock, .diskSlow])

    let plan: Plan
    let schedule: Schedule
    let observer: Observer
    let session: FleetSession
    let layout: FleetLayout
    /// What the operator should read while the run goes on.
    let tell: @Sendable (String) -> Void

    /// Numbers of agents by name.
    let agents: [String: Int]

    var hosts: [HostSession] = []
    var order: RunOrder
    var prober: ChildProgram?
    var proberReader = LineReader()
    var reader: ChildProgram?
    var readerReader = LineReader()
    var telemetry: TelemetryTail
    var ledger = Ledger()
    /// Of a fleet that is not made of our agents: what its clients ask, and who served each last.
    var clients: ClientPlan?
    var answering: [Int: String] = [:]
    /// The newest instant that the prober has told everything up to.
    var watermark: Nanoseconds = 0
    /// Per subject: who answered last, for take-overs.
    var serving: [Int?]
    /// Per process: calls since its start, and the sum of its former lives.
    var calls: [String: (needed: Int, sent: Int)] = [:]
    var formerCalls: (needed: Int, sent: Int) = (0, 0)
    var owners: [String: String] = [:]
    var isolated: Set<String> = []
    /// Agents that some hub serves, and those that are not with their own.
    var owned: Set<String> = []
    var away: Set<String> = []
    /// Whose names a rollout has led to their standbys.
    var drained: Set<String> = []
    var leaders = StreamLeaders()
    var diskHighWater = Share.zero
    var watch: HostWatch?
    var worstLateness: Nanoseconds = 0
    var finalReadEnded = false
    /// `DOMAIN/STREAM`, as the final read told.
    var readWhole: Set<String> = []
    var monitor: ChildProgram?
    var monitorReader = LineReader()
    /// Alerts that are firing.
    var firing: Set<AlertEvent.Identity> = []
    let audits = CredentialAudits()
    var exposed: Set<Exposure> = []
    var requests: [Int: [(session: HostSession, id: String)]] = [:]
    var rollouts: [LiveRollout] = []
    var endings: [(instance: Int, time: Nanoseconds)] = []
    /// What is due at an instant of the run.
    var later: [(time: Nanoseconds, act: () -> Void)] = []
    /// The broker's, after a rotation.
    var credentials: BrokerSetup.Secrets?
    var credentialVersion = 1
    /// By instance: what brokers took before it expired.
    var expired: [Int: BrokerSetup.Secrets] = [:]

    /// - Parameters:
    ///   - session: of a fleet that is up and is this plan's.
    ///   - observer: what it writes to must put records in order (`SortedSink`).
    public init(
        plan: Plan, schedule: Schedule, observer: Observer, session: FleetSession,
        tell: @escaping @Sendable (String) -> Void
    ) {
        self.plan = plan
        self.schedule = schedule
        self.observer = observer
        self.session = session
        self.tell = tell
        layout = FleetLayout(plan.fleet)
        telemetry = TelemetryTail(directory: session.path(FleetLayout.telemetry))
        serving = plan.fleet.agents.indices.map { $0 }
        agents = Dictionary(uniqueKeysWithValues: plan.fleet.agents.enumerated().map { ($1.name, $0) })
        order = RunOrder(
            run: "", seed: schedule.seed, startNs: 0, requestInterval: plan.workload.requests.interval,
            requestTimeout: plan.workload.requestTimeout, messageInterval: plan.workload.messages.interval,
            stream: plan.workload.stream)
    }

    deinit { telemetry.close() }

    /// Now, from the start of the run.
    var now: Nanoseconds { FleetClock.now - order.startNs }

    // MARK: World

    public func start(plan: Plan, schedule: Schedule, observer: Observer) async throws(WorldError) {
        do throws(LiveError) {
            order.run = "\(plan.name)-\(schedule.seed)-\(getpid())".replacing("@", with: "-")
            for host in plan.fleet.hosts {
                hosts.append(
                    try HostSession(
                        host: host.name, run: order.run, command: session.executor(host: host.name),
                        remote: session.remote(host.name)))
            }
            try prepareStreams()
            plan.fleet.live?.clients.isEmpty == false ? try checkSteadyState() : try awaitSteadyState()
            try listenToMonitoring()
            beginWatch()
            // Everybody hears of the run before it begins.
            order.startNs = FleetClock.now + Self.notice
            try session.write(order.json, to: FleetLayout.runFile)
            prober = try ChildProgram(proberCommand())
            if order.messageInterval > 0 {
                reader = try ChildProgram(session.entering(nil, [session.programs.agent, "reader", "--follow"]))
            }
        } catch {
            await release()
            throw WorldError(code: error.isMissing ? .unsupported : .fleetFailed, message: error.message)
        }
        while now < 0 {
            listen()
            usleep(10_000)
        }
        noteMonitoring()
    }

    private static let notice: Nanoseconds = 2 * .second

    public func advance(to instant: Nanoseconds) async throws(WorldError) -> WorldSignal {
        let begun = now
        while true {
            listen()
            if let ending = endings.first {
                endings.removeFirst()
                return .ended(instance: ending.instance, now: min(ending.time, instant))
            }
            for (_, act) in takeDue() { act() }
            for rollout in rollouts where rollout.isActive { step(rollout) }
            audit()
            try checkHealth()
            let now = now
            if now >= instant { return .reached }
            if now - begun >= .second { return .passed(now: now) }
            usleep(useconds_t(min(20_000, max(200, (instant - now) / 1000))))
        }
    }

    private func takeDue() -> [(time: Nanoseconds, act: () -> Void)] {
        let now = now
        let due = later.filter { $0.time <= now }
        later.removeAll { $0.time <= now }
        return due
    }

    /// Without its prober or an executor a run is worth nothing.
    private func checkHealth() throws(WorldError) {
        if let prober, !prober.isRunning {
            throw WorldError(code: .fleetFailed, message: "the prober has ended in the middle of the run")
        }
        if let host = hosts.first(where: \.hasEnded) {
            throw WorldError(code: .fleetFailed, message: "\(host.endText), in the middle of the run")
        }
        if !session.isUp {
            throw WorldError(code: .fleetFailed, message: "the fleet's holder has ended in the middle of the run")
        }
    }

    /// A fleet that has not settled yet would be measured for what its start does to it.
    private func awaitSteadyState() throws(LiveError) {
        guard !plan.fleet.hubs.isEmpty else { return }
        let limit = FleetClock.now + Self.settling
        while FleetClock.now < limit {
            listen()
            if owned.count >= plan.fleet.agents.count, away.isEmpty { return }
            usleep(50_000)
        }
        let strangers = plan.fleet.agents.map(\.name).filter { !owned.contains($0) || away.contains($0) }
        throw LiveError(
            "no steady state within \(Self.settling / .second) s: \(strangers.count) agents are not with their hub (\(strangers.prefix(3).joined(separator: ", ")))"
        )
    }

    private static let settling: Nanoseconds = 90 * .second

    private func prepareStreams() throws(LiveError) {
        guard order.messageInterval > 0, !plan.fleet.broker.servers.isEmpty else { return }
        let program = try ChildProgram(
            session.entering(nil, [session.programs.agent, "streams", "--stream", order.stream]))
        guard let code = program.end(within: 60_000) else {
            throw LiveError("the streams of the broker were not ready within 60 s")
        }
        guard code == 0 else { throw LiveError("the streams of the broker could not be made (exit code \(code))") }
    }

    /// Ends what this run started; the fleet goes on.
    func release() async {
        watch = nil
        for host in hosts { host.finish() }
        hosts = []
        prober?.finish(within: 3_000)
        prober = nil
        reader?.finish(within: 3_000)
        reader = nil
        monitor?.finish(within: 3_000)
        monitor = nil
        session.remove(FleetLayout.runFile)
        session.remove(ClientPlan.file)
    }
}
