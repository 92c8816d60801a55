import ChaosPlan
import ChaosScore
import Testing

@Suite("Times of a fault")
struct FaultTimesTests {
    static func measured(_ run: RunBuilder, _ metric: Metric, max: Nanoseconds = 5 * .second) -> ObjectiveResult {
        var run = run
        run.want(metric, .max(Double(max)), of: "f")
        return run.card.result()
    }

    /// EdgeHub is killed at 35 s for 45 s; a5 and a6 notice and switch; a5 is hurt for 3 s.
    static func hubKill() -> RunBuilder {
        var run = RunBuilder()
        run.inject(at: 35 * .second, targets: ["EdgeHub"])
        run.down(5, 35 * .second + 200 * .millisecond, 38 * .second + 200 * .millisecond)
        run.mechanism(37 * .second, .hubFailover, .detect, by: "a5", about: "EdgeHub")
        run.mechanism(37 * .second + 500 * .millisecond, .hubFailover, .detect, by: "a6", about: "EdgeHub")
        run.mechanism(38 * .second, .hubFailover, .takeover, by: "a5", about: "EdgeHub")
        run.mechanism(39 * .second, .hubFailover, .takeover, by: "a6", about: "EdgeHub")
        run.revert(at: 80 * .second)
        return run
    }

    @Test func `the whole timeline of a failover`() {
        let times = Self.hubKill().card.faults[0]
        #expect(times.commanded == 35 * .second)
        #expect(times.effective == 35 * .second)
        #expect(times.firstImpact == 35 * .second + 200 * .millisecond)
        #expect(times.detected == 37 * .second)
        #expect(times.failedOver == 39 * .second)
        #expect(times.restored == 38 * .second + 200 * .millisecond)
        #expect(times.reverted == 80 * .second)
        #expect(times.recovered == 80 * .second)
        #expect(times.hurtTargets == [])
        #expect(times.hurtOthers == [5])
        #expect(times.landed)
        #expect(close(times.lostAgentSeconds, 3))
    }

    @Test func `each time by hand`() {
        let run = Self.hubKill()
        #expect(Self.measured(run, .detectTime).value == 2e9)
        #expect(Self.measured(run, .failoverTime).value == 4e9)
        #expect(Self.measured(run, .restoreTime).value == 3e9)
        #expect(Self.measured(run, .recoveryTime).value == 0)
    }

    @Test func `who noticed and never switched leaves the failover open`() {
        var run = Self.hubKill()
        run.mechanism(40 * .second, .hubFailover, .detect, by: "a7", about: "EdgeHub")
        let result = Self.measured(run, .failoverTime)
        #expect(result.censored)
        #expect(result.value == 45e9)
        #expect(result.judgement == .missed)
        #expect(result.credit == 0)
        #expect(run.card.faults[0].failedOver == nil)
    }

