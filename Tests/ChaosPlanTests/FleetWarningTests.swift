import ChaosPlan
import Testing

@Suite struct FleetWarningTests {
    private func warnings(_ set: [String] = [], fleet: String = Fixtures.fleet) throws -> [String] {
        let reading = Fixtures.read(set: set, fleet: fleet)
        let plan = try #require(reading.plan, "\(reading.problems)")
        return fleetWarnings(plan.fleet, plan.workload).map(\.description)
    }

    @Test func `the fixture's weak spots are named with their numbers`() throws {
        #expect(try warnings() == [])
    }

    @Test func `a busy service, a circle and a lonely hub are named`() throws {
        let busy = try warnings(["fleet.profiles.standard.time=4s", "workload.requests.rate=10/s"])
        #expect(busy.contains { $0.contains("TutorAgent is") && $0.contains("busy") })
        let circle = Fixtures.fleet.replacingOccurrences("  - { from: all, to: hub", "  - { from: TutorAgent, to: PlannerAgent, share: 10% (promise), class: hub, fallback: true }\n  - { from: all, to: hub")
        #expect(try warnings(fleet: circle).contains("warning: 2 agents call each other in a circle: TutorAgent → PlannerAgent → TutorAgent [call-cycle]"))
        let deep = try warnings(["fleet.policies.retry.attempts=5"])
        #expect(deep.contains { $0.contains("5 attempts over") })
    }
}
