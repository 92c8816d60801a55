import ChaosPlan
import ChaosRun
import ChaosSim
import Testing

/// A number that changes nothing is a lie in a fleet file: each must change some run, or a reason stands here.
@Suite struct ParameterTests {
    /// Paths (by their end) that no run depends on, and why.
    private static let idle: [(ending: String, reason: String)] = [
        (".cores", "load is given as a share of the processor; kept for the live world"),
        (".memory", "memory faults name their effect (kill or stall), not an amount; kept for the live world"),
        (
            "broker.max-ack-pending",
            "paces deliveries, and the final read takes all that is stored: no line of a journal shows the pace"
        ),
        (
            "broker.ack-wait",
            "FINDING: a hub that does not serve is never handed a message, so redelivery happens only to one that dies within a link's delay"
        ),
        ("profiles.broker.workers", "a broker server is a pipe with a commit time, not a pool of workers"),
        ("profiles.broker.queue", "the same; its bound is the publisher's replay window"),
    ]

    private struct Case {
        var name: String
        var fleet: FleetText
        var phases = (10, 50, 40)
        var rate = "2/s"
        var timeout = "500ms"
        var messages = "2/s"
        var faults: [String]
    }

    private static func fleet(_ shape: FleetText.Shape, set: [String] = [], disabled: [Mechanism] = []) -> FleetText {
        let b = shape == .oneHost ? "A" : shape == .twoHosts ? "B" : "C"
        let isThree = shape == .threeHosts
        return FleetText(
            shape: shape,
            groups: [
                "{ group: front, host: A, profile: agent, standby: next, members: [ Alpha, Beta ] }",
                "{ group: edge, host: \(b), profile: agent, standby: next, members: [ Carol, Dave ] }",
            ] + (isThree ? ["{ group: mid, host: B, profile: agent, members: [ Erin ] }"] : []),
            stores: ["{ name: redis, kind: redis, host: A, profile: store, writes: true }"],
            calls: [
                "{ from: front, to: Carol, share: 40% (assumed 0%..100%), class: agent, fallback: false }",
                "{ from: edge, to: redis, share: 70% (assumed 0%..100%), class: database, fallback: false }",
                "{ from: all, to: hub, share: 30% (assumed 0%..100%), class: hub, fallback: false }",
            ]
                + (isThree
                    ? ["{ from: Erin, to: Carol, share: 40% (assumed 0%..100%), class: agent, fallback: false }"] : []),
            set: set, disabled: disabled)
    }