    @Test func `nobody reacting is a miss when the fault outlasted the limit, else open`() {
        var run = RunBuilder()
        run.inject(at: 35 * .second, targets: ["EdgeHub"])
        run.revert(at: 80 * .second)
        #expect(Self.measured(run, .detectTime).judgement == .missed)
        #expect(Self.measured(run, .detectTime, max: 60 * .second).judgement == .inconclusive)
        #expect(Self.measured(run, .failoverTime).judgement == .missed)
        #expect(
            Self.measured(run, .detectTime).explanation
                == "detect-time of f: not seen within 45 s against 5 s, 100 points lost.")
    }

    @Test func `somebody else's trouble is not this fault's detection`() {
        var run = RunBuilder()
        run.inject(at: 35 * .second, targets: ["EdgeHub"])
        run.mechanism(36 * .second, .breaker, .detect, by: "a1>a2", about: "a2")
        run.mechanism(30 * .second, .hubFailover, .detect, by: "a1", about: "EdgeHub")
        run.mechanism(41 * .second, .breaker, .detect, by: "a1>EdgeHub", about: "EdgeHub")
        run.revert(at: 80 * .second)
        #expect(Self.measured(run, .detectTime).value == 6e9)
        // A breaker notices, but replaces nobody.
        #expect(Self.measured(run, .failoverTime).censored)
    }

    @Test func `one takeover serves all who noticed a dead agent`() {
        var run = RunBuilder()
        run.inject(at: 35 * .second, targets: ["a0"], subjects: [0])
        run.mechanism(36 * .second, .agentFailover, .detect, by: "CentralHub", about: "a0")
        run.mechanism(37 * .second, .agentFailover, .detect, by: "EdgeHub", about: "a0")
        run.mechanism(38 * .second, .agentFailover, .takeover, by: "a1", about: "a0")
        run.revert(at: 80 * .second)
        #expect(Self.measured(run, .failoverTime).value == 3e9)
    }

    @Test func `nobody owes a replacement for an agent without a standby`() {
        var run = RunBuilder()
        run.inject(at: 35 * .second, targets: ["a0", "a3"], subjects: [0, 3])
        run.mechanism(36 * .second, .agentFailover, .detect, by: "CentralHub", about: "a0")
        run.mechanism(36 * .second, .agentFailover, .detect, by: "CentralHub", about: "a3")
        run.mechanism(38 * .second, .agentFailover, .takeover, by: "a1", about: "a0")
        run.revert(at: 80 * .second)
        #expect(Self.measured(run, .failoverTime).value == 3e9)
    }

    @Test(arguments: [
        ("CentralHub", "Edge-Main"), ("CentralHub", "Main-Edge"), ("CentralHub", "EdgeHub"), ("a1>a7", "a7"),
        ("Main", "Edge"),
    ])
    func `a link's detection may name the link, or either end from the other`(by: String, about: String) {
        var run = RunBuilder()
        run.faults = [.init(id: "f", faultID: "f", kind: "partition", duration: 45 * .second)]
        run.inject(at: 35 * .second, targets: ["Main-Edge"])
        run.mechanism(40 * .second, .breaker, .detect, by: "a1>a2", about: "a2")
        run.mechanism(47 * .second, .partitionDetector, .detect, by: by, about: about)
        run.revert(at: 80 * .second)
        #expect(Self.measured(run, .detectTime).value == 12e9)
        #expect(Self.measured(run, .partitionDetectTime).value == 12e9)
    }

    @Test func `a host is hit when all that live on it are`() {
        var run = RunBuilder()
        run.inject(at: 35 * .second, targets: ["a5", "a6", "a7", "a8", "a9", "EdgeHub"], subjects: [5, 6, 7, 8, 9])
        run.mechanism(36 * .second, .logRotation, .detect, by: "Main", about: "Main")
        run.mechanism(38 * .second, .logRotation, .detect, by: "Edge", about: "Edge")
        run.revert(at: 80 * .second)
        #expect(Self.measured(run, .detectTime).value == 3e9)
    }

    @Test func `up for less than the hold time is not restored`() {
        var run = RunBuilder()
        run.inject(at: 35 * .second, targets: ["a0"], subjects: [0])
        run.down(0, 36 * .second, 40 * .second)
        run.down(0, 54 * .second, 58 * .second)  // up for 14 s
        run.revert(at: 80 * .second)
        #expect(run.card.faults[0].restored == 58 * .second)
        run.hold = 14 * .second
        #expect(run.card.faults[0].restored == 40 * .second)
    }

    @Test func `recovery counts from the heal, whatever was restored before`() {
        var run = RunBuilder()
        run.inject(at: 35 * .second, targets: ["a0"], subjects: [0])
        run.down(0, 36 * .second, 40 * .second)
        run.down(0, 82 * .second, 87 * .second)
        run.revert(at: 80 * .second)
        #expect(Self.measured(run, .restoreTime).value == 4e9)
        #expect(Self.measured(run, .recoveryTime).value == 7e9)
        // The impact lasts to the second recovery: 9 agent-seconds from 35 s to 87 s.
        #expect(close(run.card.facts.availabilityImpact, 1 - 9.0 / 520))
    }

    @Test func `never up again is a miss past the limit, and open before it`() {
        var run = RunBuilder()
        run.inject(at: 35 * .second, targets: ["a0"], subjects: [0])
        run.down(0, 36 * .second, nil)
        run.revert(at: 80 * .second)
        let missed = Self.measured(run, .recoveryTime, max: 30 * .second)
        #expect(missed.judgement == .missed)
        #expect(missed.value == 70e9)
        #expect(missed.credit == 0)
        let open = Self.measured(run, .recoveryTime, max: 100 * .second)
        #expect(open.judgement == .inconclusive)
        #expect(open.explanation == "recovery-time of f: not seen within 70 s, too short to judge against 100 s.")
    }

    @Test func `a fault that bites long after it was over is still its own`() {
        var run = RunBuilder()
        run.faults = [.init(id: "f", faultID: "f", kind: "credential", duration: nil)]
        run.inject(at: 35 * .second, targets: ["nats"])
        run.revert(at: 35 * .second)
        run.down(2, 65 * .second, 75 * .second)  // past a grace of 30 s
        #expect(Self.measured(run, .recoveryTime).value == 40e9)
        #expect(Self.measured(run, .restoreTime).value == 10e9)
    }

    @Test func `overlapping faults: the targeted one owns, both share, else the latest`() {
        var run = RunBuilder()
        run.faults = ["f", "g"].map { .init(id: $0, faultID: $0, kind: "kill", duration: 30 * .second) }
        run.inject(0, at: 35 * .second, targets: ["a0", "a1"], subjects: [0, 1])
        run.inject(1, at: 40 * .second, targets: ["a1", "a2"], subjects: [1, 2])
        run.down(0, 45 * .second, 47 * .second)  // f's
        run.down(1, 45 * .second, 49 * .second)  // both
        run.down(9, 45 * .second, 51 * .second)  // nobody's: the latest, g
        run.revert(0, at: 65 * .second)
        run.down(0, 75 * .second, 76 * .second)  // f was reverted 10 s ago: still f's
        run.down(0, 85 * .second, 88 * .second)  // 20 s ago: the latest, g
        run.revert(1, at: 70 * .second)
        let faults = run.card.faults
        #expect(close(faults[0].lostAgentSeconds, 2 + 2 + 1))
        #expect(close(faults[1].lostAgentSeconds, 2 + 6 + 3))
        #expect(faults[0].hurtTargets == [0, 1])
        #expect(faults[1].hurtOthers == [0, 9])
    }

    @Test func `a fault long reverted is not blamed while another is in force`() {
        var run = RunBuilder()
        run.faults = ["f", "g"].map { .init(id: $0, faultID: $0, kind: "kill", duration: nil) }
        run.inject(0, at: 35 * .second, targets: ["Main-Edge"])
        run.inject(1, at: 40 * .second, targets: ["EdgeHub"])
        run.down(3, 41 * .second, 42 * .second)  // nobody's target: the latest in force, g
        run.revert(1, at: 50 * .second)
        run.down(3, 60 * .second, 61 * .second)  // g was reverted 10 s ago: g's
        run.down(3, 72 * .second, 78 * .second)  // 22 s ago, and f is in force: f's
        run.revert(0, at: 80 * .second)
        #expect(close(run.card.faults[1].lostAgentSeconds, 2))
        #expect(close(run.card.faults[0].lostAgentSeconds, 6))
        #expect(run.card.faults[1].recovered == 61 * .second)
    }

    @Test func `in force comes before just reverted`() {
        var run = RunBuilder()
        run.faults = (0..<2).map { .init(id: "f#\($0)", faultID: "f", kind: "kill", duration: 5 * .second) }
        run.inject(0, at: 35 * .second, targets: ["a0"], subjects: [0])
        run.revert(0, at: 40 * .second)
        run.inject(1, at: 45 * .second, targets: ["a0"], subjects: [0])
        run.down(0, 46 * .second, 49 * .second)
        run.revert(1, at: 50 * .second)
        #expect(run.card.faults.map(\.lostAgentSeconds) == [0, 3])
    }

    @Test func `what the next repeat brings about is not the last one's`() {
        var run = RunBuilder()
        run.faults = (0..<2).map { .init(id: "f#\($0)", faultID: "f", kind: "partition", duration: 10 * .second) }
        run.inject(0, at: 35 * .second, targets: ["Main-Edge"])
        run.revert(0, at: 45 * .second)
        run.inject(1, at: 55 * .second, targets: ["Main-Edge"])  // within the hold time
        run.add(56 * .second, .hub(.diverged))
        run.mechanism(57 * .second, .partitionDetector, .detect, by: "CentralHub", about: "Main-Edge")
        run.revert(1, at: 65 * .second)
        run.add(69 * .second, .hub(.agreed(conflicts: 0)))
        #expect(Self.measured(run, .agreeTime).value == 4e9)
        #expect(run.card.faults.map(\.detected) == [nil, 57 * .second])
        // The first was not noticed at all: open, for it lasted 10 s only.
        #expect(Self.measured(run, .partitionDetectTime, max: 15 * .second).judgement == .inconclusive)
    }

    @Test func `drained when every buffer that filled is idle again`() {
        var run = Self.hubKill()
        run.mechanism(36 * .second, .buffer, .change, by: "a5", from: "idle", to: "buffering")
        run.mechanism(37 * .second, .buffer, .change, by: "a6", from: "idle", to: "buffering")
        run.mechanism(81 * .second, .buffer, .change, by: "a5", from: "buffering", to: "draining")
        run.mechanism(83 * .second, .buffer, .change, by: "a5", from: "draining", to: "idle")
        #expect(Self.measured(run, .drainTime).censored)
        #expect(Self.measured(run, .drainTime).value == 70e9)
        run.mechanism(92 * .second, .buffer, .change, by: "a6", from: "draining", to: "idle")
        #expect(Self.measured(run, .drainTime).value == 12e9)
        #expect(run.card.faults[0].drained == 92 * .second)
        #expect(Self.measured(Self.hubKill(), .drainTime).judgement == .inconclusive)
    }

    @Test func `agreement after a partition`() {
        var run = RunBuilder()
        run.faults = [.init(id: "f", faultID: "f", kind: "partition", duration: 45 * .second)]
        run.inject(at: 35 * .second, targets: ["Main-Edge"])
        run.revert(at: 80 * .second)
        #expect(Self.measured(run, .agreeTime).value == 0)
        run.add(36 * .second, .hub(.diverged))
        #expect(Self.measured(run, .agreeTime).judgement == .missed)
        run.add(84 * .second, .hub(.agreed(conflicts: 3)))
        #expect(Self.measured(run, .agreeTime).value == 4e9)
        #expect(Self.measured(Self.hubKill(), .agreeTime).value == nil)
    }

    @Test func `rollback from its trigger to its end`() {
        var run = RunBuilder()
        run.faults = [.init(id: "f", faultID: "f", kind: "rolling-restart", duration: nil)]
        run.inject(at: 35 * .second, targets: ["a0"], subjects: [0])
        #expect(Self.measured(run, .rollbackTime).judgement == .inconclusive)
        run.mechanism(45 * .second, .rollback, .detect, by: "rollout", about: "f")
        #expect(Self.measured(run, .rollbackTime).judgement == .missed)
        run.mechanism(48 * .second, .rollback, .takeover, by: "rollout", about: "f")
        run.revert(at: 48 * .second)
        #expect(Self.measured(run, .rollbackTime).value == 3e9)
    }

    @Test func `a procedure takes its time, or fails`() {
        var run = RunBuilder()
        run.faults = [.init(id: "f", faultID: "f", kind: "procedure", duration: nil)]
        run.inject(at: 35 * .second, targets: ["a0"], subjects: [0])
        #expect(Self.measured(run, .procedureTime).judgement == .missed)
        run.add(38 * .second, .procedure(instance: 0, took: 3 * .second, succeeded: true))
        #expect(Self.measured(run, .procedureTime).value == 3e9)
        run.add(39 * .second, .procedure(instance: 0, took: 4 * .second, succeeded: false))
        let failed = Self.measured(run, .procedureTime)
        #expect(failed.judgement == .missed)
        #expect(failed.credit == 0)
        #expect(failed.explanation == "procedure-time of f: f failed after 4 s, against 5 s, 100 points lost.")
    }

    @Test func `a rollout is done when it ends by itself`() {
        func run(until end: Nanoseconds) -> RunBuilder {
            var run = RunBuilder()
            run.faults = [.init(id: "f", faultID: "f", kind: "rolling-restart", duration: nil)]
            run.inject(at: 35 * .second, targets: ["a0"], subjects: [0])
            run.revert(at: end)
            return run
        }
        #expect(Self.measured(run(until: 39 * .second), .procedureTime).value == 4e9)
        #expect(Self.measured(run(until: 90 * .second), .procedureTime).judgement == .missed)
        #expect(Self.measured(run(until: 90 * .second), .procedureTime, max: .hour).judgement == .inconclusive)
        var back = run(until: 39 * .second)
        back.mechanism(37 * .second, .rollback, .detect, by: "rollout", about: "a0")
        #expect(
            Self.measured(back, .procedureTime).explanation
                == "procedure-time of f: f was rolled back after 4 s, against 5 s, 100 points lost.")
    }

    static func repeated(_ recoveries: [Nanoseconds?]) -> RunBuilder {
        var run = RunBuilder()
        run.phases.faults = 300 * .second
        run.faults = recoveries.indices.map {
            .init(id: "f#\($0)", faultID: "f", kind: "kill", duration: 10 * .second)
        }
        for (index, recovery) in recoveries.enumerated() {
            let start = Nanoseconds(40 + 60 * index) * .second
            run.inject(index, at: start, targets: ["a\(index)"], subjects: [index])
            run.down(index, start, recovery.map { start + 10 * .second + $0 * .second })
            run.revert(index, at: start + 10 * .second)
        }
        return run
    }

    @Test func `of repeats the worst counts, or the statistic asked for`() {
        func value(_ recoveries: [Nanoseconds?], _ statistic: Objective.Statistic) -> ObjectiveResult {
            var run = Self.repeated(recoveries)
            run.want(.recoveryTime, .max(5e9), of: "f", statistic: statistic)
            return run.card.result()
        }
        #expect(value([1, 9, 2], .worst).value == 9e9)
        #expect(value([1, 9, 2], .worst).explanation == "recovery-time of f: 9 s against 5 s (f#1), 80 points lost.")
        #expect(value([1, 9, 2], .median).value == 2e9)
        #expect(value([1, 9, 2], .mean).value == 4e9)
        // Never recovered: not averaged away.
        #expect(value([1, nil, 2], .worst).judgement == .missed)
        #expect(value([1, nil, 2], .worst).credit == 0)
        #expect(value([1, nil, 2], .median).value == 2e9)
        #expect(value([1, nil, nil], .median).judgement == .missed)
        #expect(value([1, nil, 2], .mean).censored)
    }
}
