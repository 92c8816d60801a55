import ChaosHistory
import ChaosPlan
import Testing

@Suite struct ChangePointsTests {
    /// A sum of twelve uniform draws less six: nearly normal, mean 0, variance 1, and without libm.
    private static func noise(_ count: Int, seed: UInt64) -> [Double] {
        let draw = Draw(seed: seed, purpose: .init("noise"), entity: 0)
        func normal(_ index: Int) -> Double {
            var sum = -6.0
            for part in 0..<12 { sum += Double(draw[UInt64(index * 12 + part)] >> 11) * 0x1p-53 }
            return sum
        }
        return (0..<count).map(normal)
    }

    @Test("a step of four standard deviations is found within one of its place", arguments: [5, 12, 20, 33])
    func step(place: Int) {
        var exact = 0
        for seed in UInt64(1)...20 {
            var values = Self.noise(40, seed: seed)
            for index in place..<40 { values[index] += 4 }
            let points = ChangePoints().find(in: values)
            #expect(points.contains { abs($0.index - place) <= 1 }, "SEED=\(seed): \(points)")
            if points.first?.index == place { exact += 1 }
        }
        #expect(exact >= 14, "mostly the very place")
    }

    @Test("a step back hides no step: both ends of a bump are found, however far from the series' ends")
    func bump() {
        for seed in UInt64(1)...10 {
            var values = Self.noise(60, seed: seed)
            for index in 25..<35 { values[index] += 5 }
            let places = ChangePoints().find(in: values).map(\.index)
            #expect(
                places.contains { abs($0 - 25) <= 1 } && places.contains { abs($0 - 35) <= 1 },
                "SEED=\(seed): \(places)")
        }
    }

    @Test("a change of spread alone is found too")
    func spread() {
        var found = 0
        for seed in UInt64(1)...10 {
            var values = Self.noise(80, seed: seed)
            for index in 40..<80 { values[index] *= 16 }
            if ChangePoints().find(in: values).contains(where: { abs($0.index - 40) <= 6 }) { found += 1 }
        }
        #expect(found >= 8)
    }

    @Test(
        "of 1,000 series without a change at most 1 % get one, within what chance allows; constant ones never",
        arguments: [12, 30])
    func noFalseSteps(count: Int) {
        let alarms = (UInt64(1)...1000).filter { !ChangePoints().find(in: Self.noise(count, seed: $0)).isEmpty }
        // P(more than 20 of 1,000 at 1 %) is 0.1 %; the seeds are fixed, so it either is so or is not.
        #expect(alarms.count <= 20, "\(alarms)")
        #expect(ChangePoints().find(in: [Double](repeating: 7.5, count: count)).isEmpty)
    }

    @Test("a series of nearly always the same value is not a change, and one that moved for good is")
    func ties() {
        var mostly = [Double](repeating: 100, count: 40)
        for index in [4, 17, 31] { mostly[index] = 97 }
        #expect(ChangePoints().find(in: mostly).isEmpty)
        let moved = [Double](repeating: 100, count: 20) + [Double](repeating: 97, count: 20)
        #expect(ChangePoints().find(in: moved).map(\.index) == [20])
    }

    @Test("the same series gives the same answer, in any unit, and short ones give none")
    func deterministic() {
        var values = Self.noise(50, seed: 3)
        for index in 30..<50 { values[index] += 3 }
        let points = ChangePoints().find(in: values)
        #expect(!points.isEmpty)
        #expect(points.allSatisfy { $0.pValue <= 0.01 && $0.pValue > 0 })
        for _ in 0..<3 { #expect(ChangePoints().find(in: values) == points) }
        // A power of two changes no rounding.
        #expect(ChangePoints().find(in: values.map { $0 * 1_073_741_824 }) == points)
        for count in 0..<6 { #expect(ChangePoints().find(in: Array(values.prefix(count))).isEmpty) }
    }
}