    private static let cases: [Case] = [
        Case(
            name: "deaths", fleet: fleet(.twoHosts),
            faults: [
                "{ id: a, kind: kill, target: { name: Carol }, at: 2s, for: 6s }",
                "{ id: b, kind: kill, target: { name: HubB }, at: 15s, for: 12s }",
                "{ id: c, kind: kill, target: { name: redis }, at: 5s, for: 20s }",
                "{ id: d, kind: kill, target: { name: natsA }, at: 30s, for: 5s }",
                "{ id: e, kind: pause, target: { name: HubA }, at: 36s, for: 5s }",
                "{ id: f, kind: restart, target: { name: Beta }, at: 38s, allow-irreversible: true }",
            ]),
        Case(
            name: "partition", fleet: fleet(.twoHosts, set: ["broker.sync-interval=20s"]),
            faults: [
                "{ id: a, kind: partition, between: [A, B], at: 2s, for: 25s }",
                "{ id: b, kind: host-down, power: true, target: { host: B }, at: 35s, for: 12s }",
            ]),
        Case(
            name: "cluster", fleet: fleet(.threeHosts, set: ["broker.sync-interval=20s"]), phases: (10, 60, 40),
            faults: [
                "{ id: a, kind: kill, target: { kind: broker, pick: leader }, at: 5s, for: 20s }",
                "{ id: b, kind: partition, between: [A, B], at: 30s, for: 20s }",
                "{ id: c, kind: partition, between: [B, C], at: 30s, for: 20s }",
            ]),
        Case(
            name: "synced", fleet: fleet(.threeHosts, set: ["broker.sync=always", "policies.buffer.replay-window=1"]),
            phases: (2, 4, 2), messages: "200/s", faults: []),
        Case(
            name: "disks",
            fleet: fleet(
                .twoHosts,
                set: [
                    "hosts.A.disk=1GiB", "hosts.A.disk-used=70%", "policies.logs.file-size=4MiB",
                    "policies.logs.kept=20",
                    "policies.logs.bytes-per-request=1MiB", "policies.logs.check=1s", "broker.message-size=64KiB",
                ]), messages: "4/s",
            faults: [
                "{ id: a, kind: disk-fill, target: { host: A }, at: 10s, for: 10s, fill-to: 93% }",
                "{ id: b, kind: disk-fill, target: { host: A }, at: 25s, for: 15s, fill-to: 100% }",
            ]),
        Case(
            name: "load",
            fleet: fleet(
                .oneHost,
                set: [
                    "profiles.agent.workers=1", "profiles.agent.queue=3", "profiles.agent.time=60ms",
                    "profiles.agent.spread=exponential",
                    "profiles.store.workers=1", "profiles.store.queue=1", "profiles.store.time=60ms",
                    "profiles.store.spread=exponential",
                    "profiles.hub.workers=1", "profiles.hub.queue=1", "profiles.hub.time=80ms",
                    "profiles.hub.spread=exponential",
                ]), rate: "12/s",
            faults: ["{ id: a, kind: cpu, target: { name: HubA }, load: 80%, at: 5s, for: 20s }"]),
        Case(
            name: "rollout",
            fleet: fleet(.twoHosts, set: ["policies.credentials.grace=2s", "policies.credentials.lifetime=5min"]),
            phases: (10, 110, 30), rate: "10/s",
            faults: [
                "{ id: a, kind: rolling-restart, groups: [[Alpha, Beta]], gate: 3s, gate-limit: 20s, bad-version: 15%, at: 5s, allow-irreversible: true }",
                "{ id: b, kind: credential, target: { kind: broker }, change: rotate, at: 40s, allow-irreversible: true }",
                "{ id: c, kind: credential, target: { name: redis }, change: rotate, at: 40s, allow-irreversible: true }",
                "{ id: d, kind: clock, target: { host: A }, offset: 8min, at: 80s, for: 10s }",
            ]),
        Case(
            name: "counted breakers",
            fleet: fleet(.oneHost, set: ["policies.breaker.kind=rate", "policies.breaker.window=10s"]), rate: "20/s",
            faults: [
                "{ id: a, kind: kill, target: { name: redis }, at: 2s, for: 15s }",
                "{ id: b, kind: pause, target: { name: redis }, at: 22s, for: 20s }",
                "{ id: c, kind: pause, target: { name: HubA }, at: 45s, for: 4s }",
            ]),
        Case(
            name: "probes",
            fleet: fleet(
                .oneHost,
                set: [
                    "policies.call-classes.database.timeout=15s", "policies.call-classes.database.reset=2s",
                    "policies.breaker.half-open-max-wait=3s", "profiles.store.time=200ms",
                    "policies.breaker.half-open-permits=2",
                ]), rate: "8/s", timeout: "20s",
            faults: [
                "{ id: a, kind: kill, target: { name: redis }, at: 2s, for: 3s }",
                "{ id: b, kind: pause, target: { name: redis }, at: 9s, for: 25s }",
            ]),
        Case(
            name: "φ",
            fleet: fleet(.twoHosts, set: ["policies.heartbeat.detector=phi", "policies.heartbeat.jitter=150ms"]),
            faults: [
                "{ id: a, kind: pause, target: { name: Carol }, at: 2s, for: 10s }",
                "{ id: b, kind: kill, target: { name: Alpha }, at: 20s, for: 10s }",
            ]),
        Case(
            name: "endless restarts",
            fleet: fleet(
                .oneHost,
                set: [
                    "policies.restart.delay=500ms", "policies.restart.cap=3s", "policies.restart.stable-after=10s",
                    "policies.restart.interval=40s",
                ]),
            faults: [
                "{ id: a, kind: restart, target: { name: Alpha }, every: 5s, times: 9, at: 1s, allow-irreversible: true }",
                "{ id: b, kind: memory, target: { name: Carol }, effect: kill, at: 1s, for: 30s }",
                "{ id: c, kind: memory, target: { name: redis }, effect: kill, at: 1s, for: 30s }",
            ]),
        Case(
            name: "discovery",
            fleet: fleet(.twoHosts, set: ["policies.discovery.local-ttl=3s", "policies.discovery.stale-for=5s"]),
            faults: ["{ id: a, kind: pause, target: { kind: hub }, at: 5s, for: 25s }"]),
        Case(
            name: "small buffers",
            fleet: fleet(
                .twoHosts,
                set: [
                    "policies.buffer.messages=50", "policies.buffer.bytes=20KiB", "policies.buffer.replay-window=4",
                    "broker.dedupe-window=1s", "broker.max-ack-pending=2",
                ]),
            messages: "5/s",
            faults: [
                "{ id: a, kind: pause, target: { kind: broker }, at: 2s, for: 25s }",
                "{ id: b, kind: kill, target: { kind: hub }, at: 35s, for: 10s }",
                "{ id: c, kind: latency, between: [A, B], delay: 20ms, at: 2s, for: 20s }",
            ]),
        Case(
            name: "lost acknowledgements",
            fleet: {
                var one = fleet(.twoHosts, set: ["broker.dedupe-window=15s"])
                one.servers = ["B"]
                return one
            }(), faults: ["{ id: a, kind: partition, from: B, to: A, at: 5s, for: 20s }"]),
        Case(
            name: "stable restarts",
            fleet: fleet(
                .oneHost,
                set: ["policies.restart.delay=500ms", "policies.restart.stable-after=3s", "policies.restart.limit=20"]),
            faults: [
                "{ id: a, kind: restart, target: { name: Alpha }, every: 6s, times: 7, at: 1s, allow-irreversible: true }"
            ]),
        Case(
            name: "young breaker", fleet: fleet(.oneHost, set: ["policies.breaker.kind=rate"]), rate: "1/s",
            faults: ["{ id: a, kind: kill, target: { name: redis }, at: 1s, for: 40s }"]),
        Case(
            name: "scarce retries",
            fleet: fleet(
                .oneHost, set: ["policies.retry.reserve=3", "policies.retry.base=200ms", "policies.retry.cap=300ms"],
                disabled: [.breaker]),
            rate: "10/s", timeout: "5s", faults: ["{ id: a, kind: kill, target: { name: redis }, at: 2s, for: 20s }"]),
        Case(
            name: "quorum lost", fleet: fleet(.threeHosts), phases: (5, 40, 20),
            faults: [
                "{ id: a, kind: kill, target: { name: natsB }, at: 2s, for: 15s }",
                "{ id: b, kind: kill, target: { name: natsC }, at: 2s, for: 15s }",
            ]),
    ]

