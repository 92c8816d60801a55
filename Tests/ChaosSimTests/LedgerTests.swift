import ChaosPlan
import ChaosRun
import ChaosSim
import Testing

/// Data safety: what the ledger must see, and what it must not.
@Suite struct LedgerTests {
    private static let groups = [
        "{ group: front, host: A, profile: agent, members: [ Alpha, Beta ] }",
        "{ group: edge, host: B, profile: agent, members: [ Carol, Dave ] }",
    ]

    private func plan(_ shape: FleetText.Shape = .twoHosts, faults: [String] = [], set: [String] = []) throws -> Plan {
        try readPlan(
            FleetText(shape: shape, groups: shape == .oneHost ? [Self.groups[0]] : Self.groups, set: set), rate: "1/s",
            messages: "2/s", faults: faults)
    }

    @Test func `without a wrong nothing is flagged and everything arrives`() async throws {
        for shape in [FleetText.Shape.oneHost, .twoHosts, .threeHosts] {
            let plan = try plan(shape)
            for seed in 0..<UInt64(5) {
                let run = try await simulate(plan, seed: seed)
                #expect(run.violations.isEmpty)
                let totals = run.totals
                #expect(totals.published > 200)
                #expect(totals.published - totals.acknowledged <= plan.fleet.agents.count, "only what is under way")
                #expect(totals.acknowledged <= totals.delivered)
                #expect(totals.lost == 0 && totals.duplicated == 0 && totals.outOfOrder == 0 && totals.unexpected == 0)
            }
        }
    }

    @Test(arguments: [FleetText.Shape.oneHost, .twoHosts, .threeHosts])
    func `a lost acknowledged message is caught`(shape: FleetText.Shape) async throws {
        let run = try await simulate(try plan(shape), seed: 1, plants: [.loseAcknowledged])
        #expect(run.violations == ["acknowledged-loss"])
        #expect(run.totals.lost == 1)
        #expect(run.totals.lostMiddle == 1)
        #expect(run.totals.duplicated == 0 && run.totals.outOfOrder == 0)
    }

    @Test(arguments: [FleetText.Shape.oneHost, .twoHosts, .threeHosts])
    func `a reordering is caught`(shape: FleetText.Shape) async throws {
        let run = try await simulate(try plan(shape), seed: 1, plants: [.reorder])
        #expect(!run.violations.isEmpty && Set(run.violations) == ["order"])
        #expect(run.totals.outOfOrder >= 1 && run.totals.outOfOrder <= 2)
        #expect(run.totals.lost == 0 && run.totals.duplicated == 0)
    }

    @Test(arguments: [FleetText.Shape.oneHost, .twoHosts, .threeHosts])
    func `a message that nobody published is caught`(shape: FleetText.Shape) async throws {
        let run = try await simulate(try plan(shape), seed: 1, plants: [.invent])
        #expect(run.violations == ["unexpected"])
        #expect(run.totals.unexpected == 1)
        #expect(run.totals.lost == 0 && run.totals.outOfOrder == 0 && run.totals.duplicated == 0)
    }

    @Test(arguments: [FleetText.Shape.oneHost, .twoHosts, .threeHosts])
    func `a duplicate is caught`(shape: FleetText.Shape) async throws {
        let run = try await simulate(try plan(shape), seed: 1, plants: [.duplicate])
        #expect(run.violations == ["duplicated"])
        #expect(run.totals.duplicated == 1)
        #expect(run.totals.lost == 0 && run.totals.outOfOrder == 0)
    }

    @Test func `two owners of one agent in one epoch are caught`() async throws {
        let fault = "{ id: f, kind: kill, target: { name: HubB }, at: 5s, for: 20s }"
        let run = try await simulate(try plan(faults: [fault]), seed: 1, plants: [.doubleOwner])
        #expect(run.violations == ["ownership"])
        #expect(run.totals.ownershipConflicts == 1)
    }

    @Test func `all plants at once are told apart`() async throws {
        let fault = "{ id: f, kind: kill, target: { name: HubB }, at: 5s, for: 20s }"
        let run = try await simulate(try plan(faults: [fault]), seed: 3, plants: Set(SimulatedWorld.Plant.allCases))
        #expect(Set(run.violations).isSuperset(of: ["ownership", "acknowledged-loss"]))
    }

    @Test func `the catalogue's hub failover is clean over many seeds`() async throws {
        let plan = try readScenario("hub-failover")
        for seed in 0..<UInt64(count(3, full: 50)) {
            let run = try await simulate(plan, seed: seed)
            #expect(run.violations.isEmpty, "seed \(seed): \(run.violations)")
            #expect(run.totals.ownershipConflicts == 0 && run.totals.lost == 0, "seed \(seed)")
        }
    }

