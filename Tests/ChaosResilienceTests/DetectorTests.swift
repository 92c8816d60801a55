import ChaosResilience
import Testing

@Suite struct HeartbeatDetectorTests {
    @Test func `a silent peer is suspected at exactly the last heartbeat plus the time-out`() {
        var detector = HeartbeatDetector(policy: HeartbeatDetectorPolicy(timeout: 3 * s), now: 10 * s)
        #expect(detector.deadline == 13 * s)
        #expect(detector.heard(now: 11 * s) == nil)
        #expect(detector.check(now: 14 * s - 1) == nil)
        #expect(detector.check(now: 14 * s) == Transition(from: .trusted, to: .suspected))
        #expect(detector.check(now: 15 * s) == nil)
        #expect(detector.heard(now: 20 * s) == Transition(from: .suspected, to: .trusted))
        #expect(detector.deadline == 23 * s)
    }

    @Test func `a heartbeat delivered out of order does not bring the deadline forward`() {
        var detector = HeartbeatDetector(policy: HeartbeatDetectorPolicy(timeout: 3 * s), now: 0)
        detector.heard(now: 5 * s)
        detector.heard(now: 4 * s)
        #expect(detector.lastHeard == 5 * s)
    }
}

@Suite struct PhiAccrualDetectorTests {
    static func policy(
        phi: Int = 8,
        pause: Nanoseconds = 3 * s,
        minimum: Nanoseconds = 100 * ms,
        samples: Int = 1000
    ) -> PhiAccrualDetectorPolicy {
        PhiAccrualDetectorPolicy(
            milliThreshold: phi * 1000,
            acceptablePause: pause,
            minimumDeviation: minimum,
            firstInterval: 1 * s,
            samples: samples
        )
    }

    /// A detector whose sample is full of intervals of one second, and the time of the last beat.
    static func steady(_ policy: PhiAccrualDetectorPolicy) -> (PhiAccrualDetector, Nanoseconds) {
        var detector = PhiAccrualDetector(policy: policy, now: 0)
        let beats = Int64(policy.samples) + 2
        for beat in 1...beats { detector.heard(now: beat * s) }
        return (detector, beats * s)
    }

    @Test(arguments: [
        (1, 1.281_551_565_5), (3, 3.090_232_306_2), (4, 3.719_016_485_5), (6, 4.753_424_308_8),
        (8, 5.612_001_244_2), (12, 7.034_483_825_3),
    ])
    func `quantiles of the normal tail agree with published ones`(phi: Int, expected: Double) {
        let quantile = NormalTail.quantile(milliPhi: phi * 1000)
        #expect((quantile - expected).magnitude < 1e-8)
        let fixed = Double(Self.policy(phi: phi).quantile) / 16_777_216
        #expect((fixed - expected).magnitude < 1e-6)
    }

    @Test func `a threshold between whole numbers lies between their quantiles`() {
        // φ = 1.30103 is the tail of 5 %: z = 1.644854.
        #expect((NormalTail.quantile(milliPhi: 1301) - 1.644_853_6).magnitude < 1e-4)
    }

    @Test func `series and continued fraction of the tail meet`() {
        let left = NormalTail.probability(above: 3 - 1e-9)
        let right = NormalTail.probability(above: 3)
        #expect((left - 1.349_898_031_63e-3).magnitude < 1e-10)
        #expect((right - 1.349_898_031_63e-3).magnitude < 1e-13)
        #expect(left > right)
    }

    @Test(arguments: [
        // pause, deviation, φ, time to suspicion after the last beat with a mean interval of one second
        (3 * s, 100 * ms, 8, 4_561_200_124), (3 * s, 500 * ms, 8, 6_806_000_622),
        (3 * s, 100 * ms, 12, 4_703_448_383), (10 * s, 100 * ms, 8, 11_561_200_124),
        (10 * s, 500 * ms, 8, 13_806_000_622),
    ])
    func `suspicion comes at mean plus pause plus quantile times deviation`(
        pause: Nanoseconds,
        deviation: Nanoseconds,
        phi: Int,
        expected: Nanoseconds
    ) {
        let (detector, last) = Self.steady(Self.policy(phi: phi, pause: pause, minimum: deviation))
        #expect(detector.meanInterval == 1 * s)
        #expect((detector.suspicionDeadline - last - expected).magnitude < 100)
    }

    @Test func `it suspects at the deadline, not before, and trusts again when heard`() {
        var (detector, _) = Self.steady(Self.policy())
        let deadline = detector.suspicionDeadline
        #expect(detector.check(now: deadline - 1) == nil)
        #expect(detector.check(now: deadline) == Transition(from: .trusted, to: .suspected))
        #expect(detector.suspicion == .suspected)
        #expect(detector.heard(now: deadline + 60 * s) == Transition(from: .suspected, to: .trusted))
        // The outage itself taught it nothing.
        #expect(detector.suspicionDeadline - (deadline + 60 * s) < 4_561_200_224)
    }

    @Test func `mean and deviation are those of the sample, computed the plain way`() {
        for seed: UInt64 in 0..<20 {
            var random = Random(seed: seed)
            var detector = PhiAccrualDetector(policy: Self.policy(minimum: 1, samples: 50), now: 0)
            var now: Nanoseconds = 0
            var intervals: [Int64] = []
            for _ in 0..<200 {
                let interval = 500 * ms + Int64(random.below(Int(1 * s)))
                intervals.append(interval)
                now += interval
                detector.heard(now: now)
            }
            let sample = intervals.suffix(50)
            let mean = sample.reduce(0, +) / 50
            let squares = sample.reduce(0.0) { $0 + Double($1 - mean) * Double($1 - mean) }
            let deviation = (squares / 50).squareRoot()
            #expect(detector.meanInterval == mean, "seed \(seed)")
            #expect((Double(detector.deviation) / deviation - 1).magnitude < 1e-8, "seed \(seed)")
        }
    }

    @Test func `after a noisy period the detector stays slow until the noise has left the sample`() {
        var (detector, now) = Self.steady(Self.policy(samples: 100))
        for beat in 0..<100 {
            now += beat % 2 == 0 ? 200 * ms : 1800 * ms
            detector.heard(now: now)
        }
        #expect(detector.deviation == 800 * ms)
        let noisy = detector.suspicionDeadline - now
        for _ in 0..<50 {
            now += 1 * s
            detector.heard(now: now)
        }
        let half = detector.suspicionDeadline - now
        for _ in 0..<50 {
            now += 1 * s
            detector.heard(now: now)
        }
        let quiet = detector.suspicionDeadline - now
        #expect(noisy > 8 * s && half > 7 * s && half < noisy && quiet < 4_561_200_224)
    }

    @Test func `the integer root is the largest whose square does not exceed the number`() {
        let maximum = UInt64.max
        let numbers: [UInt64] = [0, 1, 2, 3, 15, 16, 17, 1 << 32, (1 << 32) - 1, maximum, maximum - 1]
        for number in numbers {
            let root = number.squareRootDown
            #expect(root.multipliedReportingOverflow(by: root).overflow == false)
            #expect(root * root <= number)
            let next = (root + 1).multipliedReportingOverflow(by: root + 1)
            #expect(next.overflow || next.partialValue > number)
        }
        for shift in 0..<60 {
            let exact = UInt64(0xDEAD_BEEF) << UInt64(shift / 2)
            let root = (UInt128(exact) * UInt128(exact)).approximateSquareRoot
            #expect(Double(exact - root) / Double(exact) < 1e-9, "shift \(shift)")
        }
    }
}
