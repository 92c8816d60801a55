import ChaosPlan
import ChaosScore
import Testing

@Suite("Request metrics")
struct RequestMetricTests {
    /// Both groups: 50 requests per 5 s; in the window at 35 s `east` fails 10 of them; slow (80 ms) in the faults phase.
    static func run(baseline: Nanoseconds = 30 * .second, recovery: Nanoseconds = 60 * .second) -> RunBuilder {
        var run = RunBuilder()
        run.phases.baseline = baseline
        run.phases.recovery = recovery
        let start = run.phases.faultsStart
        run.inject(at: start + 5 * .second, targets: ["a0"], subjects: [0])
        run.down(0, start + 6 * .second, start + 9 * .second)
        run.revert(at: start + 50 * .second)
        var at: Nanoseconds = 0
        while at < run.phases.end {
            let phase = at < start ? 0 : at < run.phases.faultsEnd ? 1 : 2
            for group in 0..<2 {
                let bad = group == 0 && at == start + 5 * .second
                run.window(
                    at, group: group, requests: 50, succeeded: bad ? 40 : 50,
                    latency: phase == 1 ? 80 * .millisecond : 40 * .millisecond)
            }
            run.window(
                at, group: -1, kind: .discovery, requests: 10, succeeded: phase == 1 ? 9 : 10, latency: 2 * .millisecond
            )
            at += 5 * .second
        }
        for second in 6..<9 {
            run.add(
                start + Nanoseconds(second) * .second,
                .subjectWindow(subject: 0, length: .second, requests: 2, succeeded: second == 8 ? 1 : 0))
        }
        run.add(10 * .second, .subjectWindow(subject: 3, length: .second, requests: 2, succeeded: 0))
        return run
    }

    static func value(_ metric: Metric, over: Objective.Over = .budget, group: String? = nil, _ run: RunBuilder = run())
        -> Double?
    {
        var run = run
        run.want(metric, .max(1), over: over, group: group)
        return run.card.result().value
    }

    @Test func `ratios under chaos, of the run, of a group`() {
        // Twelve windows of 100 in the faults phase, ten failures; nothing of the recovery, as all was well before it.
        #expect(close(Self.value(.successRatio), 1 - 10.0 / 1200))
        #expect(close(Self.value(.errorRatio), 10.0 / 1200))
        #expect(close(Self.value(.successRatio, group: "east"), 1 - 10.0 / 600))
        #expect(close(Self.value(.successRatio, group: "west"), 1))
        #expect(Self.value(.successRatio, group: "a1") == nil)
        #expect(close(Self.value(.successRatio, over: .run), 1))  // the totals', which know of no failure here
        #expect(close(Self.value(.successRatio, over: .run, group: "east"), 1 - 10.0 / 1500))
    }

    @Test func `failures after the faults phase count until all are up again`() {
        var run = Self.run()
        run.down(1, 91 * .second, 97 * .second)
        run.window(95 * .second, group: 0, requests: 0, succeeded: 0)
        run.window(95 * .second + 1, group: 0, requests: 100, succeeded: 0)
        run.window(98 * .second, group: 0, requests: 100, succeeded: 0)
        // The windows at 90 s and 95 s of both groups, and the one that failed; not the one at 98 s.
        #expect(close(Self.value(.errorRatio, run), 110.0 / 1500))
    }

    @Test func latencies() {
        let bound = Double(LatencyHistogram.upperBound(of: LatencyHistogram.bucket(of: 80 * .millisecond)))
        let before = Double(LatencyHistogram.upperBound(of: LatencyHistogram.bucket(of: 40 * .millisecond)))
        #expect(Self.value(.latencyP50) == bound)
        #expect(Self.value(.latencyP95) == bound)
        #expect(Self.value(.latencyP99) == bound)
        #expect(close(Self.value(.latencyIncrease), bound / before - 1))
        #expect(Self.value(.discoveryLatency).map { $0 < 2.1e6 && $0 >= 2e6 } == true)
        #expect(close(Self.value(.discoveryAvailability), 0.9))
    }

