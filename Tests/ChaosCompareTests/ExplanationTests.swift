import ChaosCompare
import ChaosPlan
import ChaosRun
import ChaosScore
import Testing

@Suite struct ExplanationTests {
    private static let killGreeter =
        "\n  - { id: kill-greeter, kind: kill, target: { name: Greeter }, at: 5s, for: 15s }"

    private func plan(_ faults: String, objectives: String = "") throws -> Plan {
        let reading = Plans.with(faults: faults, objectives: objectives)
        return try #require(reading.plan, "\(reading.problems)")
    }

    @Test(arguments: [1, 2, 3] as [UInt64])
    func `without a fault that never fires the history is the same`(seed: UInt64) async throws {
        var plan = try plan(
            "\n  - { id: late, kind: pause, target: { name: Router }, after: kill-greeter, delay: 1s, for: 1s }"
                + Self.killGreeter)
        // The reader refuses what cannot come true; a run that is healed early leaves just such a fault behind.
        plan.faults[0].start = .after("kill-greeter", 30 * .second)
        let explanation = try await Explanation.of(plan: plan, seed: seed)
        let late = try #require(explanation.costs.first { $0.fault == "late" })
        #expect(late.changedNothing, "seed \(seed): \(late.sentence)")
        #expect(late.with == late.without, "seed \(seed)")
        #expect(late.hurt == [] && late.reactions == [], "seed \(seed): \(late.sentence)")
        let kill = try #require(explanation.costs.first { $0.fault == "kill-greeter" })
        #expect(!kill.changedNothing, "seed \(seed): \(kill.sentence)")
    }

    @Test(arguments: [1, 7] as [UInt64])
    func `without its only fault a run is the control run`(seed: UInt64) async throws {
        let plan = try plan(Self.killGreeter)
        let control = try #require(Plans.with(faults: " []").plan)
        let explanation = try await Explanation.of(plan: plan, seed: seed)
        let reference = try await Trial.run(control, seed: seed)
        let cost = try #require(explanation.costs.first)
        let controlHistory = try await history(control, seed)
        #expect(cost.historyWithout == controlHistory, "seed \(seed)")
        #expect(try await history(plan, seed) != controlHistory, "seed \(seed)")
        #expect(cost.without == explanation.withoutAny, "seed \(seed)")
        #expect(cost.without.availability == reference.scorecard.facts.availability, "seed \(seed)")
        #expect(cost.without.lostAgentSeconds < cost.with.lostAgentSeconds, "seed \(seed): \(cost.sentence)")
        #expect(!cost.changedNothing, "seed \(seed)")
        #expect(explanation.hash == (try await Trial.run(plan, seed: seed)).hash, "seed \(seed)")
    }

    private func history(_ plan: Plan, _ seed: UInt64) async throws -> JournalHash {
        var hash = HistoryHash()
        _ = try await Trial.run(plan, seed: seed) { _ in [{ hash.consume($0) }] }
        return hash.value
    }