    /// Faults that lose nothing by any promise: no power loss, no step of the clock past the deduplication window, no process
    /// of an agent dying with its buffer. Then nothing acknowledged may be lost, doubled or out of order.
    @Test func `harmless faults of every kind lose, double and reorder nothing`() async throws {
        for seed in 0..<UInt64(count(80, full: 3_000)) {
            var (plan, schedule) = try RandomPlan.make(seed: seed)
            plan.phases.recovery = 120 * s
            schedule.instances.removeAll {
                switch $0.fault {
                case .hostDown(power: true), .clock: true
                default: false
                }
            }
            let run = try await simulate(plan, seed: seed, schedule: schedule)
            let what = schedule.instances.map { "\($0.fault.kind) \($0.targets)" }
            #expect(
                run.violations.isEmpty, "seed \(seed): \(run.violations.prefix(3)) \(plan.fleet.broker.mode) \(what)")
            #expect(
                run.totals.lost == 0 && run.totals.unexpected == 0 && run.totals.ownershipConflicts == 0, "seed \(seed)"
            )
        }
    }

    // MARK: What power does

    private func powerLoss(_ sync: String, hosts: String = "B", shape: FleetText.Shape = .twoHosts) throws -> Plan {
        try plan(
            shape, faults: ["{ id: f, kind: host-down, power: true, target: { host: \(hosts) }, at: 20s, for: 15s }"],
            set: ["broker.sync=\(sync)"])
    }

    @Test func `a power loss loses what was acknowledged and not yet flushed, and nothing else`() async throws {
        let plan = try powerLoss("interval")
        for seed in 0..<UInt64(20) {
            let run = try await simulate(plan, seed: seed)
            // The first flush is due after one minute at the earliest: all 30 s of two publishers are at stake.
            #expect(run.totals.lost >= 2 * 2 * 25, "seed \(seed): \(run.totals.lost)")
            #expect(run.totals.lost <= 2 * 2 * 30 + 2, "seed \(seed): \(run.totals.lost)")
            #expect(Set(run.violations) == ["acknowledged-loss"], "seed \(seed): \(run.violations)")
        }
    }

    @Test func `what a flush reached survives the power loss`() async throws {
        var plan = try powerLoss("interval")
        plan.fleet.broker.syncInterval = 4 * s
        for seed in 0..<UInt64(20) {
            let run = try await simulate(plan, seed: seed)
            #expect(run.totals.lost <= 2 * 2 * 4 + 2, "seed \(seed): \(run.totals.lost)")
        }
    }

    @Test(arguments: [FleetText.Shape.twoHosts, .threeHosts])
    func `with a flush before each acknowledgement a power loss loses nothing`(shape: FleetText.Shape) async throws {
        let plan = try powerLoss("always", shape: shape)
        for seed in 0..<UInt64(20) {
            let run = try await simulate(plan, seed: seed)
            #expect(run.violations.isEmpty, "seed \(seed): \(run.violations)")
            #expect(run.totals.lost == 0, "seed \(seed)")
        }
    }

    @Test func `a kill without power loss keeps the page cache`() async throws {
        let plan = try plan(faults: ["{ id: f, kind: kill, target: { name: natsB }, at: 20s, for: 15s }"])
        for seed in 0..<UInt64(20) {
            let run = try await simulate(plan, seed: seed)
            #expect(run.violations.isEmpty && run.totals.lost == 0, "seed \(seed)")
            #expect(run.mechanisms(.buffer).contains { $0.event.to == "buffering" })
            #expect(run.totals.published - run.totals.acknowledged <= 4, "seed \(seed): drained")
        }
    }

    @Test func `a message sent again past the deduplication window is stored twice`() async throws {
        // The way back from the broker is cut: messages are stored, acknowledgements lost, and sent again each time. Within the
        // window that is harmless; a window of nothing stores each again.
        let fault = "{ id: f, kind: partition, from: B, to: A, at: 5s, for: 20s }"
        let lone = FleetText(
            shape: .twoHosts, groups: ["{ group: front, host: A, profile: agent, members: [ Alpha ] }"])
        for (window, isDoubled) in [("2min", false), ("0s", true)] {
            var fleet = lone
            fleet.set = ["broker.dedupe-window=\(window)"]
            var plan = try readPlan(fleet, rate: "1/s", messages: "2/s", faults: [fault])
            plan.fleet.broker.servers.removeFirst()
            var duplicated = 0
            for seed in 0..<UInt64(10) {
                let run = try await simulate(plan, seed: seed)
                duplicated += run.totals.duplicated
                #expect(run.totals.lost == 0, "seed \(seed)")
            }
            #expect((duplicated > 0) == isDoubled, "window \(window): \(duplicated)")
        }
    }
}
