import ChaosResilience
import Testing

@Suite struct PartitionDetectorTests {
    static let policy = PartitionDetectorPolicy(
        detectAfter: 10 * s,
        confirmHealAfter: 5 * s,
        steadyGap: 2 * s
    )

    static func partitioned() -> PartitionDetector {
        var detector = PartitionDetector(policy: policy, now: 0)
        detector.tick(now: 10 * s)
        return detector
    }

    @Test func `silence of the other side for the detection time, own side healthy, is a partition`() {
        var detector = PartitionDetector(policy: Self.policy, now: 0)
        detector.observe(peerHeard: true, ownSideHealthy: true, now: 4 * s)
        #expect(detector.nextDeadline == 14 * s)
        #expect(detector.tick(now: 14 * s - 1) == nil)
        #expect(!detector.isDegraded)
        #expect(detector.tick(now: 14 * s) == Transition(from: .connected, to: .partitioned))
        #expect(detector.isDegraded)
        #expect(detector.nextDeadline == nil)
        #expect(detector.partitions == 1)
    }

    @Test func `a hub whose own side is ill withholds judgement and counts silence from its recovery`() {
        var detector = PartitionDetector(policy: Self.policy, now: 0)
        detector.observe(peerHeard: false, ownSideHealthy: false, now: 5 * s)
        #expect(detector.nextDeadline == nil)
        #expect(detector.tick(now: 60 * s) == nil)
        #expect(detector.observe(peerHeard: false, ownSideHealthy: true, now: 61 * s) == nil)
        #expect(detector.tick(now: 71 * s - 1) == nil)
        #expect(detector.tick(now: 71 * s) == Transition(from: .connected, to: .partitioned))
    }

    @Test func `first contact starts healing, and steady contact for the confirmation time ends it`() {
        var detector = Self.partitioned()
        let first = detector.observe(peerHeard: true, ownSideHealthy: true, now: 40 * s)
        #expect(first == Transition(from: .partitioned, to: .healing))
        #expect(detector.isDegraded)
        for second: Int64 in 41...44 {
            #expect(detector.observe(peerHeard: true, ownSideHealthy: true, now: second * s) == nil)
        }
        #expect(detector.nextDeadline == 45 * s)
        #expect(detector.tick(now: 45 * s) == Transition(from: .healing, to: .connected))
        #expect(detector.flaps == 0)
    }

    @Test func `a gap while healing falls back to partitioned`() {
        var detector = Self.partitioned()
        detector.observe(peerHeard: true, ownSideHealthy: true, now: 40 * s)
        #expect(detector.nextDeadline == 42 * s)
        #expect(detector.tick(now: 42 * s) == Transition(from: .healing, to: .partitioned))
        #expect(detector.flaps == 1)
    }

    @Test func `a link that flaps never reaches connected and counts as one partition`() {
        var detector = Self.partitioned()
        for cycle: Int64 in 0..<20 {
            let start = 40 * s + cycle * 7 * s
            for beat: Int64 in 0..<3 {
                let change = detector.observe(peerHeard: true, ownSideHealthy: true, now: start + beat * s)
                #expect(change?.to != .connected)
            }
            #expect(detector.tick(now: start + 4 * s) == Transition(from: .healing, to: .partitioned))
        }
        #expect(detector.partitions == 1 && detector.flaps == 20)
    }

    @Test func `a gap that nobody ticked for still starts the confirmation anew`() {
        var detector = Self.partitioned()
        detector.observe(peerHeard: true, ownSideHealthy: true, now: 40 * s)
        #expect(detector.observe(peerHeard: true, ownSideHealthy: true, now: 44 * s) == nil)
        #expect(detector.nextDeadline == 46 * s)
        for second: Int64 in 45...48 {
            #expect(detector.observe(peerHeard: true, ownSideHealthy: true, now: second * s) == nil)
        }
        let healed = detector.observe(peerHeard: true, ownSideHealthy: true, now: 49 * s)
        #expect(healed == Transition(from: .healing, to: .connected))
    }

    @Test func `ticking at the next deadline always moves it on, however late and whatever is observed`() {
        var partitions = 0
        for seed: UInt64 in 0..<200 {
            var random = Random(seed: seed)
            var detector = PartitionDetector(policy: Self.policy, now: 0)
            var now: Nanoseconds = 0
            for _ in 0..<300 {
                now += Int64(random.below(Int(4 * s)))
                if random.below(4) > 0 {
                    detector.observe(
                        peerHeard: random.below(2) == 0,
                        ownSideHealthy: random.below(10) > 0,
                        now: now
                    )
                }
                var ticks = 0
                while let due = detector.nextDeadline, due <= now, ticks < 4 {
                    #expect(detector.tick(now: now) != nil, "seed \(seed)")
                    ticks += 1
                }
                #expect(ticks < 4, "seed \(seed)")
            }
            partitions += detector.partitions
        }
        #expect(partitions > 200)
    }
}