    private func plan(_ test: Case, _ extra: [String] = []) throws -> Plan {
        var fleet = test.fleet
        fleet.set += extra
        return try readPlan(
            fleet, phases: test.phases, rate: test.rate, timeout: test.timeout, messages: test.messages,
            faults: test.faults)
    }

    @Test func `every number of a fleet changes some run`() async throws {
        var plans: [Plan] = []
        var hashes: [UInt64] = []
        for test in Self.cases {
            plans.append(try plan(test))
            hashes.append(try await journalHash(plans.last!, seed: 7))
        }
        var paths: [String] = []
        for plan in plans {
            for parameter in plan.fleet.parameters where !paths.contains(parameter.path) {
                paths.append(parameter.path)
            }
        }
        #expect(paths.count > 90)
        // All in the full mode; every fourth on an ordinary day.
        let visited = paths.enumerated().filter { isFull || $0.offset % 4 == 0 }.map(\.element)
        var dead: [String] = []
        for path in visited where !(try await matters(path, plans, hashes)) { dead.append(path) }
        func isListed(_ path: String) -> Bool { Self.idle.contains { path.hasSuffix($0.ending) } }
        #expect(dead.filter { !isListed($0) }.isEmpty, "these change nothing: \(dead.filter { !isListed($0) })")
        for entry in Self.idle where isFull {
            #expect(dead.contains { $0.hasSuffix(entry.ending) }, "\(entry.ending) is listed as idle and is not")
        }
    }

    private func matters(_ path: String, _ plans: [Plan], _ hashes: [UInt64]) async throws -> Bool {
        for (index, test) in Self.cases.enumerated() {
            guard let parameter = plans[index].fleet.parameters.first(where: { $0.path == path }) else { continue }
            let values = [parameter.low, parameter.high].compactMap { $0 } + altered(parameter.text)
            for value in values where value != parameter.text {
                // Not every value goes with the rest of the fleet.
                let name = path.hasPrefix("fleet.") ? String(path.dropFirst(6)) : path
                guard let changed = try? plan(test, ["\(name)=\(value)"]) else { continue }
                if try await journalHash(changed, seed: 7) != hashes[index] { return true }
            }
        }
        return false
    }

    /// Twice as much, and half.
    private func altered(_ text: String) -> [String] {
        let number = text.prefix { $0.isNumber || $0 == "." }
        guard let value = Double(number) else { return [] }
        let unit = text.dropFirst(number.count)
        func show(_ value: Double) -> String {
            (value == value.rounded() ? String(Int(value)) : String(value)) + unit
        }
        // Shares may be bound by their neighbours: a little more, a little less.
        let near = unit == "%" ? [show(value + 4), show(value - 4)] : []
        return near + [show(value * 2), show(value / 2)] + (value == 0 ? [show(1)] : [])
    }

    // MARK: Faults

    private static let host = FaultInstance.Targets.hosts([0])
    private static let link = FaultInstance.Targets.link(from: 0, to: 1, oneWay: false)
    private static let agent = FaultInstance.Targets.members([.agent(2)])
    private static func ppm(_ value: Int64) -> Share { Share(partsPerMillion: value) }

