import ChaosPlan
import ChaosScore
import Testing

@Suite("Counts")
struct CountMetricTests {
    static func value(_ metric: Metric, _ run: RunBuilder) -> Double? {
        var run = run
        run.want(metric, .max(0))
        return run.card.objectives.last!.value
    }

    @Test func `each total by hand`() {
        let run = JudgingTests.run {
            $0.lostPrefix = 1
            $0.lostMiddle = 2
            $0.lostPostfix = 4
            $0.unexpected = 8
            $0.duplicated = 16
            $0.outOfOrder = 32
            $0.divergent = 64
            $0.bufferDropped = 128
            $0.ownershipConflicts = 256
            $0.delivered = 990
            $0.callsSent = 600
            $0.registered = 9
            $0.diskHighWater = Share(partsPerMillion: 912_000)
        }
        #expect(Self.value(.acknowledgedLoss, run) == 7)
        #expect(Self.value(.unexpected, run) == 8)
        #expect(Self.value(.duplicated, run) == 16)
        #expect(Self.value(.outOfOrder, run) == 32)
        #expect(Self.value(.divergent, run) == 64)
        #expect(Self.value(.bufferDropped, run) == 128)
        #expect(Self.value(.ownershipConflicts, run) == 256)
        #expect(close(Self.value(.deliveryRatio, run), 0.99))
        #expect(close(Self.value(.amplification, run), 0.2))
        #expect(close(Self.value(.registered, run), 0.9))
        #expect(close(Self.value(.diskHighWater, run), 0.912))
    }

    @Test func `nothing lost of nothing sent shows nothing`() {
        let run = JudgingTests.run {
            $0.published = 0
            $0.acknowledged = 0
            $0.delivered = 0
            $0.callsNeeded = 0
            $0.callsSent = 0
        }
        for metric in [
            Metric.acknowledgedLoss, .unexpected, .outOfOrder, .bufferDropped, .deliveryRatio, .amplification,
        ] {
            #expect(Self.value(metric, run) == nil, "\(metric.rawValue)")
        }
    }

    @Test func `a run cut short has no totals, but what it saw broken is broken`() {
        var run = JudgingTests.run()
        run.totals = nil
        #expect(Self.value(.acknowledgedLoss, run) == nil)
        run.add(50 * .second, .violation(invariant: "acknowledged-loss", subject: "a1", detail: "message 7"))
        #expect(Self.value(.acknowledgedLoss, run) == 1)
        run.add(51 * .second, .disk(host: 0, used: Share(partsPerMillion: 850_000), level: .warn))
        #expect(close(Self.value(.diskHighWater, run), 0.85))
    }

    @Test func `the disk's mark is the highest seen`() {
        var run = JudgingTests.run { $0.diskHighWater = Share(partsPerMillion: 700_000) }
        run.add(50 * .second, .disk(host: 0, used: Share(partsPerMillion: 850_000), level: .warn))
        run.add(55 * .second, .disk(host: 0, used: Share(partsPerMillion: 650_000), level: .normal))
        #expect(close(Self.value(.diskHighWater, run), 0.85))
    }

    @Test func `hub lag is the largest`() {
        var run = JudgingTests.run()
        #expect(Self.value(.hubLag, run) == 0)
        run.add(50 * .second, .hub(.lag(1_500_000_000)))
        run.add(55 * .second, .hub(.lag(3_200_000_000)))
        #expect(Self.value(.hubLag, run) == 3.2e9)
    }

    @Test func `cascades are those whom nobody targeted and who missed the objective`() {
        var run = JudgingTests.run()
        run.want(.availability, .min(0.999))
        run.down(0, 40 * .second, 70 * .second)  // targeted
        run.down(4, 40 * .second, 43 * .second)  // 3 s: within the 3.6 s that 99.9 % of an hour leaves
        run.down(7, 40 * .second, 45 * .second)  // 5 s: not
        #expect(Self.value(.cascades, run) == 1)
        #expect(run.card.facts.cascades == [7])
        // Judged as the availability objective is: at 99.95 % even 3 s are too many, over the impact too.
        run.objectives = []
        run.want(.availability, .min(0.9995))
        #expect(run.card.facts.cascades == [4, 7])
        run.objectives = []
        run.want(.availability, .min(0.9), over: .impact)  // 40 s of impact leave 4 s
        #expect(run.card.facts.cascades == [7])
        run.objectives = []
        run.want(.availability, .min(0.7), over: .window(10 * .second))
        #expect(run.card.facts.cascades == [7])
    }

    @Test func `the target of one fault can be the victim of another`() {
        var run = RunBuilder()
        run.faults = ["f", "g"].map { .init(id: $0, faultID: $0, kind: "kill", duration: 10 * .second) }
        run.inject(0, at: 35 * .second, targets: ["a0"], subjects: [0])
        run.revert(0, at: 45 * .second)
        run.inject(1, at: 70 * .second, targets: ["a1"], subjects: [1])
        run.down(0, 71 * .second, 79 * .second)
        run.down(1, 71 * .second, 80 * .second)
        run.revert(1, at: 80 * .second)
        #expect(run.card.facts.cascades == [0])
    }
}
