import ChaosPlan
import ChaosScore
import Testing

@Suite("Judging")
struct JudgingTests {
    /// A landed fault that loses nothing; each metric below gets its value from the totals.
    static func run(_ change: (inout Totals) -> Void = { _ in }) -> RunBuilder {
        var run = RunBuilder()
        change(&run.totals!)
        run.inject(at: 35 * .second, targets: ["a0"], subjects: [0])
        run.revert(at: 80 * .second)
        return run
    }

    @Test func `all held is held, with every point`() {
        var run = Self.run()
        run.want(.acknowledgedLoss, .max(0), invariant: true)
        run.want(.availability, .min(0.999))
        let card = run.card
        #expect(card.verdict == .held)
        #expect(card.score == 100)
        #expect(card.coverage == 100)
        #expect(card.findings == [])
        #expect(card.result("availability").explanation == "availability over the budget: 100 % against 99.9 %.")
    }

    @Test(arguments: [
        // (max, value, floor, credit): linear from the limit to twice the limit, or to the floor given.
        (10.0, 10, Double?.none, 1.0), (10, 12, nil, 0.8), (10, 20, nil, 0), (10, 25, nil, 0), (10, 12, 14, 0.5),
        (10, 12, 9, 0), (0, 1, nil, 0), (0, 0, nil, 1), (0, 1, 4, 0.75),
    ])
    func `credit of a max`(limit: Double, value: Int, floor: Double?, credit: Double) {
        var run = Self.run { $0.duplicated = value }
        run.want(.duplicated, .max(limit), floor: floor)
        #expect(close(run.card.result().credit, credit))
        #expect(close(run.card.score, 100 * credit))
    }

    @Test(arguments: [
        // (min, delivered of 1000, floor, credit): the default floor is ten times the permitted shortfall.
        (0.99, 990, Double?.none, 1.0), (0.99, 945, nil, 0.5), (0.99, 900, nil, 0), (0.99, 500, nil, 0),
        (0.99, 970, 0.95, 0.5), (1.0, 999, nil, 0), (1.0, 1000, nil, 1), (0.99, 980, 0.995, 0),
    ])
    func `credit of a min`(limit: Double, delivered: Int, floor: Double?, credit: Double) {
        var run = Self.run { $0.delivered = delivered }
        run.want(.deliveryRatio, .min(limit), floor: floor)
        #expect(close(run.card.result().credit, credit, 1e-9))
    }

