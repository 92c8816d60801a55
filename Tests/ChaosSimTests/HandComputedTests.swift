import ChaosPlan
import ChaosSim
import Testing

/// Instants that can be worked out with pencil and paper from the fleet's numbers and the engine's draws.
@Suite struct HandComputedTests {
    private static let local = 100 * Nanoseconds.microsecond
    private static let modes: [SimulatedWorld.Heartbeats] = [.elided, .explicit]

    @Test func `a breaker opens at the fifth failure inside 60 s, to the nanosecond`() async throws {
        // One call per request to a store on the same host, no retries, no fallback; the store dies at 20 s.
        let fleet = FleetText(
            groups: ["{ group: front, host: A, profile: agent, members: [ Alpha ] }"],
            stores: ["{ name: redis, kind: redis, host: A, profile: store, writes: false }"],
            calls: ["{ from: Alpha, to: redis, share: 100% (assumed 0%..100%), class: database, fallback: false }"],
            disabled: [.retry])
        let fault = "{ id: k, kind: kill, target: { name: redis }, at: 10s, for: 25s }"
        let plan = try readPlan(fleet, faults: [fault])
        for seed in 0..<UInt64(30) {
            let run = try await simulate(plan, seed: seed)
            // A request starts work 2 local delays after its intended start, works 4 ms, asks (one delay), and is reset
            // (one delay). What arrives at the store before 20 s is answered.
            let failures = intendedStarts(of: "Alpha", plan: plan, seed: seed)
                .map { (arrives: $0 + 3 * Self.local + 4 * ms, fails: $0 + 4 * Self.local + 4 * ms) }
                .filter { $0.arrives > 20 * s && $0.arrives < 45 * s }.prefix(5).map(\.fails)
            let opened = run.mechanisms(.breaker).first { $0.event.to == "open" }
            #expect(opened?.time == failures.last, "seed \(seed)")
            #expect(opened?.event.by == "Alpha>redis")
        }
    }

    @Test func `four failures a minute never open a breaker that wants five`() async throws {
        let fleet = FleetText(
            groups: ["{ group: front, host: A, profile: agent, members: [ Alpha ] }"],
            stores: ["{ name: redis, kind: redis, host: A, profile: store, writes: false }"],
            calls: ["{ from: Alpha, to: redis, share: 100% (assumed 0%..100%), class: database, fallback: false }"],
            disabled: [.retry])
        let fault = "{ id: k, kind: kill, target: { name: redis }, at: 10s, for: 900s }"
        // One each 20 s: at most four fall into 60 s.
        let plan = try readPlan(fleet, phases: (10, 920, 30), rate: "3/min", faults: [fault])
        for seed in 0..<UInt64(10) {
            let run = try await simulate(plan, seed: seed)
            #expect(run.totals.requests - run.totals.succeeded > 40)
            let failures = intendedStarts(of: "Alpha", plan: plan, seed: seed).map { $0 + 4 * Self.local + 4 * ms }
                .filter { $0 > 20 * s && $0 < 920 * s }
            let all = Array(failures)
            let wouldOpen = (4..<all.count).contains { all[$0] - all[$0 - 4] < 60 * s }
            #expect(run.mechanisms(.breaker).isEmpty == !wouldOpen, "seed \(seed)")
        }
    }

    @Test(arguments: modes)
    func `a hub suspects a silent agent exactly a timeout after its last heartbeat`(mode: SimulatedWorld.Heartbeats)
        async throws
    {
        for kind in ["pause", "kill"] {
            let fault = "{ id: f, kind: \(kind), target: { name: Alpha }, at: 12345ms, for: 20s }"
            let plan = try readPlan(FleetText(), faults: [fault])
            for seed in 0..<UInt64(30) {
                let run = try await simulate(plan, seed: seed, heartbeats: mode)
                let last = Beats(from: "Alpha", to: "HubA", delay: Self.local, plan: plan, seed: seed)
                    .last(upTo: 22_345 * ms)
                let detected = run.mechanisms(.agentFailover, .detect)
                #expect(detected.map(\.time) == [last + 1500 * ms], "\(kind), seed \(seed)")
                #expect(detected.first?.event.about == "Alpha")
            }
        }
    }

    @Test(arguments: modes)
    func `agents leave a silent hub two seconds after its last answer, and are served 800 ms later`(
        mode: SimulatedWorld.Heartbeats
    ) async throws {
        let plan = try hubPlan("{ id: f, kind: pause, target: { name: HubB }, at: 7777ms, for: 25s }")
        for seed in 0..<UInt64(30) {
            let run = try await simulate(plan, seed: seed, heartbeats: mode)
            for agent in ["Carol", "Dave"] {
                let last = Beats(from: agent, to: "HubB", delay: Self.local, plan: plan, seed: seed)
                    .last(upTo: 17_777 * ms)
                expect(run, agent, detect: last + 2 * s, takeover: last + 2800 * ms, seed)
                #expect(last + 2800 * ms - 17_777 * ms <= 2800 * ms)
            }
            #expect(!run.mechanisms(.hubFailover).contains { $0.event.by == "Alpha" }, "seed \(seed)")
        }
    }

