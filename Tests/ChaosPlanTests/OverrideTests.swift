import ChaosPlan
import Testing

@Suite struct OverrideTests {
    @Test func `values are set by id, name and index`() throws {
        let plan = try #require(
            Fixtures.read(set: [
                "faults.kill-edge-hub.for=40s", "phases.faults=2min", "scenario.phases.recovery=10s",
                "objectives.failover-time-kill-edge-hub.max=3s",
                "objectives.acknowledged-loss.weight=2", "fleet.calls[3].share=30%", "fleet.calls.0.share=50%",
                "fleet.hosts.MainPC.cores=4",
                "fleet.agents.tutoring.host=MainPC", "workload.messages.stream=other", "faults.0.jitter=1s",
            ]).plan)
        #expect(plan.faults[0].duration == 40 * .second)
        #expect(plan.faults[0].jitter == .second)
        #expect(plan.phases == Phases(baseline: 30 * .second, faults: 120 * .second, recovery: 10 * .second))
        #expect(plan.objectives.first { $0.metric == .failoverTime }?.limit == .max(3e9))
        #expect(plan.objectives.first { $0.metric == .acknowledgedLoss }?.weight == 2)
        #expect(plan.fleet.hosts[0].cores == 4)
        #expect(plan.fleet.agents[0].host == 0)
        #expect(plan.workload.stream == "other")
        #expect(plan.fleet.calls.last?.share == Share(partsPerMillion: 300_000))
    }

    @Test func `an override keeps where the number comes from and may leave its range`() throws {
        let plan = try #require(Fixtures.read(set: ["fleet.policies.heartbeat.timeout=60s"]).plan)
        let parameter = try #require(plan.fleet.parameters.first { $0.path == "fleet.policies.heartbeat.timeout" })
        #expect(parameter.text == "60s")
        #expect(parameter.source == .assumed)
        #expect(parameter.low == "500ms")
        #expect(parameter.high == "10s")
        #expect(plan.fleet.policies.heartbeat.timeout == 60 * .second)
    }

    @Test func `a variant sets both scenario and fleet, and an option beats it`() throws {
        let slow = try #require(Fixtures.read(variant: "slow").plan)
        #expect(slow.faults[0].duration == 80 * .second)
        #expect(slow.fleet.policies.hubFailover.detectAfter == 8 * .second)
        let both = try #require(Fixtures.read(variant: "slow", set: ["faults.kill-edge-hub.for=20s"]).plan)
        #expect(both.faults[0].duration == 20 * .second)
        #expect(
            Fixtures.read(variant: "slwo").problems.map(\.description) == [
                "hub-failover.yaml:27:3: error: no variant `slwo`; did you mean `slow`?"
            ])
    }

    @Test func `a mechanism is switched off`() throws {
        let plan = try #require(Fixtures.read(disable: [.breaker, .retry]).plan)
        #expect(plan.fleet.policies.disabled == [.breaker, .retry])
        #expect(plan.digest != Fixtures.read().plan?.digest)
    }

    @Test func `what the file leaves out can be set`() throws {
        let plan = try #require(
            Fixtures.read(set: [
                "faults.kill-edge-hub.jitter=2s", "objectives.availability.floor=90%", "fleet.hubs.EdgeHub.port=1234",
            ]).plan)
        #expect(plan.faults[0].jitter == 2 * .second)
        #expect(plan.objectives[1].floor == 0.9)
        #expect(plan.fleet.hubs[1].port == 1234)
    }

    @Test(arguments: [
        (
            "faults.kill-edge-hb.for=1s",
            "--set faults.kill-edge-hb.for=1s:1:1: error: `faults.kill-edge-hb.for`: no `kill-edge-hb` in `faults`; did you mean `kill-edge-hub`?"
        ),
        ("phase.faults=1s", "--set phase.faults=1s:1:1: error: `phase.faults`: no `phase`; did you mean `phases`?"),
        ("phases", "--set phases:1:1: error: no `=` in it; write `--set path=value`"),
        ("phases.faults=", "--set phases.faults=:1:1: error: no value behind the `=`; write `--set path=value`"),
        (
            "=1",
            "--set =1:1:1: error: nothing is not a path; write one such as `faults.kill-edge-hub.for` or `fleet.calls[3].share`"
        ),
        (
            "phases.faults.x=1",
            "--set phases.faults.x=1:1:1: error: `phases.faults.x`: `phases.faults` is a single value; end the path there"
        ),
        (
            "fleet.policies.heartbeat.timout=1s",
            "--set fleet.policies.heartbeat.timout=1s:1:1: error: `fleet.policies.heartbeat.timout`: no `timout` in `policies.heartbeat`; did you mean `timeout`?"
        ),
        (
            "phases.baseline=soon",
            "--set phases.baseline=soon:1:1: error: `phases.baseline`: `soon` is not a duration; write one such as `500ms`"
        ),
    ])
    func `a wrong override is a problem`(option: String, expected: String) {
        let reading = Fixtures.read(set: [option])
        #expect(reading.plan == nil)
        #expect(reading.problems.map(\.description) == [expected])
    }
}
