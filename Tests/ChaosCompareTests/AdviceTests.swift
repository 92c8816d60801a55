import ChaosCompare
import ChaosPlan
import ChaosScore
import Synchronization
import Testing

@Suite struct AdviceTests {
    /// The greeter dies and its standby has to answer within 5 s; `set` plants why it does not.
    @Sendable private static func failover(_ planted: [String], objectives: String = "")
        -> @Sendable ([String]) -> Plan?
    {
        { overrides in
            Plans.with(
                faults: "\n  - { id: kill, kind: kill, target: { name: Greeter }, at: 5s, for: 22s }",
                objectives: "  - { metric: failover-time, of: kill, max: 5s }\n" + objectives, set: planted + overrides
            ).plan
        }
    }

    private static let late = ["fleet.policies.heartbeat.timeout=12s"]

    private func change(_ words: [String], _ plan: Plan) throws -> PolicyChange {
        guard
            case .changes(let changes) = CandidateList.read(
                words.joined(separator: " "), file: "test", plan: plan, check: { _ in [] })
        else { throw CancellationError() }
        return changes[0]
    }

    @Test("the one parameter that is the cause is found, and no other is recommended")
    func plantedCause() async throws {
        let read = Self.failover(Self.late)
        let advice = await Advice.find(read: read, request: .init(seeds: Array(1...12), jobs: 2))
        let text = advice.text { "run \($0)" }
        #expect(advice.entries.map(\.objective.id) == ["failover-time-kill"], "\(text)")
        let entry = try #require(advice.entries.first, "\(text)")
        #expect(entry.held == 0 && entry.seeds == 12 && entry.isMissedAtFirst && entry.influence == .helpful)
        let best = try #require(entry.best, "\(text)")
        #expect(best.outcome == .meets && best.heldAfter == 12 && best.breaks.isEmpty, "\(text)")
        #expect(best.change.settings.map(\.path) == ["fleet.policies.heartbeat.timeout"], "\(text)")
        // What looks after the same silence may do it too; nothing else may be said to.
        for option in entry.options where option.outcome == .meets {
            #expect(option.change.settings.allSatisfy { $0.path.contains(".heartbeat.") }, "\(text)")
        }
        // 12 s late and 1 s to switch, against 5 s: a third suffices and a tenth is more than is needed.
        #expect(best.change.factor >= 2 && best.change.factor <= 6, "\(text)")
        let difference = try #require(best.effect.difference)
        let interval = try #require(best.effect.interval)
        #expect(difference < -6e9 && interval.low <= difference && difference <= interval.high, "\(text)")
        #expect(best.p < 0.001 && best.p <= best.adjustedP && best.adjustedP <= Advice.level)
        #expect(entry.sentence.contains("heartbeat timeout 12 s → "), "\(text)")
        #expect(text.contains("run [\"fleet.policies.heartbeat.timeout="), "\(text)")
        // The known true answer: with the recommended words the objective is held on seeds that had no part in it.
        let plan = try #require(read(best.change.overrides))
        for trial in try await Trial.run(plan, seeds: [901, 902, 903], jobs: 2) {
            let result = try #require(trial.scorecard.objectives.first { $0.objective.id == entry.objective.id })
            #expect(result.judgement == .held, "seed \(trial.seed): \(result.explanation)")
        }
    }

    @Test("the answer is the same for one job and for two")
    func sameAnswer() async throws {
        var texts: [String] = []
        for jobs in [1, 2] {
            let advice = await Advice.find(
                read: Self.failover(Self.late), request: .init(seeds: Array(4...13), jobs: jobs))
            texts.append(advice.text { $0.joined(separator: " ") } + "\(advice.runs) runs, \(advice.changes) changes")
        }
        #expect(texts[0] == texts[1])
    }

    @Test("an objective that no change moves is said to be so")
    func hopeless() async throws {
        // The fault fills the disk; nobody's heartbeat or retries empty it.
        let read: @Sendable ([String]) -> Plan? = { overrides in
            Plans.with(
                faults:
                    "\n  - { id: fill, kind: disk-fill, target: { host: Desktop }, fill-to: 97%, at: 5s, for: 10s }",
                objectives: "  - { id: full, metric: disk-high-water, max: 1% }", set: overrides
            ).plan
        }
        let plan = try #require(read([]))
        let candidates = try [
            change(["fleet.policies.heartbeat.timeout=3s"], plan), change(["fleet.policies.retry.attempts=1"], plan),
        ]
        let advice = await Advice.find(
            read: read, request: .init(seeds: Array(1...10), objectives: ["full"], candidates: candidates, jobs: 2))
        let entry = try #require(advice.entries.first)
        #expect(entry.influence == .none && entry.best == nil)
        #expect(entry.sentence == "No change that was tried has any influence on it.")
    }

