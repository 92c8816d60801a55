import ChaosPlan
import Testing

@Suite struct ReadingTests {
    @Test func `the examples of the format read without problems`() throws {
        let reading = Fixtures.read()
        #expect(reading.problems.map(\.description) == [])
        let plan = try #require(reading.plan)
        #expect(plan.fleet.broker.mode == .cluster)
        #expect(
            plan.fleet.agents.map(\.name) == [
                "TutorAgent", "TutoringAgent", "TutoringServiceAgent", "ModelManagerAgent", "PlannerAgent",
            ])
        #expect(plan.fleet.agents.map(\.standby) == [1, 2, 0, nil, nil])
        #expect(plan.faults.map(\.id) == ["kill-edge-hub"])
        #expect(plan.objectives.map(\.id) == ["acknowledged-loss", "availability", "failover-time-kill-edge-hub"])
        #expect(plan.objectives[1].limit == .min(0.999))
        #expect(plan.objectives[2].limit == .max(5e9))
        #expect(plan.workload.requests.interval == 500 * .millisecond)
        #expect(plan.safety.agents == Share(partsPerMillion: 600_000))
        #expect(reading.files.map(\.path) == ["hub-failover.yaml", "objectives.yaml", "fleets/two-machine.yaml"])
        #expect(reading.variants == ["slow"])
    }

    @Test func `a fleet reads by itself`() throws {
        let (fleet, problems) = FleetReader.read(text: Fixtures.fleet, file: "fleet.yaml", overrides: [])
        #expect(problems == [])
        let read = try #require(fleet)
        #expect(read.policies.heartbeat.timeout == 1500 * .millisecond)
        #expect(read.links[0].bandwidth == 120 << 20)
        #expect(read.agents[2].labels == [.init(key: "tier", value: "edge"), .init(key: "zone", value: "b")])
        let paths = read.parameters.map(\.path)
        for path in [
            "fleet.policies.heartbeat.timeout", "fleet.hosts.MainPC.cores", "fleet.profiles.standard.time",
            "fleet.calls[3].share",
        ] {
            #expect(paths.contains(path))
        }
        #expect(Set(paths).count == paths.count)
    }
}
