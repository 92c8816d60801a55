import ChaosFleet
import ChaosPlan
import ChaosSim
import Testing

/// The parts of the engine, each against the simplest thing that does the same.
@Suite struct EventQueueTests {
    private struct Entry: Comparable {
        var key: UInt128
        var payload: UInt64
        static func < (a: Entry, b: Entry) -> Bool { a.key < b.key }
    }

    @Test func `it hands out what a sorted array would, ties and growth included`() {
        for seed in 0..<UInt64(200) {
            var dice = Dice(seed)
            var queue = EventQueue(capacity: 1 << Int(dice.below(6)))
            var model: [Entry] = []
            let times = 1 + dice.below(50)
            for step in 0..<400 {
                // Grows for the first half, shrinks in the second.
                if model.isEmpty || dice.chance(step < 200 ? 65 : 40) {
                    // Few distinct times, so that class, entity and counter have to decide.
                    let key =
                        UInt128(dice.below(times)) << 64 | UInt128(dice.below(3)) << 56 | UInt128(dice.below(2)) << 32
                        | UInt128(step)
                    queue.push(key: key, payload: UInt64(step))
                    model.append(Entry(key: key, payload: UInt64(step)))
                    model.sort()
                } else {
                    #expect(queue.earliest == Int64(model[0].key >> 64), "seed \(seed)")
                    let popped = queue.pop()
                    let expected = model.removeFirst()
                    #expect(
                        popped.key == expected.key && popped.payload == expected.payload, "seed \(seed) step \(step)")
                }
                #expect(queue.count == model.count, "seed \(seed)")
            }
            while !model.isEmpty { #expect(queue.pop().payload == model.removeFirst().payload, "seed \(seed)") }
            #expect(queue.earliest == .max)
        }
    }

    @Test func `equal keys come out whole`() {
        var queue = EventQueue(capacity: 1)
        for payload in 0..<100 { queue.push(key: 7, payload: UInt64(payload)) }
        let all = Set((0..<100).map { _ in queue.pop().payload })
        #expect(all.count == 100)
    }
}

@Suite struct GapSetTests {
    @Test func `it equals a set of numbers, removals included`() {
        for seed in 0..<UInt64(200) {
            var dice = Dice(seed)
            var set = GapSet()
            var other = GapSet()
            var model: Set<UInt32> = []
            var otherModel: Set<UInt32> = []
            let bound = 5 + dice.below(60)
            for step in 0..<200 {
                let value = dice.chance(50) ? set.next : UInt32(dice.below(bound))
                if dice.chance(65) {
                    #expect(set.insert(value) == model.insert(value).inserted, "seed \(seed) step \(step)")
                } else {
                    set.remove(value)
                    model.remove(value)
                }
                if dice.chance(50) {
                    let value = UInt32(dice.below(bound))
                    other.insert(value)
                    otherModel.insert(value)
                }
                #expect(set.count == model.count, "seed \(seed) step \(step)")
                #expect(set.next == (model.max().map { $0 + 1 } ?? 0), "seed \(seed) step \(step)")
                for value in 0..<UInt32(bound) + 2 {
                    #expect(set.contains(value) == model.contains(value), "seed \(seed) step \(step)")
                }
                #expect(set.subtracting(other) == model.subtracting(otherModel).sorted(), "seed \(seed) step \(step)")
                var end: UInt32 = 0
                for gap in set.gaps {
                    #expect(!gap.isEmpty && gap.upperBound < set.next, "seed \(seed): \(set)")
                    #expect(gap.lowerBound > end || end == 0, "seed \(seed): \(set)")
                    end = gap.upperBound
                }
            }
        }
    }
}

@Suite struct DistributionTests {
    /// Mean and variance over every cell of the table and many places inside each: the integral, not a sample.
    private func moments(_ distribution: Distribution) -> (mean: Double, variance: Double) {
        let draws: UInt64 = 1 << 18
        var sum = 0.0
        var squares = 0.0
        for i in 0..<draws {
            // Evenly spread top bits, arbitrary low ones.
            let random = i << 46 | Stream.mix(i) >> 18
            let x = Double(distribution.sample(mean: 1 << 20, random: random)) / Double(1 << 20)
            sum += x
            squares += x * x
        }
        let mean = sum / Double(draws)
        return (mean, squares / Double(draws) - mean * mean)
    }

