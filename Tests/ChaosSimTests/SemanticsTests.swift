import ChaosPlan
import ChaosRun
import ChaosSim
import Testing

/// What a fault means to those who meet it.
@Suite struct SemanticsTests {
    private static let local = 100 * Nanoseconds.microsecond

    private static let callers = FleetText(
        shape: .twoHosts,
        groups: [
            "{ group: front, host: A, profile: agent, members: [ Alpha ] }",
            "{ group: back, host: B, profile: agent, members: [ Bravo ] }",
        ],
        calls: ["{ from: Alpha, to: Bravo, share: 100% (assumed 0%..100%), class: agent, fallback: false }"],
        disabled: [.retry, .breaker, .agentFailover])

    @Test func `a killed process resets its callers at once`() async throws {
        let fault = "{ id: f, kind: kill, target: { name: Bravo }, at: 10s, for: 10s }"
        let plan = try readPlan(Self.callers, timeout: "2s", faults: [fault])
        for seed in 0..<UInt64(20) {
            let run = try await simulate(plan, seed: seed)
            // Alpha's first request whose call arrives after the kill: 2 delays, 4 ms, and 500 µs each way.
            let first = intendedStarts(of: "Alpha", plan: plan, seed: seed).first {
                $0 + 2 * Self.local + 4500 * .microsecond > 20 * s
            }!
            #expect(run.changes(of: 0).first?.time == first + 2 * Self.local + 5 * ms, "seed \(seed)")
            // And Bravo's own client is turned away on the spot.
            let own = intendedStarts(of: "Bravo", plan: plan, seed: seed).first { $0 + 2 * Self.local > 20 * s }!
            #expect(run.changes(of: 1).first?.time == own + 2 * Self.local, "seed \(seed)")
        }
    }

    @Test func `work under way in a killed process is reset at the instant of the kill`() async throws {
        var fleet = Self.callers
        fleet.set = ["profiles.agent.time=400ms"]
        let fault = "{ id: f, kind: kill, target: { name: Bravo }, at: 10s, for: 10s }"
        let plan = try readPlan(fleet, rate: "10/s", timeout: "2s", faults: [fault])
        let run = try await simulate(plan, seed: 1)
        #expect(run.changes(of: 1).first?.time == 20 * s)
    }

    @Test func `a downed host is silent until its callers run out of patience`() async throws {
        let fault = "{ id: f, kind: host-down, target: { host: B }, at: 10s, for: 10s }"
        let plan = try readPlan(Self.callers, timeout: "2s", faults: [fault])
        for seed in 0..<UInt64(20) {
            let run = try await simulate(plan, seed: seed)
            for (subject, name) in ["Alpha", "Bravo"].enumerated() {
                let lead = subject == 0 ? 2 * Self.local + 4500 * .microsecond : 2 * Self.local
                // Who is caught with a request under way waits just as long.
                let first = intendedStarts(of: name, plan: plan, seed: seed).first { $0 + lead + 5 * ms > 20 * s }!
                #expect(run.changes(of: subject).first?.time == first + 2 * s, "\(name), seed \(seed)")
            }
        }
    }

    @Test func `a rejecting link refuses at once, a dropping one is silent`() async throws {
        for (mode, isQuick) in [("reject", true), ("drop", false)] {
            let fault = "{ id: f, kind: partition, between: [A, B], mode: \(mode), at: 10s, for: 10s }"
            let plan = try readPlan(Self.callers, timeout: "2s", faults: [fault])
            for seed in 0..<UInt64(10) {
                let run = try await simulate(plan, seed: seed)
                let first = intendedStarts(of: "Alpha", plan: plan, seed: seed)
                    .first { $0 + 2 * Self.local + 4500 * .microsecond > 20 * s }!
                let down = run.changes(of: 0).first?.time ?? 0
                #expect(isQuick ? down < first + 6 * ms : down == first + 2 * s, "\(mode), seed \(seed)")
                #expect(run.changes(of: 1).isEmpty, "Bravo's client is on its own side")
            }
        }
    }

