import ChaosPlan
import ChaosScore
import Testing

@Suite("Availability")
struct AvailabilityTests {
    /// a0 is killed at 35 s for 45 s; it is down for 4 s and a1 for 1 s after it.
    static func run() -> RunBuilder {
        var run = RunBuilder()
        run.inject(at: 35 * .second, targets: ["a0"], subjects: [0])
        run.down(0, 36 * .second, 40 * .second)
        run.down(1, 40 * .second, 41 * .second)
        run.revert(at: 80 * .second)
        return run
    }

    static func value(
        _ run: RunBuilder, over: Objective.Over, group: String? = nil
    ) -> Double? {
        var run = run
        run.want(.availability, .min(0.5), over: over, group: group)
        return run.card.result().value
    }

    @Test func `each window by hand`() {
        // 5 agent-seconds of 10 agents.
        #expect(close(Self.value(Self.run(), over: .run), 1 - 5.0 / 1500))
        #expect(close(Self.value(Self.run(), over: .budget), 1 - 5.0 / 36000))
        // From 35 s, effective, to 41 s, restored.
        #expect(close(Self.value(Self.run(), over: .impact), 1 - 5.0 / 60))
        #expect(close(Self.value(Self.run(), over: .window(10 * .second)), 0.95))
        #expect(close(Self.value(Self.run(), over: .window(2 * .second)), 0.9))
        #expect(Self.value(Self.run(), over: .window(.hour)) == nil)
    }

    @Test func `exact to the nanosecond`() {
        var run = RunBuilder()
        run.inject(at: 35 * .second, targets: ["a0"], subjects: [0])
        run.down(0, 36 * .second, 36 * .second + 1)
        run.revert(at: 80 * .second)
        #expect(run.card.facts.downtime == [.init(subject: 0, name: "a0", down: 1)])
        #expect(close(run.card.facts.availabilityBudget, 1 - 1.0 / 36e12, 1e-16))
    }

    @Test func `the budget scales with faults and with their rate`() {
        var run = Self.run()
        run.faultsPerHour = 4
        #expect(close(Self.value(run, over: .budget), 1 - 4 * 5.0 / 36000))
        run.faults.append(.init(id: "g", faultID: "g", kind: "kill", duration: nil))
        run.inject(1, at: 50 * .second, targets: ["a9"], subjects: [9])
        run.revert(1, at: 50 * .second)
        #expect(close(Self.value(run, over: .budget), 1 - 4 * 2.5 / 36000))
    }

    @Test func `an objective can name a group, an agent, a hub or a host`() {
        #expect(close(Self.value(Self.run(), over: .run, group: "east"), 1 - 5.0 / 750))
        #expect(close(Self.value(Self.run(), over: .run, group: "west"), 1))
        #expect(close(Self.value(Self.run(), over: .budget, group: "a0"), 1 - 4.0 / 3600))
        #expect(close(Self.value(Self.run(), over: .run, group: "CentralHub"), 1 - 5.0 / 750))
        #expect(close(Self.value(Self.run(), over: .run, group: "Edge"), 1))
        #expect(Self.value(Self.run(), over: .run, group: "nobody") == nil)
    }

    @Test func `what was down before the first fault counts from it on`() {
        var run = RunBuilder()
        run.down(3, 20 * .second, 45 * .second)
        run.inject(at: 35 * .second, targets: ["a0"], subjects: [0])
        run.revert(at: 80 * .second)
        #expect(close(Self.value(run, over: .budget), 1 - 10.0 / 36000))
        #expect(close(Self.value(run, over: .run), 1 - 25.0 / 1500))
    }

    @Test func `a chain that never comes up is down to the horizon`() {
        var run = RunBuilder()
        run.inject(at: 35 * .second, targets: ["a0"], subjects: [0])
        run.down(0, 40 * .second, nil)
        run.revert(at: 80 * .second)
        #expect(close(Self.value(run, over: .budget), 1 - 110.0 / 36000))
        #expect(close(Self.value(run, over: .impact), 1 - 110.0 / 1150))
    }

    @Test func `a control run is judged over itself`() {
        var run = RunBuilder()
        run.faults = []
        run.down(0, 36 * .second, 39 * .second)
        #expect(close(Self.value(run, over: .budget), 1 - 3.0 / 1500))
        #expect(Self.value(run, over: .impact) == nil)
        #expect(run.card.facts.availabilityImpact == nil)
    }

    @Test func `without a landed fault the budget has no evidence`() {
        var run = RunBuilder()
        run.fail(at: 35 * .second, .failed, "no such process")
        #expect(Self.value(run, over: .budget) == nil)
    }

    @Test func `a repeated up or down changes nothing`() {
        var run = Self.run()
        run.add(37 * .second, .availability(subject: 0, up: false))
        run.add(42 * .second, .availability(subject: 0, up: true))
        #expect(close(Self.value(run, over: .run), 1 - 5.0 / 1500))
    }

    @Test func `the worst window is exact, against every instant tried`() {
        for seed in 0..<UInt64(40) {
            var random = Seeded(seed)
            let run = random.run()
            let downs = random.downs
            for window in [Nanoseconds(3), 700, 5_000, 20_000].map({ $0 * .millisecond }) {
                let exact = Self.value(run, over: .window(window))!
                // Every start on a millisecond: change points lie on milliseconds, so one of these is the worst.
                var worst = 0
                var at: Nanoseconds = 0
                while at + window <= 150 * .second {
                    let lost = downs.reduce(0) { $0 + max(0, min($1.to, at + window) - max($1.from, at)) }
                    worst = max(worst, Int(lost))
                    at += random.grain
                }
                #expect(close(exact, 1 - Double(worst) / Double(window * 10), 1e-9), "seed \(seed), window \(window)")
            }
        }
    }

    @Test func `a longer window is never worse than the shorter ones it is made of`() {
        for seed in 0..<UInt64(200) {
            var random = Seeded(seed)
            let run = random.run()
            let curve = run.card.facts.windowedMinimum
            #expect(curve.last?.window == 150 * .second, "seed \(seed)")
            for short in curve {
                for long in curve where long.window % short.window == 0 {
                    #expect(long.availability >= short.availability - 1e-12, "seed \(seed): \(short) \(long)")
                }
            }
        }
    }
}