    @Test func `the exponential has mean and variance one`() {
        let (mean, variance) = moments(.exponential)
        #expect(abs(mean - 1) < 1e-3)
        #expect(abs(variance - 1) < 4e-3)
    }

    @Test func `the exponential has its quantiles`() {
        // P(X > ln 2) = 1/2, P(X > ln 100) = 1/100.
        let draws = 1 << 18
        let stream = Stream(seed: 1, purpose: .serviceTime, entity: 1)
        var aboveMedian = 0
        var aboveTail = 0
        for k in 0..<draws {
            let x = Double(Distribution.exponential.sample(mean: 1 << 20, random: stream[UInt64(k)])) / Double(1 << 20)
            if x > 0.693_147_18 { aboveMedian += 1 }
            if x > 4.605_170_19 { aboveTail += 1 }
        }
        // Four standard deviations of a binomial.
        #expect(abs(Double(aboveMedian) / Double(draws) - 0.5) < 4 * 0.5 / 512)
        #expect(abs(Double(aboveTail) / Double(draws) - 0.01) < 4 * 0.0995 / 512)
    }

    @Test func `the lognormal has mean one and the spread of σ = 0.5`() {
        let (mean, variance) = moments(.lognormal)
        #expect(abs(mean - 1) < 1e-4)
        // e^0.25 − 1, less the tail that the table cuts.
        #expect(abs(variance - 0.2840) < 4e-3)
    }

    @Test func `the constant is constant`() {
        for k in 0..<UInt64(1000) {
            #expect(Distribution.constant.sample(mean: 12_345, random: Stream.mix(k)) == 12_345)
        }
    }

    /// Golden: the same on every machine and at every optimisation, or replays of old runs are worth nothing.
    @Test(arguments: [
        ("constant", Distribution.constant, GoldenValues.constant),
        ("exponential", Distribution.exponential, GoldenValues.exponential),
        ("lognormal", Distribution.lognormal, GoldenValues.lognormal),
    ])
    func `the tables never change`(name: String, distribution: Distribution, golden: UInt64) {
        var checksum: UInt64 = 0
        for k in 0..<UInt64(20_000) {
            let sample = distribution.sample(mean: 1_000_000_007, random: Stream.mix(k &* 0x9E37_79B9_7F4A_7C15))
            checksum = Stream.mix(checksum ^ UInt64(sample))
        }
        #expect(checksum == golden, "\(name)")
    }
}

@Suite struct StreamTests {
    @Test func `draws never change`() {
        let stream = Stream(seed: 42, purpose: .serviceTime, entity: 7)
        #expect((0..<3).map { stream[UInt64($0)] } == GoldenValues.draws)
        #expect((0..<6).map { stream.below(1000, at: UInt64($0)) } == GoldenValues.bounded)
    }

    @Test func `a draw depends on its index alone, and on seed, purpose and entity`() {
        let stream = Stream(seed: 1, purpose: .arrivals, entity: 1)
        let forward = (0..<100).map { stream[UInt64($0)] }
        let backward = (0..<100).reversed().map { stream[UInt64($0)] }
        #expect(forward == backward.reversed())
        let others = [
            Stream(seed: 2, purpose: .arrivals, entity: 1), Stream(seed: 1, purpose: .serviceTime, entity: 1),
            Stream(seed: 1, purpose: .arrivals, entity: 2),
        ]
        for other in others { for k in 0..<100 { #expect(other[UInt64(k)] != forward[k]) } }
    }

    @Test func `bounded draws are even and independent of their neighbours`() {
        for entity in 0..<UInt64(20) {
            let stream = Stream(seed: 3, purpose: .arrivals, entity: entity)
            var cells = Array(repeating: 0, count: 100)
            for k in 0..<UInt64(20_000) { cells[Int(stream.below(10, at: k) * 10 + stream.below(10, at: k + 1))] += 1 }
            let chi = cells.reduce(0.0) { $0 + (Double($1) - 200) * (Double($1) - 200) / 200 }
            // χ² with 99 degrees of freedom (a little less here, the pairs overlap): mean 99, deviation 14.
            #expect(chi < 99 + 5 * 14 && chi > 99 - 5 * 14, "entity \(entity): \(chi)")
        }
        #expect(Stream(seed: 1, purpose: .publish, entity: 1).below(0, at: 5) == 0)
    }
}
