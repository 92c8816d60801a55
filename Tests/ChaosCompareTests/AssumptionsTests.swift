import ChaosCompare
import ChaosPlan
import ChaosScore
import Testing

@Suite struct AssumptionsTests {
    private func read(_ overrides: [String]) -> Plan? {
        Plans.with(
            faults: "\n  - { id: kill-greeter, kind: kill, target: { name: Greeter }, at: 5s, for: 15s }",
            objectives: "  - { metric: failover-time, of: kill-greeter, max: 5s }", set: overrides
        ).plan
    }

    private func parameters(_ names: [String]) throws -> [Parameter] {
        let all = try #require(read([])).fleet.parameters
        return try names.map { name in try #require(all.first { $0.path == "fleet.policies.\(name)" }, "\(name)") }
    }

    @Test func `the planted flip is found, with the end of the range and every seed`() async throws {
        let seeds: [UInt64] = [1, 2]
        let report = await Assumptions.flips(
            read: read,
            parameters: try parameters([
                "agent-failover.switch-time", "hub-failover.fail-back-after", "breaker.successes",
            ]),
            seeds: seeds, jobs: 2)
        let text = report.text
        #expect(report.failure == nil, "\(text)")
        #expect(report.flipping == ["failover-time-kill-greeter"], "\(text)")
        // A promise is no assumption.
        #expect(
            report.entries.map(\.path) == [
                "fleet.policies.agent-failover.switch-time", "fleet.policies.hub-failover.fail-back-after",
            ])
        let ends = report.entries[0].settings
        #expect(ends.map(\.end) == [.low, .high] && ends[0].flips == [], "\(text)")
        let flip = try #require(ends[1].flips.first, "\(text)")
        #expect(ends[1].flips.count == 1 && flip.objective == "failover-time-kill-greeter", "\(text)")
        #expect(flip.from == .held && flip.to == .missed && flip.seeds == seeds, "\(text)")
        // One hub has nobody to hand over to.
        #expect(report.withoutEffect == ["fleet.policies.hub-failover.fail-back-after"], "\(text)")
        #expect(
            text.hasPrefix(
                "made-up, 2 seeds: objectives that flip within the ranges of 2 assumed parameters: 1 of 2\n"), "\(text)"
        )
        #expect(
            text.contains(
                "agent-failover.switch-time at 5s instead of 1s: failover-time-kill-greeter is missed instead of held in 2 of 2 seeds"
            ),
            "\(text)")
    }

    @Test func `a value the fleet cannot have is reported and not run`() async throws {
        var parameter = try parameters(["restart.delay"])[0]
        parameter.low = "31s"
        parameter.high = "2s"
        let report = await Assumptions.flips(read: read, parameters: [parameter], seeds: [3], jobs: 1)
        #expect(report.entries[0].settings.map(\.failure) == ["the plan cannot be read so", nil], "\(report.text)")
        #expect(report.entries[0].settings[1].changedJournal == false, "seed 3: its own value is no change")
        #expect(report.withoutEffect == [], "an end that was not run shows nothing")
    }

    @Test func `a scenario that cannot be read has no entries but a reason`() async throws {
        let report = await Assumptions.flips(read: { _ in nil }, parameters: [], seeds: [1], jobs: 1)
        #expect(report.failure == "the scenario cannot be read")
        #expect(report.entries.isEmpty)
    }
}
