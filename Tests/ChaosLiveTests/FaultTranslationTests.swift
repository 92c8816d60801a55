import ChaosFleet
import ChaosLive
import ChaosPlan
import Testing

@Suite struct FaultTranslationTests {
    private func requests(
        _ scenario: String, capabilities: [String: [String: [String]]] = [:]
    ) throws -> [FaultTranslation.Request] {
        let plan = try Fixture.plan(scenario)
        let schedule = Schedule.draw(plan, seed: 1)
        let translation = FaultTranslation(layout: FleetLayout(plan.fleet), capabilities: capabilities)
        return try translation.requests(for: schedule.instances[0], leader: 1).requests
    }

    @Test(
        "a killed process is selected by its pid file on its host, and held down by a file that its supervisor honours")
    func kill() throws {
        let requests = try requests("hub-failover")
        #expect(requests.map(\.host) == [1])
        #expect(
            requests[0].fault.line
                == #"{"hold-file":"/fleet/held/EdgeHub","kind":"kill","processes":{"pid-file":"/fleet/pids/EdgeHub"}}"#)
    }

    @Test("a partition is one rule at one end, with a ping from there as proof")
    func partition() throws {
        let requests = try requests("partition")
        #expect(requests.count == 1)
        #expect(requests[0].probes == ["10.77.0.1"])
        #expect(requests[0].fault.line.contains(#""direction":"both""#))
    }

    @Test(
        "each repetition has an id of its own, of letters, digits, - and _ only, as executors demand",
        arguments: [
            ("partition-flapping", ["faults.flap.times=3"], 3),
            ("link-latency", ["faults.slow-link.every=2min", "faults.slow-link.times=2", "phases.faults=5min"], 4),
        ])
    func ids(scenario: String, overrides: [String], count: Int) throws {
        let plan = try Fixture.plan(scenario, overrides: overrides)
        let offers = ["latency": ["netem"]]
        let translation = FaultTranslation(
            layout: FleetLayout(plan.fleet), capabilities: ["MainPC": offers, "PC2": offers])
        let ids = try Schedule.draw(plan, seed: 1).instances.flatMap { instance in
            try translation.requests(for: instance, leader: 1).requests.map(\.id)
        }
        #expect(ids.count == count && Set(ids).count == count, "\(ids)")
        #expect(ids.allSatisfy { $0.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "-_".contains($0)) } })
    }

    @Test("a one-way partition drops what arrives at its far end only")
    func oneWay() throws {
        let requests = try requests("partition-one-way")
        #expect(requests.count == 1)
        #expect(requests[0].fault.line.contains(#""direction":"in""#))
    }

    @Test(
        "a delay is put at the sender where netem serves and at the receiver where a queue does, once each way",
        arguments: [("netem", "out"), ("nfqueue", "in")])
    func latency(mechanism: String, direction: String) throws {
        let offers = ["latency": [mechanism], "loss": [mechanism]]
        let requests = try requests("link-latency", capabilities: ["MainPC": offers, "PC2": offers])
        #expect(requests.count == 2)
        #expect(Set(requests.map(\.host)) == [0, 1])
        #expect(requests.allSatisfy { $0.fault.line.contains(#""direction":"\#(direction)""#) })
        #expect(Set(requests.map(\.id)).count == 2)
    }

    @Test("a kind without a mechanism on its host is refused with the host's name")
    func noMechanism() throws {
        #expect(throws: FaultTranslation.Unsupported(reason: "PC2 has no mechanism for latency")) {
            try requests("link-latency")
        }
    }

    @Test("the broker's leader is the one that leads when the fault is due")
    func leader() throws {
        #expect(try requests("broker-leader-kill").map(\.host) == [1])
    }

    @Test("every fault of the catalogue that an executor can carry out has a translation")
    func catalogue() throws {
        for scenario in [
            "agent-kill-one", "agent-kill-ten-percent", "agent-pause", "hub-central-failover", "hub-both-down",
            "partition-flapping", "disk-full", "cpu-starvation", "memory-exhaustion", "redis-down", "broker-down",
            "pc2-down", "hub-loss-during-partition", "disk-full-plus-kills",
        ] {
            #expect(try requests(scenario).isEmpty == false, "\(scenario)")
        }
    }
}