    @Test func `a limit met exactly is held in spite of rounding`() {
        var run = Self.run()
        for subject in 0..<10 { run.down(subject, 40 * .second, 43 * .second + 600 * .millisecond) }
        run.want(.availability, .min(0.999))
        #expect(run.card.result().judgement == .held)
        run.down(0, 50 * .second, 50 * .second + .millisecond)
        #expect(run.card.result().judgement == .missed)
        #expect(
            run.card.result().explanation.hasPrefix("availability over the budget: 99.899997 % against 99.9 %, "))
    }

    @Test func `weights share the score, and every lost point is named`() {
        var run = Self.run { $0.duplicated = 12 }
        run.want(.duplicated, .max(10), weight: 1)
        run.want(.outOfOrder, .max(0), weight: 3)
        let card = run.card
        #expect(close(card.score, 95))
        #expect(close(card.result("duplicated").lostPoints, 5))
        #expect(card.result("out-of-order").lostPoints == 0)
        #expect(card.result("duplicated").explanation == "duplicated: 12 against 10, 5 points lost.")
        #expect(card.verdict == .deviated)
    }

    @Test func `no evidence lowers the coverage, not the score`() {
        var run = Self.run()
        run.want(.duplicated, .max(0), weight: 3)
        run.want(.drainTime, .max(1e9), of: "f", weight: 1)
        let card = run.card
        #expect(card.score == 100)
        #expect(card.coverage == 75)
        #expect(card.verdict == .inconclusive)
        #expect(
            card.result("drain-time of f").explanation == "drain-time of f: no evidence, no buffer left idle under f.")
    }

    @Test func `without any evidence there is no score`() {
        var run = Self.run()
        run.want(.drainTime, .max(1e9), of: "f")
        #expect(run.card.score == nil)
        #expect(run.card.coverage == 0)
        #expect(run.card.verdict == .inconclusive)
        run.objectives = []
        #expect(run.card.score == nil)
        #expect(run.card.verdict == .inconclusive)
    }

    @Test func `advisory objectives are reported and not counted`() {
        var run = Self.run { $0.duplicated = 5 }
        run.want(.outOfOrder, .max(0))
        run.want(.duplicated, .max(0), advisory: true)
        let card = run.card
        #expect(card.verdict == .held)
        #expect(card.score == 100)
        #expect(card.result("duplicated").judgement == .missed)
        #expect(card.result("duplicated").lostPoints == 0)
        #expect(card.result("duplicated").explanation == "duplicated: 5 against 0, advisory only.")
    }

    @Test func `a broken invariant caps the score at 50`() {
        var run = Self.run { $0.lostMiddle = 3 }
        run.want(.acknowledgedLoss, .max(0), weight: 1, invariant: true)
        run.want(.outOfOrder, .max(0), weight: 9)
        let card = run.card
        #expect(card.score == 50)
        #expect(card.verdict == .deviated)
        #expect(card.brokenInvariants == ["acknowledged-loss: 3 against 0, a broken invariant, 10 points lost."])
        #expect(
            card.findings.contains(
                "The score is capped at 50, down from 90, because an invariant is broken."))
    }

    @Test func `an invariant that is missed by little still gets nothing`() {
        var run = Self.run { $0.duplicated = 11 }
        run.want(.duplicated, .max(10), invariant: true)
        #expect(run.card.result().credit == 0)
        #expect(run.card.score == 0)
    }

    @Test func `a violation caps even where no objective asks`() {
        var run = Self.run()
        run.want(.outOfOrder, .max(0))
        run.add(
            50 * .second,
            .violation(invariant: "ownership", subject: "a3", detail: "both hubs own it in epoch 7"))
        let card = run.card
        #expect(card.score == 50)
        #expect(card.verdict == .deviated)
        #expect(
            card.brokenInvariants == [
                "Invariant ownership broke at 50 s for a3: both hubs own it in epoch 7."
            ])
        // Where the plan allows some, its limit decides.
        run.want(.ownershipConflicts, .max(2))
        #expect(run.card.verdict == .held)
        #expect(run.card.result("ownership-conflicts").value == 1)
    }

    @Test func `duplicates break nothing unless an objective says so`() {
        var run = Self.run()
        run.want(.outOfOrder, .max(0))
        run.add(50 * .second, .violation(invariant: "duplicated", subject: "a3", detail: "message 7"))
        #expect(run.card.verdict == .held)
        run.want(.duplicated, .max(0))
        #expect(run.card.verdict == .deviated)
    }

    @Test func `a fault that did not land makes the run inconclusive`() {
        var run = RunBuilder()
        run.want(.outOfOrder, .max(0))
        run.inject(at: 35 * .second, targets: ["a0"], subjects: [0])
        run.revert(at: 35 * .second + 40 * .second)
        #expect(run.card.verdict == .inconclusive)
        #expect(run.card.findings == ["Fault f did not land: it was in force for 40 s of 45 s."])
        #expect(run.card.score == 100)
        #expect(!run.card.faults[0].landed)

        var enough = RunBuilder()
        enough.want(.outOfOrder, .max(0))
        enough.inject(at: 35 * .second, targets: ["a0"], subjects: [0])
        enough.revert(at: 35 * .second + 40 * .second + 500 * .millisecond)  // nine tenths exactly
        #expect(enough.card.verdict == .held)
    }

    @Test func `failed and skipped faults say why`() {
        var run = RunBuilder()
        run.want(.outOfOrder, .max(0))
        run.fail(at: 35 * .second, .failed, "no such process")
        #expect(run.card.findings == ["Fault f did not land: no such process."])
        var skipped = RunBuilder()
        skipped.fail(at: 90 * .second, .skipped, "its start never came")
        #expect(skipped.card.findings == ["Fault f did not land: its start never came."])
        var stuck = RunBuilder()
        stuck.inject(at: 35 * .second, targets: ["a0"])
        stuck.fail(at: 80 * .second, .failed, "not reverted: busy")
        #expect(stuck.card.findings == ["Fault f was not reverted: not reverted: busy."])
        #expect(stuck.card.verdict == .inconclusive)
    }

    @Test func `many that did not land make one sentence`() {
        var run = FaultTimesTests.repeated([1, 2, 3])
        run.faults.append(.init(id: "f#3", faultID: "f", kind: "kill", duration: 10 * .second))
        #expect(run.card.findings == ["Fault f#3 did not land (1 of 4 instances): it was never due."])
    }

    @Test func `an expected mechanism that never fired makes the run inconclusive`() {
        var run = Self.run()
        run.want(.outOfOrder, .max(0))
        run.expect = [.hubFailover]
        run.mechanism(10 * .second, .hubFailover, .detect, by: "a1", about: "EdgeHub")  // before any fault
        #expect(run.card.verdict == .inconclusive)
        #expect(run.card.findings == ["The plan expects hub-failover, which never fired."])
        run.mechanism(40 * .second, .hubFailover, .change, by: "a1", from: "a", to: "b")
        #expect(run.card.verdict == .held)
        #expect(run.card.facts.mechanismCounts == [.init(mechanism: .hubFailover, transitions: 2)])
    }

    @Test func `deviated outweighs inconclusive`() {
        var run = Self.run { $0.duplicated = 1 }
        run.want(.duplicated, .max(0))
        run.want(.drainTime, .max(1e9), of: "f")
        run.expect = [.hubFailover]
        #expect(run.card.verdict == .deviated)
        #expect(run.card.findings == ["The plan expects hub-failover, which never fired."])
    }

    @Test func `aborted, interrupted and unfinished runs are inconclusive`() {
        var aborted = Self.run()
        aborted.want(.outOfOrder, .max(0))
        aborted.add(60 * .second, .abort(rule: "availability over 10 s below 50 %"))
        #expect(aborted.card.verdict == .inconclusive)
        #expect(aborted.card.findings == ["A safety rule ended the run early: availability over 10 s below 50 %."])
        var interrupted = Self.run()
        interrupted.want(.outOfOrder, .max(0))
        interrupted.add(60 * .second, .interrupted)
        #expect(interrupted.card.findings == ["The operator interrupted the run."])
        #expect(interrupted.card.verdict == .inconclusive)
        var unfinished = Self.run()
        unfinished.want(.availability, .min(0.9))
        unfinished.ended = false
        #expect(unfinished.card.findings == ["The journal has no end event: the run did not finish."])
        #expect(unfinished.card.verdict == .inconclusive)
    }

    @Test func `a control run may be held`() {
        var run = RunBuilder()
        run.faults = []
        run.want(.availability, .min(0.999), over: .run)
        run.want(.cascades, .max(0))
        #expect(run.card.verdict == .held)
    }

    @Test func `a min on a time is judged from below`() {
        var run = FaultTimesTests.hubKill()
        run.want(.detectTime, .min(1e9), of: "f")
        #expect(run.card.result().judgement == .held)
        run.objectives = []
        run.want(.detectTime, .min(3e9), of: "f")
        #expect(run.card.result().judgement == .missed)
        var silent = Self.run()
        silent.want(.detectTime, .min(1e9), of: "f")
        #expect(silent.card.result().judgement == .held)
    }
}