    @Test func `percentiles pick their rank`() {
        var run = RunBuilder()
        run.inject(at: 35 * .second, targets: ["a0"], subjects: [0])
        run.revert(at: 80 * .second)
        run.window(40 * .second, requests: 94, succeeded: 94, latency: 10 * .microsecond)
        run.window(45 * .second, requests: 4, succeeded: 4, latency: 20 * .microsecond)
        run.window(50 * .second, requests: 2, succeeded: 2, latency: 30 * .microsecond)
        #expect(Self.value(.latencyP50, run) == 10_999)
        #expect(Self.value(.latencyP95, run) == 20_999)
        #expect(Self.value(.latencyP99, run) == 30_999)
    }

    @Test func `resilience loss is the area under the baseline`() {
        // Two seconds of nothing, one of half; the deviation at 10 s is the baseline's own.
        #expect(close(Self.value(.resilienceLoss), 2.5))
        #expect(close(Self.value(.resilienceLoss, group: "a0"), 2.5))
        #expect(close(Self.value(.resilienceLoss, group: "west"), 0))
    }

    @Test func `goodput after the heal, against the baseline`() {
        #expect(close(Self.value(.goodputAfterHeal), 1, 1e-9))
        var sick = RunBuilder()
        for at in stride(from: Nanoseconds(0), to: 30 * .second, by: 5_000_000_000) {
            sick.window(at, requests: 50, succeeded: 50)
        }
        // The last third begins at 130 s, within this window: half of it counts.
        sick.window(120 * .second, length: 20 * .second, requests: 200, succeeded: 100)
        sick.window(140 * .second, length: 10 * .second, requests: 100, succeeded: 30)
        #expect(close(Self.value(.goodputAfterHeal, sick), (50.0 + 30) / 20 / 10, 1e-9))
    }

    @Test func `a longer baseline or recovery changes no score`() {
        func card(_ baseline: Int64, _ recovery: Int64) -> Scorecard {
            var run = Self.run(baseline: baseline * .second, recovery: recovery * .second)
            let start = run.phases.faultsStart
            run.mechanism(start + 7 * .second, .agentFailover, .detect, by: "CentralHub", about: "a0")
            run.mechanism(start + 11 * .second, .agentFailover, .takeover, by: "CentralHub", about: "a0")
            run.want(.availability, .min(0.9999))
            run.want(.availability, .min(0.99), over: .impact, id: "impact")
            run.want(.availability, .min(0.99), over: .window(10 * .second), id: "window")
            run.want(.successRatio, .min(0.995))
            run.want(.latencyP95, .max(70e6))
            run.want(.latencyIncrease, .max(0.9))
            run.want(.discoveryAvailability, .min(0.95))
            run.want(.resilienceLoss, .max(2))
            run.want(.cascades, .max(0))
            run.want(.detectTime, .max(1.5e9), of: "f")
            run.want(.failoverTime, .max(5e9), of: "f")
            run.want(.restoreTime, .max(2e9), of: "f")
            run.want(.recoveryTime, .max(2e9), of: "f")
            run.want(.goodputAfterHeal, .min(0.95))
            return run.card
        }
        let reference = card(30, 60)
        #expect(reference.score.map { $0 > 0 && $0 < 100 } == true)
        for (baseline, recovery) in [(300, 60), (30, 600), (60, 3600)] as [(Int64, Int64)] {
            let other = card(baseline, recovery)
            #expect(close(other.score, reference.score!, 1e-9), "baseline \(baseline), recovery \(recovery)")
            for (a, b) in zip(reference.objectives, other.objectives) {
                #expect(close(a.value, b.value!, 1e-9), "\(a.objective.id): baseline \(baseline), recovery \(recovery)")
            }
        }
    }
}
