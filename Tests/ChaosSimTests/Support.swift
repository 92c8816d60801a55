import ChaosFleet
import ChaosPlan
import ChaosRun
import ChaosSim
import Foundation
import Testing

/// Foundation has one too.
typealias Stream = ChaosSim.Stream

/// GAUNTLET_FULL=1 runs the counts that the project promises; without it a part of them, for every day.
let isFull = ProcessInfo.processInfo.environment["GAUNTLET_FULL"] == "1"

func count(_ quick: Int, full: Int) -> Int { isFull ? full : quick }

/// A small generator with a seed: every random test prints it when it fails.
struct Dice: RandomNumberGenerator {
    private var state: UInt64

    init(_ seed: UInt64) {
        // Far apart in the one sequence that all share, not one step after another.
        state = (seed &+ 1) &* 0xD134_2543_DE82_EF95
        state = next() ^ seed << 32
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        return Stream.mix(state)
    }

    mutating func below(_ bound: Int64) -> Int64 { Int64.random(in: 0..<bound, using: &self) }
    mutating func chance(_ percent: Int) -> Bool { below(100) < percent }
    mutating func pick<T>(_ all: [T]) -> T { all[Int(below(Int64(all.count)))] }
}

let s: Nanoseconds = .second
let ms: Nanoseconds = .millisecond

// MARK: - Fleets

/// A fleet file as text; what a test does not say is small, constant and quiet.
struct FleetText {
    enum Shape { case oneHost, twoHosts, threeHosts }

    var shape = Shape.oneHost
    /// `  - { group: …, host: …, profile: …, members: [ … ] }`
    var groups: [String] = ["{ group: front, host: A, profile: agent, members: [ Alpha, Beta ] }"]
    var stores: [String] = []
    var calls: [String] = []
    var profiles: [String] = []
    /// `broker.…`, `policies.…` and the like, as `--set` takes them without the leading `fleet.`.
    var set: [String] = []
    var disabled: [Mechanism] = []
    /// Where broker servers run; one on each host unless given.
    var servers: [String]?

    private var hosts: [String] {
        switch shape {
        case .oneHost: ["A"]
        case .twoHosts: ["A", "B"]
        case .threeHosts: ["A", "B", "C"]
        }
    }