    @Test func `servers go on working for callers who gave up`() async throws {
        // One worker that needs 400 ms for each of 4 requests a second, patience 300 ms: after the first few nobody is ever
        // served in time again although the server is never idle.
        let fleet = FleetText(
            groups: ["{ group: front, host: A, profile: agent, members: [ Alpha ] }"],
            set: ["profiles.agent.time=400ms", "profiles.agent.workers=1", "profiles.agent.queue=512"])
        let plan = try readPlan(fleet, phases: (30, 30, 30), rate: "4/s", timeout: "600ms")
        let run = try await simulate(plan, seed: 1)
        #expect(run.totals.succeeded < 20, "\(run.totals.succeeded)")
        #expect(run.totals.requests > 300)
        // A bounded queue that refuses keeps the rest alive: at most one waits, so who is let in is served in 800 ms.
        var bounded = fleet
        bounded.set += ["profiles.agent.queue=0"]
        let saved = try await simulate(
            try readPlan(bounded, phases: (30, 30, 30), rate: "4/s", timeout: "600ms"), seed: 1)
        #expect(saved.totals.succeeded > 150, "\(saved.totals.succeeded)")
    }

    @Test func `a full queue refuses at once and says so`() async throws {
        let fleet = FleetText(
            groups: ["{ group: front, host: A, profile: agent, members: [ Alpha ] }"],
            set: ["profiles.agent.time=10s", "profiles.agent.workers=1", "profiles.agent.queue=2"])
        let plan = try readPlan(fleet, rate: "2/s", timeout: "9s")
        for seed in 0..<UInt64(10) {
            let run = try await simulate(plan, seed: seed)
            // One at work, two waiting: the fourth is refused on arrival.
            let fourth = Array(intendedStarts(of: "Alpha", plan: plan, seed: seed).prefix(4))[3] + 2 * Self.local
            #expect(run.mechanisms(.loadShedding).first?.time == fourth, "seed \(seed)")
            #expect(run.changes(of: 0).first?.time == fourth, "seed \(seed)")
        }
    }

    @Test func `without load shedding the queue takes them all`() async throws {
        let fleet = FleetText(
            groups: ["{ group: front, host: A, profile: agent, members: [ Alpha ] }"],
            set: ["profiles.agent.time=10s", "profiles.agent.workers=1", "profiles.agent.queue=2"],
            disabled: [.loadShedding])
        let run = try await simulate(try readPlan(fleet, rate: "2/s", timeout: "9s"), seed: 1)
        #expect(run.mechanisms(.loadShedding).isEmpty)
    }

    @Test func `a paused process answers after it resumes, if anyone still waits`() async throws {
        // Pause of 1 s, patience 3 s: late but served. Pause of 8 s: what was asked in its first 5 s has given up.
        let patient = try readPlan(
            Self.callers, timeout: "3s", faults: ["{ id: f, kind: pause, target: { name: Bravo }, at: 10s, for: 1s }"])
        for seed in 0..<UInt64(10) {
            let run = try await simulate(patient, seed: seed)
            #expect(run.totals.requests - run.totals.succeeded == 0, "seed \(seed)")
            let slow = run.records.contains { record in
                guard case .window(let window) = record.event else { return false }
                return window.latency.contains { LatencyHistogram.upperBound(of: $0.bucket) > 100 * ms }
            }
            #expect(slow)
        }
        let impatient = try readPlan(
            Self.callers, timeout: "3s", faults: ["{ id: f, kind: pause, target: { name: Bravo }, at: 10s, for: 8s }"])
        for seed in 0..<UInt64(10) {
            let run = try await simulate(impatient, seed: seed)
            let changes = run.changes(of: 1)
            #expect(changes.map(\.up) == [false, true], "seed \(seed)")
            let first = intendedStarts(of: "Bravo", plan: impatient, seed: seed)
                .first { $0 + 2 * Self.local + 4 * ms > 20 * s }!
            #expect(changes.first?.time == first + 3 * s, "seed \(seed)")
            // Up again with the first answer after the resume at 28 s: its work was done but for what was left of 4 ms.
            #expect((28 * s...28 * s + 5 * ms).contains(changes.last!.time), "seed \(seed): \(changes)")
        }
    }

    // MARK: The cluster

    private func cluster(_ faults: [String], set: [String] = []) throws -> Plan {
        try readPlan(
            FleetText(
                shape: .threeHosts,
                groups: [
                    "{ group: a, host: A, profile: agent, members: [ Alpha ] }",
                    "{ group: b, host: B, profile: agent, members: [ Bravo ] }",
                    "{ group: c, host: C, profile: agent, members: [ Carol ] }",
                ], set: set), phases: (10, 60, 60), rate: "1/s", messages: "4/s", faults: faults)
    }

