import ChaosPlan
import ChaosReport
import ChaosScore
import Testing

@Suite("Changes of a plan against its baseline")
struct PlanChangeTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var name: String
        var subject = ""
        var effect: PlanChange.Effect
        var change: @Sendable (inout PlanOutline) -> Void
        var testDescription: String { "\(name) \(subject)" }
    }

    static let cases: [Case] = [
        Case(name: "objective-removed", subject: "failover-time-kill", effect: .weaker) { $0.objectives.remove(at: 1) },
        Case(name: "limit-loosened", subject: "failover-time-kill", effect: .weaker) {
            $0.objectives[1].limit = .max(8e9)
        },
        Case(name: "limit-tightened", subject: "failover-time-kill", effect: .stricter) {
            $0.objectives[1].limit = .max(4e9)
        },
        Case(name: "limit-loosened", subject: "availability", effect: .weaker) { $0.objectives[0].limit = .min(0.99) },
        Case(name: "limit-tightened", subject: "availability", effect: .stricter) {
            $0.objectives[0].limit = .min(0.9999)
        },
        Case(name: "objective-changed", subject: "availability", effect: .different) {
            $0.objectives[0].limit = .max(0.999)
        },
        Case(name: "objective-changed", subject: "availability", effect: .different) { $0.objectives[0].over = .run },
        Case(name: "objective-changed", subject: "failover-time-kill", effect: .different) {
            $0.objectives[1].statistic = .median
        },
        Case(name: "objective-changed", subject: "acknowledged-loss", effect: .different) {
            $0.objectives[2].world = .live
        },
        Case(name: "weight-lowered", subject: "availability", effect: .weaker) { $0.objectives[0].weight = 0.5 },
        Case(name: "weight-raised", subject: "availability", effect: .stricter) { $0.objectives[0].weight = 2 },
        // Twice the limit by default.
        Case(name: "floor-moved", subject: "failover-time-kill", effect: .weaker) { $0.objectives[1].floor = 20e9 },
        Case(name: "floor-moved", subject: "failover-time-kill", effect: .stricter) { $0.objectives[1].floor = 6e9 },
        Case(name: "floor-moved", subject: "availability", effect: .weaker) { $0.objectives[0].floor = 0.5 },
        Case(name: "made-advisory", subject: "availability", effect: .weaker) { $0.objectives[0].advisory = true },
        Case(name: "made-binding", subject: "failover-time-aim", effect: .stricter) {
            $0.objectives[3].advisory = false
        },
        Case(name: "invariant-dropped", subject: "acknowledged-loss", effect: .weaker) {
            $0.objectives[2].invariant = false
        },
        Case(name: "made-invariant", subject: "availability", effect: .stricter) { $0.objectives[0].invariant = true },
        Case(name: "promise-changed", subject: "availability", effect: .different) { $0.objectives[0].promise = "x" },
        Case(name: "fault-removed", subject: "slow", effect: .weaker) { $0.faults.remove(at: 1) },
        Case(name: "fault-shortened", subject: "kill", effect: .weaker) { $0.faults[0].duration = 5 * .second },
        Case(name: "fault-lengthened", subject: "kill", effect: .stricter) { $0.faults[0].duration = 50 * .second },
        Case(name: "fault-rarer", subject: "slow", effect: .weaker) { $0.faults[1].times = 1 },
        Case(name: "fault-more-often", subject: "slow", effect: .stricter) { $0.faults[1].times = 3 },
        Case(name: "fault-sparser", subject: "slow", effect: .weaker) { $0.faults[1].every = .minute },
        Case(name: "fault-milder", subject: "slow", effect: .weaker) { $0.faults[1].amounts["delay_ns"] = 1_000 },
        Case(name: "fault-harder", subject: "slow", effect: .stricter) {
            $0.faults[1].amounts["delay_ns"] = 60_000_000
        },
        Case(name: "fault-changed", subject: "kill", effect: .different) {
            $0.faults[0].target = "one of 40 (0123abcd)"
        },
        Case(name: "fault-changed", subject: "kill", effect: .different) { $0.faults[0].kind = "pause" },
        Case(name: "fault-changed", subject: "kill", effect: .different) { $0.faults[0].start = "at 6s" },
        Case(name: "expectation-dropped", subject: "hub-failover", effect: .weaker) { $0.expect = [] },
        Case(name: "hold-shortened", effect: .weaker) { $0.hold = .second },
        Case(name: "phase-shortened", subject: "faults", effect: .weaker) { $0.phases.faults = .minute },
        Case(name: "phase-lengthened", subject: "recovery", effect: .stricter) { $0.phases.recovery = .hour },
        Case(name: "load-lowered", subject: "requests", effect: .weaker) { $0.workload.requests.interval = .second },
        // No messages at all.
        Case(name: "load-lowered", subject: "messages", effect: .weaker) { $0.workload.messages.interval = 0 },
        Case(name: "timeout-lengthened", subject: "requests", effect: .weaker) { $0.workload.requestTimeout = .second },
        Case(name: "faults-per-hour-raised", effect: .stricter) { $0.faultsPerHour = 2 },
        Case(name: "exercise-changed", effect: .different) { $0.exercises = nil },
        Case(name: "safety-changed", effect: .different) { $0.safety = "" },
        Case(name: "fleet-changed", effect: .different) { $0.fleetDigest = 9 },
        Case(name: "plan-changed", effect: .different) { _ in },
    ]

    @Test("each is named, and only what asks for more passes by itself", arguments: cases)
    func oneByOne(_ change: Case) throws {
        var plan = GateSamples.plan
        change.change(&plan)
        plan.digest = 99
        let changes = PlanChange.between(GateSamples.plan, plan)
        #expect(changes.map(\.name) == [change.name], "\(changes)")
        let found = try #require(changes.first)
        #expect(found.subject == change.subject)
        #expect(found.effect == change.effect, "\(found)")
        #expect(!found.text.isEmpty)
        let result = Gate.judge(
            GateSamples.card(GateSamples.seeds([2])), minScore: 95,
            comparison: GateComparison(baseline: "b.json", changes: changes), replay: "r")
        #expect(result.outcome == (change.effect == .stricter ? .passed : .failed))
        #expect(result.details.contains { $0.contains(change.name) })
        if change.effect != .stricter { #expect(result.line.hasPrefix("gate=failed plan-change=\(change.name) ")) }
        let accepted = Gate.judge(
            GateSamples.card(GateSamples.seeds([2])), minScore: 95,
            comparison: GateComparison(baseline: "b.json", changes: changes, acceptsChanges: true), replay: "r")
        #expect(accepted.outcome == .passed)
        #expect(accepted.details.contains { $0.contains(change.name) })
    }

    @Test("the same plan has none")
    func none() { #expect(PlanChange.between(GateSamples.plan, GateSamples.plan) == []) }

    @Test("a limit that moves takes its default floor with it, which is no change of its own")
    func floorFollows() {
        var plan = GateSamples.plan
        plan.objectives[1].limit = .max(4e9)
        #expect(PlanChange.between(GateSamples.plan, plan).map(\.name) == ["limit-tightened"])
    }

    @Test("--set on an objective, or on which objectives there are, is told from --set on anything else")
    func overrides() {
        let changes = PlanChange.overridden([
            "faults.kill.for=5s", "objectives.availability.min=90%", "scenario.objectives[1].max=8s", "use=[ latency ]",
            "fleet.policies.retry.attempts=1", "phases.faults=1s",
        ])
        #expect(changes.map(\.name) == ["objective-set", "objective-set", "objective-set"])
        #expect(changes[0].subject == "availability")
        #expect(changes.allSatisfy { $0.needsAcceptance })
        let result = Gate.judge(
            GateSamples.card(GateSamples.seeds([2])), minScore: 95, comparison: GateComparison(changes: changes),
            replay: "r")
        #expect(result.line.hasPrefix("gate=failed plan-change=objective-set of=availability changes=3 seed=1 "))
    }
}