    @Test("a change that helps and does not suffice is called the best, not enough")
    func notEnough() async throws {
        let read = Self.failover(Self.late)
        let plan = try #require(read([]))
        let advice = await Advice.find(
            read: read,
            request: .init(
                seeds: Array(1...12), candidates: [try change(["fleet.policies.heartbeat.timeout=9s"], plan)], jobs: 2))
        let entry = try #require(advice.entries.first)
        #expect(entry.best?.outcome == .improves)
        #expect(
            entry.sentence.hasPrefix("No single change that was tried meets it. The best: heartbeat timeout 12 s → 9 s")
        )
    }

    @Test("what a change costs is told: more heartbeats are more traffic")
    func costs() async throws {
        let read = Self.failover(["fleet.policies.heartbeat.period=4s", "fleet.policies.heartbeat.timeout=12s"])
        let plan = try #require(read([]))
        let quick = try change(
            ["fleet.policies.heartbeat.period=250ms", "fleet.policies.heartbeat.timeout=750ms"], plan)
        let advice = await Advice.find(
            read: read, request: .init(seeds: Array(1...10), candidates: [quick], jobs: 2))
        let best = try #require(advice.entries.first?.best)
        let traffic = try #require(best.facts[.traffic])
        // Seven agents to one hub over 60 s: every 4 s before, four a second now.
        #expect(best.facts[.heartbeats]?.before == 105 && best.facts[.heartbeats]?.after == 1680)
        #expect(traffic.isClear && (traffic.difference ?? 0) > 1500)
        #expect(best.costs.contains { $0.hasSuffix(" % traffic") }, "\(best.costs)")
        #expect(best.facts[.falseDetections]?.after == 0)
    }

    @Test("what a change breaks comes first")
    func breaks() async throws {
        let read = Self.failover(
            Self.late, objectives: "  - { id: not-hasty, metric: failover-time, of: kill, min: 10s }")
        let plan = try #require(read([]))
        let quick = try change(["fleet.policies.heartbeat.timeout=3s"], plan)
        let advice = await Advice.find(
            read: read, request: .init(seeds: Array(1...10), candidates: [quick], jobs: 2))
        #expect(advice.entries.map(\.objective.id) == ["failover-time-kill"])
        let entry = try #require(advice.entries.first)
        let best = try #require(entry.best)
        #expect(best.breaks == ["breaks not-hasty (held on 10 of 10 seeds before, on 0 with it)"])
        #expect(entry.sentence.hasPrefix("Breaks not-hasty (held on 10"), "\(entry.sentence)")
        #expect(best.facts[.falseDetections]?.after == 0)
    }

    @Test("who asks for nothing that is missed is told so, and an objective that is held can be asked for")
    func nothingMissed() async throws {
        let read = Self.failover([])
        let none = await Advice.find(read: read, request: .init(seeds: Array(1...10), jobs: 2))
        #expect(none.entries.isEmpty && none.failure == nil)
        #expect(none.text { _ in "" }.contains("No objective is missed"))
        let plan = try #require(read([]))
        let asked = await Advice.find(
            read: read,
            request: .init(
                seeds: Array(1...10), objectives: ["failover-time-kill"],
                candidates: [try change(["fleet.policies.retry.attempts=1"], plan)], jobs: 2))
        #expect(asked.entries.first?.sentence == "Held on all 10 seeds: there is nothing to mend.")
    }

    @Test("an operator who stops it keeps what was found")
    func interrupted() async throws {
        let looks = Mutex(0)
        let advice = await Advice.find(
            read: Self.failover(Self.late), request: .init(seeds: Array(1...10), jobs: 2),
            isStopped: {
                looks.withLock {
                    $0 += 1
                    return $0 > 12
                }
            })
        #expect(advice.isInterrupted && advice.failure == nil)
        #expect(advice.entries.map(\.objective.id) == ["failover-time-kill"])
        #expect(advice.text { _ in "" }.contains("Interrupted"))
    }

    @Test("a fleet that cannot be read is a failure and not an empty answer")
    func unreadable() async {
        let advice = await Advice.find(read: { _ in nil }, request: .init(seeds: [1]))
        #expect(advice.failure == "the scenario cannot be read")
    }
}
