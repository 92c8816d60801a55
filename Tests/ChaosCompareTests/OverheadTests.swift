import ChaosCompare
import ChaosPlan
import ChaosRun
import Testing

@Suite struct OverheadTests {
    @Test func `mechanisms cost a healthy fleet less than the promised tenth`() async throws {
        let plan = try #require(Plans.named("first-steps"))
        let bare = try #require(Plans.named("first-steps", disable: Mechanism.allCases))
        #expect(bare.fleet.policies.disabled == Set(Mechanism.allCases))
        let overhead = try await Overhead.measure(plan, without: bare, seeds: [1, 2])
        #expect(overhead.isWithinPromise == true, "seeds 1, 2: \(overhead.text)")
        #expect(overhead.with.requests == overhead.without.requests, "the load is open: \(overhead.text)")
        #expect(overhead.with.requests > 3_000, "\(overhead.text)")
        #expect(overhead.text.contains("within the promised 10 %"), "\(overhead.text)")
    }

    @Test func `a slower fleet shows as overhead and breaks the promise`() async throws {
        let slow = try #require(Plans.named("first-steps", set: ["fleet.profiles.standard.time=12ms"]))
        let plan = try #require(Plans.named("first-steps"))
        let overhead = try await Overhead.measure(slow, without: plan, seeds: [3])
        #expect(overhead.isWithinPromise == false, "seed 3: \(overhead.text)")
        let p50 = try #require(overhead.latencyP50)
        #expect(p50 > 30 && p50 < 60, "seed 3: half as much work again, \(overhead.text)")
    }

    @Test func `the same plan twice is no overhead at all`() async throws {
        let plan = try #require(Plans.named("first-steps"))
        let overhead = try await Overhead.measure(plan, without: plan, seeds: [5])
        #expect(overhead.worst == 0, "seed 5: \(overhead.text)")
    }
}