    @Test func `a killed agent is named with its standby's answer`() async throws {
        let seed: UInt64 = 1
        let explanation = try await Explanation.of(plan: plan(Self.killGreeter), seed: seed)
        let cost = try #require(explanation.costs.first)
        let worst = try #require(cost.hurt.first, "seed \(seed): \(cost.sentence)")
        #expect(worst.subject == "Greeter" && worst.isTarget, "seed \(seed): \(cost.sentence)")
        #expect(worst.because.hasPrefix("its standby answered after "), "seed \(seed): \(worst.because)")
        #expect(
            cost.reactions.contains { $0.hasPrefix("agent-failover answered for Greeter after ") },
            "seed \(seed): \(cost.reactions)")
        #expect(cost.reactions.contains("restart brought Greeter back"), "seed \(seed): \(cost.reactions)")
        #expect(explanation.text.contains("\n  without kill-greeter: "), "seed \(seed): \(explanation.text)")
        #expect(explanation.text.contains("\n  without any fault: "), "seed \(seed): \(explanation.text)")
    }

    @Test func `an agent nobody stands in for is told so, and what did not react is said`() async throws {
        let seed: UInt64 = 1
        let plan = try plan("\n  - { id: pause-diarist, kind: pause, target: { name: Diarist }, at: 5s, for: 950ms }")
        let cost = try #require(try await Explanation.of(plan: plan, seed: seed).costs.first)
        #expect(cost.hurt.first?.because == "it was hit and nobody stands in for it", "seed \(seed): \(cost.sentence)")
        #expect(cost.reactions == [], "seed \(seed): \(cost.sentence)")
        #expect(cost.sentence.hasSuffix("; no mechanism reacted"), "seed \(seed): \(cost.sentence)")
    }

    @Test func `what waits for a removed fault goes with it and is named; rules of the others keep their aim`()
        async throws
    {
        let seed: UInt64 = 4
        let plan = try plan(
            """

              - { id: first, kind: pause, target: { name: Router }, at: 1s, for: 2s }
              - { id: second, kind: kill, target: { name: Greeter }, at: 2s, for: 5s }
              - { id: third, kind: pause, target: { name: Diarist }, after: second, delay: 1s, for: 2s }
              - { id: fourth, kind: pause, target: { name: Librarian }, after-start: third, delay: 1s, for: 2s }
              - { id: fifth, kind: pause, target: { name: Calculator }, after: first, delay: 9s, for: 2s }
            """)
        let costs = try await Explanation.of(plan: plan, seed: seed).costs
        let second = try #require(costs.first { $0.fault == "second" })
        #expect(second.dependents == ["third", "fourth"], "seed \(seed)")
        #expect(second.sentence.contains("(third, fourth go with it)"), "seed \(seed): \(second.sentence)")
        let first = try #require(costs.first { $0.fault == "first" })
        #expect(first.dependents == ["fifth"], "seed \(seed)")
        // Had the index rules not been moved, `third` would wait for the wrong one and never pause the Diarist.
        #expect(
            !first.hurt.contains { $0.subject == "Diarist" || $0.subject == "Librarian" },
            "seed \(seed): \(first.sentence)")
        #expect(first.sentence.contains("(fifth goes with it)"), "seed \(seed): \(first.sentence)")
        #expect(first.hurt.contains { $0.subject == "Calculator" }, "seed \(seed): \(first.sentence)")
        let third = try #require(costs.first { $0.fault == "third" })
        #expect(third.dependents == ["fourth"], "seed \(seed)")
    }

    @Test func `a repeated fault is explained once, and the limit keeps the worst`() async throws {
        let seed: UInt64 = 2
        let plan = try plan(
            """

              - { id: blip, kind: pause, target: { name: Router }, at: 1s, every: 5s, times: 3, for: 600ms }
              - { id: long, kind: pause, target: { group: knowledge, pick: all }, at: 20s, for: 8s }
            """)
        let explanation = try await Explanation.of(plan: plan, seed: seed, limit: 1)
        #expect(explanation.costs.map(\.fault) == ["long"], "seed \(seed)")
        #expect(explanation.omitted == ["blip"], "seed \(seed)")
        #expect(explanation.text.contains("not explained, as they lost less: blip"), "seed \(seed)")
        let both = try await Explanation.of(plan: plan, seed: seed, jobs: 2)
        #expect(both.costs.map(\.fault) == ["long", "blip"], "seed \(seed)")
        #expect(both.costs.map(\.instances) == [1, 3], "seed \(seed)")
        #expect(
            both.text == (try await Explanation.of(plan: plan, seed: seed)).text, "seed \(seed): threads change nothing"
        )
    }

    @Test func `hub failover is told as who switched and when`() async throws {
        let seed: UInt64 = 1
        let plan = try #require(Plans.named("hub-failover"))
        let explanation = try await Explanation.of(plan: plan, seed: seed)
        let cost = try #require(explanation.costs.first)
        let text = explanation.text
        #expect(
            cost.reactions.contains { $0.hasPrefix("hub-failover switched 40 agents after ") }, "seed \(seed): \(text)")
        #expect(cost.hurt.allSatisfy { !$0.isTarget }, "seed \(seed): \(text)")
    }

    @Test func `who suffers across a lossy link is told which call's breaker never opened`() async throws {
        let seed: UInt64 = 1
        let plan = try #require(Plans.named("link-loss-5"))
        let explanation = try await Explanation.of(plan: plan, seed: seed)
        let worst = try #require(explanation.costs.first?.hurt.first, "seed \(seed): \(explanation.text)")
        #expect(!worst.isTarget, "seed \(seed): \(explanation.text)")
        let prefix = "breaker \(worst.subject)>"
        #expect(worst.because.hasPrefix(prefix), "seed \(seed): \(explanation.text)")
        let callee = worst.because.dropFirst(prefix.count).prefix { $0 != " " }
        let hosts = [worst.subject, String(callee)].map { name in
            plan.fleet.members.first { plan.fleet.name(of: $0) == name }.map { plan.fleet.host(of: $0) }
        }
        #expect(hosts[0] != nil && hosts[1] != nil && hosts[0] != hosts[1], "seed \(seed): \(worst.because)")
    }
}