    /// Pairs that differ in one parameter, and whom they hit.
    private static let faults: [(a: Fault, b: Fault, targets: FaultInstance.Targets)] = [
        (.partition(reject: false), .partition(reject: true), link),
        (.latency(delay: 50 * ms, jitter: 0), .latency(delay: 60 * ms, jitter: 0), link),
        (.latency(delay: 50 * ms, jitter: 0), .latency(delay: 50 * ms, jitter: 20 * ms), link),
        (.loss(ppm(100_000)), .loss(ppm(200_000)), link), (.corrupt(ppm(100_000)), .corrupt(ppm(200_000)), link),
        (.reorder(ppm(300_000), by: 50 * ms), .reorder(ppm(600_000), by: 50 * ms), link),
        (.reorder(ppm(300_000), by: 50 * ms), .reorder(ppm(300_000), by: 90 * ms), link),
        (.bandwidth(20_000), .bandwidth(40_000), link),
        (.diskFill(to: ppm(850_000)), .diskFill(to: ppm(1_000_000)), host),
        (.diskSlow(delay: 20 * ms, errors: ppm(0)), .diskSlow(delay: 60 * ms, errors: ppm(0)), host),
        (.diskSlow(delay: 20 * ms, errors: ppm(0)), .diskSlow(delay: 20 * ms, errors: ppm(200_000)), host),
        (.cpu(load: ppm(900_000)), .cpu(load: ppm(950_000)), agent),
        (.memory(kill: true, stretch: 20), .memory(kill: false, stretch: 20), agent),
        (.memory(kill: false, stretch: 20), .memory(kill: false, stretch: 40), agent),
        (.clock(offset: -2 * .hour, driftPPM: 0), .clock(offset: 0, driftPPM: 0), host),
        (
            .clock(offset: -.hour - 12_001 * ms, driftPPM: 0),
            .clock(offset: -.hour - 12_001 * ms, driftPPM: -1_000_000), host
        ),
        (.hostDown(power: false), .hostDown(power: true), .hosts([1])),
        (.credential(rotate: true), .credential(rotate: false), .members([.broker(0)])),
        (.kill, .pause, agent), (.kill, .restart, agent),
    ]

    @Test func `every parameter of a fault changes some run`() async throws {
        let plan = try plan(Self.cases[1])
        for (a, b, targets) in Self.faults {
            let first = try await journalHash(plan, seed: 3, schedule: one(a, targets))
            let second = try await journalHash(plan, seed: 3, schedule: one(b, targets))
            #expect(first != second, "\(a) and \(b)")
        }
    }

    @Test func `duplicated packets cost bandwidth, and nothing else`() async throws {
        // TCP drops the second copy: alone it changes nothing, on a narrow link it halves the room.
        let plan = try plan(Self.cases[1])
        let copies = one(.duplicate(Self.ppm(500_000)), Self.link).instances
        var narrow = one(.bandwidth(20_000), Self.link)
        let alone = try await journalHash(plan, seed: 3, schedule: narrow)
        narrow.instances += copies
        #expect(try await journalHash(plan, seed: 3, schedule: narrow) != alone)
    }

    @Test func `procedures and rollouts depend on each of their parameters`() async throws {
        let plan = try plan(Self.cases[6])
        func rollout(
            _ groups: [[Int]] = [[0, 1]], gate: Nanoseconds = 3 * s, limit: Nanoseconds = 20 * s, bad: Int64 = 0
        ) -> Fault {
            .rollingRestart(RollingRestart(groups: groups, gate: gate, gateLimit: limit, badVersion: Self.ppm(bad)))
        }
        func procedure(
            _ action: ProcedureAction = .restartComponent, _ takes: Nanoseconds = 4 * s, _ limit: Nanoseconds = 10 * s
        ) -> Fault {
            .procedure(action: action, takes: takes, limit: limit)
        }
        let all = [
            rollout(), rollout([[1, 0]]), rollout(gate: 5 * s), rollout(limit: 2 * s), rollout(bad: 300_000),
            procedure(),
            procedure(.restartComponent, 6 * s), procedure(.restartComponent, 4 * s, s), procedure(.failBack),
        ]
        var seen: [UInt64: Fault] = [:]
        for fault in all {
            let hash = try await journalHash(plan, seed: 3, schedule: one(fault, Self.agent, for: nil))
            #expect(seen.updateValue(fault, forKey: hash) == nil, "\(fault)")
        }
    }

    private func one(_ fault: Fault, _ targets: FaultInstance.Targets, for duration: Nanoseconds? = 20 * s) -> Schedule
    {
        Schedule(
            seed: 3,
            instances: [
                FaultInstance(
                    id: "f", faultID: "f", fault: fault, targets: targets, start: .at(12 * s),
                    duration: fault.isMomentary ? nil : duration)
            ], blastRadius: RandomPlan.nobody)
    }
}
