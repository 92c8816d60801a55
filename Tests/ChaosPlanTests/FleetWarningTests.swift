import ChaosPlan
import Testing

@Suite struct FleetWarningTests {
    private func warnings(_ set: [String] = [], fleet: String = Fixtures.fleet) throws -> [String] {
        let reading = Fixtures.read(set: set, fleet: fleet)
        let plan = try #require(reading.plan, "\(reading.problems)")
        return fleetWarnings(plan.fleet, plan.workload).map(\.description)
    }

    @Test func `the fixture's weak spots are named with their numbers`() throws {
        let slow = ("wait up to", "while their request is given up after 500ms")
        #expect(
            try warnings() == [
                "warning: calls of class `model` \(slow.0) 30s \(slow.1) (4 edges) [call-timeout]",
                "warning: calls of class `database` \(slow.0) 10s \(slow.1) (2 edges) [call-timeout]",
                "warning: calls of class `hub` \(slow.0) 1s \(slow.1) (5 edges) [call-timeout]",
            ])
        let quiet = try warnings(["workload.requests.rate=1/min", "workload.requests.timeout=1min"])
        #expect(
            quiet == [
                "warning: 4 of 4 breakers of class `model` see at most 0.2 calls in 1min, below the 5 failures that open it [breaker-never-opens]",
                "warning: 2 of 2 breakers of class `database` see at most 0.8 calls in 1min, below the 3 failures that open it [breaker-never-opens]",
                "warning: 5 of 5 breakers of class `hub` see at most 0.3 calls in 1min, below the 5 failures that open it [breaker-never-opens]",
            ])
    }

    @Test func `a busy service, a circle and a lonely hub are named`() throws {
        let busy = try warnings(["fleet.profiles.standard.time=4s", "workload.requests.rate=10/s"])
        #expect(busy.contains { $0.contains("TutorAgent is") && $0.contains("busy") })
        let circle = Fixtures.fleet.replacingOccurrences(
            "  - { from: all, to: hub",
            "  - { from: TutorAgent, to: PlannerAgent, share: 10% (promise), class: hub, fallback: true }\n  - { from: all, to: hub"
        )
        #expect(
            try warnings(fleet: circle).contains(
                "warning: 2 agents call each other in a circle: TutorAgent → PlannerAgent → TutorAgent [call-cycle]"))
        let deep = try warnings(["fleet.policies.retry.attempts=5"])
        #expect(deep.contains { $0.contains("5 attempts over") })
    }
}