    @Test func `a cluster elects a new leader four to nine seconds after the last heartbeat, once per term`()
        async throws
    {
        let plan = try cluster(["{ id: f, kind: kill, target: { kind: broker, pick: leader }, at: 10s, for: 40s }"])
        var times: [Double] = []
        for seed in 0..<UInt64(count(40, full: 200)) {
            let run = try await simulate(plan, seed: seed)
            let elected = run.mechanisms(.brokerElection, .takeover)
            #expect(elected.count == 1, "seed \(seed): \(elected.map(\.time))")
            guard let time = elected.first?.time else { continue }
            // The last heartbeat was up to a second before the kill at 20 s.
            #expect(time >= 23 * s && time <= 29 * s, "seed \(seed): \(time)")
            #expect(elected.first?.event.by != "natsA", "the dead do not lead")
            times.append(Double(time - 20 * s) / 1e9)
            #expect(run.violations.isEmpty, "seed \(seed): \(run.violations)")
        }
        // The first of two followers, each uniform in 4 … 9 s after a heartbeat up to 1 s old: about 5.2 s on average.
        let mean = times.reduce(0, +) / Double(times.count)
        #expect(mean > 4.6 && mean < 5.8, "\(mean)")
    }

    @Test func `without a quorum nothing is acknowledged`() async throws {
        // Two of three servers dead from 20 s to 50 s.
        let plan = try cluster([
            "{ id: f, kind: kill, target: { name: natsB }, at: 10s, for: 30s }",
            "{ id: g, kind: kill, target: { name: natsC }, at: 10s, for: 30s }",
        ])
        for seed in 0..<UInt64(20) {
            let whole = try await simulate(plan, seed: seed)
            // Stopped at the end of the outage, the acknowledged are those of the first twenty seconds.
            var cut = plan
            cut.phases = Phases(baseline: 10 * s, faults: 39 * s, recovery: 0)
            let short = try await simulate(cut, seed: seed)
            #expect(short.totals.acknowledged <= 3 * 4 * 20 + 3, "seed \(seed): \(short.totals.acknowledged)")
            #expect(whole.totals.published - whole.totals.acknowledged <= 3, "seed \(seed): all later")
            #expect(whole.violations.isEmpty, "seed \(seed): \(whole.violations)")
        }
    }

    @Test func `the minority side of a partition acknowledges nothing, and there is one leader at a time`() async throws
    {
        // A, where the leader is, alone: B and C elect another; A's old leader steps down.
        let plan = try cluster([
            "{ id: f, kind: partition, between: [A, B], at: 10s, for: 30s }",
            "{ id: g, kind: partition, between: [A, C], at: 10s, for: 30s }",
        ])
        for seed in 0..<UInt64(20) {
            let run = try await simulate(plan, seed: seed)
            let elected = run.mechanisms(.brokerElection, .takeover)
            #expect(
                !elected.isEmpty && elected.allSatisfy { $0.event.by != "natsA" || $0.time > 50 * s }, "seed \(seed)")
            #expect(
                elected.first!.time >= 23 * s && elected.first!.time <= 31 * s, "seed \(seed): \(elected.first!.time)")
            #expect(run.violations.isEmpty, "seed \(seed): \(run.violations)")
            #expect(run.totals.lost == 0)
            #expect(run.totals.published - run.totals.acknowledged <= 3, "seed \(seed)")
        }
    }

    @Test func `a supervisor gives up on whoever dies too often`() async throws {
        let fleet = FleetText(
            set: ["policies.restart.delay=100ms", "policies.restart.startup=1s"].filter { !$0.contains("startup") })
        var plan = try readPlan(fleet, phases: (10, 110, 30))
        plan.fleet.policies.restart.multiplier = 1
        let instances = (0..<12).map {
            FaultInstance(
                id: "r\($0)", faultID: "r", fault: .restart, targets: .members([.agent(0)]),
                start: .at((12 + Int64($0) * 3) * s),
                duration: nil)
        }
        let run = try await simulate(
            plan, seed: 1, schedule: Schedule(seed: 1, instances: instances, blastRadius: RandomPlan.nobody))
        #expect(run.mechanisms(.restart).contains { $0.event.to == "gave-up" && $0.event.about == "Alpha" })
        #expect(run.changes(of: 0).last?.up == false)
    }
}