    var text: String {
        let hostLines = hosts.map {
            "  - { name: \($0), cores: 8 (assumed 4..16), memory: 16GiB (assumed 8GiB..64GiB), disk: 64GiB (assumed 32GiB..1TiB), disk-used: 40% (assumed 10%..75%) }"
        }
        var links: [String] = []
        for (index, a) in hosts.enumerated() {
            for b in hosts[(index + 1)...] {
                links.append(
                    "  - { between: [\(a), \(b)], delay: 500us (assumed 100us..20ms), jitter: 0us (assumed 0us..5ms), bandwidth: 0B/s (assumed 0B/s..1GiB/s) }"
                )
            }
        }
        let hubLines = hosts.prefix(2).map { "  - { name: Hub\($0), host: \($0), profile: hub }" }
        let serverLines = (servers ?? hosts).map { "    - { name: nats\($0), host: \($0) }" }
        return """
            gauntlet-fleet: 1
            name: test
            local-delay: 100us (assumed 20us..500us)
            hosts:
            \(hostLines.joined(separator: "\n"))
            links:\(links.isEmpty ? " []" : "\n" + links.joined(separator: "\n"))
            profiles:
              agent: { time: 4ms (assumed 1ms..40ms), spread: constant, workers: 64 (assumed 1..64), queue: 64 (assumed 0..512), startup: 1s (assumed 200ms..10s), memory: 256MiB (assumed 64MiB..1GiB) }
              hub: { time: 1ms (assumed 500us..20ms), spread: constant, workers: 16 (assumed 1..64), queue: 256 (assumed 64..1024), startup: 2s (assumed 500ms..10s), memory: 512MiB (assumed 128MiB..2GiB) }
              broker: { time: 200us (assumed 50us..2ms), spread: constant, workers: 4 (assumed 1..16), queue: 4096 (assumed 512..65536), startup: 1s (assumed 200ms..10s), memory: 512MiB (assumed 128MiB..4GiB) }
              store: { time: 1ms (assumed 50us..20ms), spread: constant, workers: 4 (assumed 1..64), queue: 512 (assumed 0..4096), startup: 1s (assumed 200ms..30s), memory: 1GiB (assumed 256MiB..8GiB) }
            \(profiles.map { "  " + $0 }.joined(separator: "\n"))
            hubs:
            \(hubLines.joined(separator: "\n"))
            broker:
              mode: \(shape == .threeHosts ? "cluster" : "leaf")
              version: 2.9.10
              servers:
            \(serverLines.joined(separator: "\n"))
              profile: broker
              sync: interval
              sync-interval: 2min (default)
              sync-time: 4ms (assumed 500us..20ms)
              election-min: 4s (default)
              election-max: 9s (default)
              heartbeat: 1s (default)
              lost-quorum: 10s (default)
              ack-timeout: 5s (default)
              ack-wait: 30s (default)
              dedupe-window: 2min (default)
              max-ack-pending: 1000 (default)
              reconnect-wait: 2s (default)
              message-size: 512B (assumed 128B..8KiB)
            stores:\(stores.isEmpty ? " []" : "\n" + stores.map { "  - " + $0 }.joined(separator: "\n"))
            agents:
            \(groups.map { "  - " + $0 }.joined(separator: "\n"))
            calls:\(calls.isEmpty ? " []" : "\n" + calls.map { "  - " + $0 }.joined(separator: "\n"))
            policies:
              call-classes:
                database: { timeout: 10s (promise), failures: 5 (promise), reset: 30s (promise) }
                agent: { timeout: 5s (promise), failures: 10 (promise), reset: 15s (promise) }
                hub: { timeout: 300ms (assumed 50ms..5s), failures: 5 (assumed 3..20), reset: 5s (assumed 1s..30s) }
              breaker: { kind: time, window: 60s (promise), minimum-calls: 20 (default), failure-share: 50% (default), successes: 3 (promise), half-open-permits: 1 (assumed 1..10), half-open-max-wait: 10s (assumed 1s..60s) }
              retry: { attempts: 3 (assumed 1..5), base: 50ms (assumed 10ms..500ms), cap: 1s (assumed 200ms..10s), jitter: full, budget: 10% (default), reserve: 10 (assumed 0..100) }
              heartbeat: { detector: fixed, period: 500ms (assumed 200ms..5s), timeout: 1500ms (assumed 600ms..15s), jitter: 20ms (assumed 0ms..200ms), phi-threshold: 8 (default), phi-pause: 1s (assumed 0s..10s), phi-min-sigma: 100ms (default) }
              agent-failover: { switch-time: 1s (assumed 100ms..5s), validate-time: 1s (assumed 100ms..5s) }
              hub-failover: { detect-after: 2s (assumed 500ms..10s), switch-time: 800ms (assumed 100ms..5s), failures: 3 (assumed 1..10), fail-back-after: 15s (assumed 5s..5min) }
              partition: { detect-after: 12s (promise), confirm-heal-after: 3s (assumed 1s..30s), sync-period: 1s (assumed 200ms..10s), merge-time: 5ms (assumed 500us..500ms) }
              buffer: { messages: 10000 (assumed 100..100000), bytes: 8MiB (default), overflow: reject-new, replay-window: 1 (assumed 1..256) }
              restart: { delay: 2s (assumed 100ms..60s), cap: 30s (assumed 10s..5min), multiplier: 2 (assumed 1..4), limit: 5 (assumed 3..20), interval: 60s (assumed 10s..10min), stable-after: 60s (assumed 10s..10min) }
              logs: { file-size: 100MiB (promise), kept: 5 (promise), compression: 10% (assumed 5%..30%), bytes-per-request: 2KiB (assumed 200B..64KiB), warn: 80% (promise), act: 90% (promise), emergency: 95% (promise), check: 5s (assumed 1s..5min) }
              discovery: { local-ttl: 60s (promise), stale-for: 300s (promise), timeout: 100ms (promise) }
              rollback: { degradation: 10% (promise), check: 5s (promise), consecutive: 1 (assumed 1..5), takes: 3s (assumed 500ms..60s) }
              credentials: { reload-every: 5s (assumed 1s..5min), grace: 30s (assumed 0s..10min), lifetime: 720h (assumed 24h..8760h) }
              disabled: [\(disabled.map(\.rawValue).joined(separator: ", "))]
            """
    }
}

struct Unreadable: Error, CustomStringConvertible {
    var description: String
}

/// A scenario's plan from text; phases in seconds.
func readPlan(
    _ fleet: FleetText, phases: (Int, Int, Int) = (10, 40, 30), rate: String = "2/s", timeout: String = "500ms",
    messages: String = "0/s", faults: [String] = [], set: [String] = [], safety: String = ""
) throws -> Plan {
    let text = """
        gauntlet: 1
        name: test
        summary: For a test.
        fleet: fleet.yaml
        phases: { baseline: \(phases.0)s, faults: \(phases.1)s, recovery: \(phases.2)s }
        workload:
          requests: { rate: \(rate), per: agent, timeout: \(timeout) }
          messages: { rate: \(messages), per: agent, stream: events }
        faults:\(faults.isEmpty ? " []" : "\n" + faults.map { "  - " + $0 }.joined(separator: "\n"))
        exercises: { nothing: "a test" }
        \(safety)
        """
    let fleetText = fleet.text
    let overrides = fleet.set.map { "fleet." + $0 } + set
    let reading = PlanReader.read(scenario: text, file: "test.yaml", overrides: overrides) {
        $0 == "fleet.yaml" ? fleetText : nil
    }
    guard let plan = reading.plan else {
        throw Unreadable(description: reading.problems.map { "\($0)" }.joined(separator: "\n"))
    }
    return plan
}

let repository = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