    @Test(arguments: modes)
    func `agents leave a dead hub at the third refused report, and are served 800 ms later`(
        mode: SimulatedWorld.Heartbeats
    ) async throws {
        let plan = try hubPlan("{ id: f, kind: kill, target: { name: HubB }, at: 7777ms, for: 25s }")
        for seed in 0..<UInt64(30) {
            let run = try await simulate(plan, seed: seed, heartbeats: mode)
            for agent in ["Carol", "Dave"] {
                let third = Beats(from: agent, to: "HubB", delay: Self.local, plan: plan, seed: seed)
                    .after(17_777 * ms, 3)
                expect(run, agent, detect: third, takeover: third + 800 * ms, seed)
                // Three heartbeat periods at most, and the switch.
                #expect(third - 17_777 * ms <= 1520 * ms)
            }
        }
    }

    private func hubPlan(_ fault: String) throws -> Plan {
        try readPlan(Self.twoHosts, faults: [fault])
    }

    private static let twoHosts = FleetText(
        shape: .twoHosts,
        groups: [
            "{ group: front, host: A, profile: agent, members: [ Alpha, Beta ] }",
            "{ group: edge, host: B, profile: agent, members: [ Carol, Dave ] }",
        ])

    private func expect(
        _ run: Run, _ agent: String, detect: Nanoseconds, takeover: Nanoseconds, _ seed: UInt64,
        at location: SourceLocation = #_sourceLocation
    ) {
        let mine = run.mechanisms(.hubFailover).filter { $0.event.by == agent }
        #expect(
            mine.first { $0.event.role == .detect }?.time == detect, "\(agent), seed \(seed)", sourceLocation: location)
        #expect(
            mine.first { $0.event.role == .takeover }?.time == takeover, "\(agent), seed \(seed)",
            sourceLocation: location)
    }

    @Test(arguments: modes)
    func `hubs find themselves partitioned twelve seconds after the last heartbeat they heard`(
        mode: SimulatedWorld.Heartbeats
    ) async throws {
        let plan = try hubPlan("{ id: f, kind: partition, between: [A, B], at: 3210ms, for: 25s }")
        for seed in 0..<UInt64(30) {
            let run = try await simulate(plan, seed: seed, heartbeats: mode)
            for (hub, peer) in [("HubA", "HubB"), ("HubB", "HubA")] {
                let last = Beats(from: peer, to: hub, delay: 500 * .microsecond, plan: plan, seed: seed)
                    .last(upTo: 13_210 * ms)
                let detected = run.mechanisms(.partitionDetector, .detect).filter { $0.event.by == hub }
                #expect(detected.map(\.time) == [last + 12 * s], "\(hub), seed \(seed)")
            }
        }
    }

    @Test(arguments: modes)
    func `a partition shorter than twelve seconds is nobody's business`(mode: SimulatedWorld.Heartbeats) async throws {
        let plan = try hubPlan("{ id: f, kind: partition, between: [A, B], at: 3s, for: 10900ms }")
        for seed in 0..<UInt64(30) {
            let run = try await simulate(plan, seed: seed, heartbeats: mode)
            #expect(run.mechanisms(.partitionDetector).isEmpty, "seed \(seed)")
        }
    }

    @Test func `a contact that lasts three seconds ends a partition, counted from its first heartbeat`() async throws {
        let plan = try hubPlan("{ id: f, kind: partition, between: [A, B], at: 3s, for: 25s }")
        for seed in 0..<UInt64(30) {
            let run = try await simulate(plan, seed: seed)
            for (hub, peer) in [("HubA", "HubB"), ("HubB", "HubA")] {
                let first = Beats(from: peer, to: hub, delay: 500 * .microsecond, plan: plan, seed: seed).after(
                    38 * s, 1)
                let restored = run.mechanisms(.partitionDetector, .restore).filter { $0.event.by == hub }
                #expect(restored.map(\.time) == [first + 3 * s], "\(hub), seed \(seed)")
            }
        }
    }

    @Test func `a standby answers for a dead agent one switch time after the suspicion`() async throws {
        let fleet = FleetText(groups: [
            "{ group: front, host: A, profile: agent, standby: next, members: [ Alpha, Beta ] }"
        ])
        let fault = "{ id: f, kind: kill, target: { name: Alpha }, at: 12s, for: 20s }"
        let plan = try readPlan(fleet, faults: [fault])
        for seed in 0..<UInt64(30) {
            let run = try await simulate(plan, seed: seed)
            let last = Beats(from: "Alpha", to: "HubA", delay: Self.local, plan: plan, seed: seed).last(upTo: 22 * s)
            let switched = last + 2500 * ms
            #expect(run.mechanisms(.agentFailover, .change).first?.time == switched, "seed \(seed)")
            // The first request after it is the first that is served: 2 delays and 4 ms of work.
            let first = intendedStarts(of: "Alpha", plan: plan, seed: seed).first { $0 + 2 * Self.local > switched }!
            #expect(
                run.mechanisms(.agentFailover, .takeover).first?.time == first + 2 * Self.local + 4 * ms, "seed \(seed)"
            )
        }
    }
}