/// A scenario of the catalogue.
func readScenario(_ name: String, variant: String? = nil, set: [String] = []) throws -> Plan {
    let directory = repository.appendingPathComponent("scenarios")
    func load(_ path: String) -> String? {
        try? String(contentsOf: directory.appendingPathComponent(path), encoding: .utf8)
    }
    let reading = PlanReader.read(
        scenario: load(name + ".yaml") ?? "", file: "scenarios/\(name).yaml", variant: variant, overrides: set,
        load: load)
    guard let plan = reading.plan else {
        throw Unreadable(description: reading.problems.map { "\($0)" }.joined(separator: "\n"))
    }
    return plan
}

// MARK: - Runs

struct Run {
    var header: JournalHeader
    var records: [JournalRecord]
    var outcome: Runner.Outcome
    var hash: UInt64
    var statistics: SimulatedWorld.Statistics

    var totals: Totals {
        for record in records.reversed() { if case .totals(let totals) = record.event { return totals } }
        return Totals()
    }

    struct Moment {
        var time: Nanoseconds
        var event: MechanismEvent
    }

    func mechanisms(_ mechanism: Mechanism, _ role: MechanismEvent.Role? = nil) -> [Moment] {
        records.compactMap { record in
            guard case .mechanism(let event) = record.event, event.mechanism == mechanism,
                role == nil || event.role == role
            else { return nil }
            return Moment(time: record.time, event: event)
        }
    }

    var violations: [String] {
        records.compactMap { record in
            if case .violation(let invariant, _, _) = record.event { invariant } else { nil }
        }
    }

    func changes(of subject: Int) -> [(time: Nanoseconds, up: Bool)] {
        records.compactMap { record in
            if case .availability(subject, let up) = record.event { (record.time, up) } else { nil }
        }
    }

    /// Requests and successes from all windows of a group whose start lies in `range`.
    func requests(in range: Range<Nanoseconds>) -> (all: Int, succeeded: Int) {
        var result = (all: 0, succeeded: 0)
        for record in records {
            guard case .window(let window) = record.event, window.kind == .requests, range.contains(record.time) else {
                continue
            }
            result.all += window.requests
            result.succeeded += window.succeeded
        }
        return result
    }

    func faultTime(_ state: FaultEvent.State, _ instance: Int = 0) -> Nanoseconds? {
        for record in records {
            if case .fault(let event) = record.event, event.state == state, event.instance == instance {
                return record.time
            }
        }
        return nil
    }
}

func simulate(
    _ plan: Plan, seed: UInt64, heartbeats: SimulatedWorld.Heartbeats = .elided,
    plants: Set<SimulatedWorld.Plant> = [], schedule: Schedule? = nil
) async throws -> Run {
    var records: [JournalRecord] = []
    let result = try await SimulatedRun.run(
        plan, seed: seed, heartbeats: heartbeats, plants: plants, schedule: schedule,
        listeners: { _ in [{ records.append($0) }] })
    return Run(
        header: result.header, records: records, outcome: result.outcome, hash: result.hash.value,
        statistics: result.statistics)
}

func journalHash(
    _ plan: Plan, seed: UInt64, heartbeats: SimulatedWorld.Heartbeats = .elided, schedule: Schedule? = nil
) async throws -> UInt64 {
    try await SimulatedRun.run(plan, seed: seed, heartbeats: heartbeats, schedule: schedule).hash.value
}

// MARK: - The engine's draws, computed beside it

/// FNV-1a of a name: the entity of its streams.
func entity(_ name: String) -> UInt64 {
    name.utf8.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
}

/// When each heartbeat from one process to another arrives on a healthy path.
struct Beats {
    let period: Nanoseconds
    let jitter: Nanoseconds
    let delay: Nanoseconds
    let phase: Nanoseconds
    private let stream: Stream

    init(from: String, to: String, delay: Nanoseconds, plan: Plan, seed: UInt64) {
        let key = entity(from + "~" + to)
        period = plan.fleet.policies.heartbeat.period
        jitter = max(1, plan.fleet.policies.heartbeat.jitter)
        self.delay = delay
        phase = Stream(seed: seed, purpose: .phase, entity: key).below(period, at: 0)
        stream = Stream(seed: seed, purpose: .heartbeatJitter, entity: key)
    }

    var arrivals: some Sequence<Nanoseconds> {
        (0..<10_000).lazy.map { [self] k in
            phase + Int64(k) * period + stream.below(jitter, at: UInt64(k)) + delay
        }
    }

    func last(upTo time: Nanoseconds) -> Nanoseconds { arrivals.prefix { $0 <= time }.max() ?? 0 }
    func after(_ time: Nanoseconds, _ n: Int) -> Nanoseconds { Array(arrivals.filter { $0 > time }.prefix(n)).last! }
}

/// Intended starts of a client's requests.
func intendedStarts(of agent: String, plan: Plan, seed: UInt64) -> some Sequence<Nanoseconds> {
    let interval = plan.workload.requests.interval
    let phase = Stream(seed: seed, purpose: .phase, entity: entity(agent)).below(interval, at: 0)
    let stream = Stream(seed: seed, purpose: .arrivals, entity: entity(agent))
    return (0..<100_000).lazy.map { k in phase + Int64(k) * interval + stream.below(interval, at: UInt64(k)) }
}
