internal import ChaosPlan

/// Where a series changes its distribution, by E-divisive: D. S. Matteson and N. A. James, "A Nonparametric Approach for Multiple
/// Change Point Analysis of Multivariate Data", JASA 109 (2014), 334–345, with the exponent 1.
///
/// The split that sets two neighbouring stretches furthest apart by their energy distance is a change point if a permutation
/// test says so; then the stretches are split further. Nothing is assumed of the values' distribution, only that they are
/// independent and, without a change, alike; then at most `significance` of the series get one. The permutations are drawn
/// from streams that only the order of the values decides: the same series gives the same answer, always, on every machine.
public struct ChangePoints: Sendable {
    public struct Point: Hashable, Sendable {
        /// Of the first value after the change.
        public var index: Int
        /// Share of the permutations, and of the series itself, that show as large a difference.
        public var pValue: Double
    }

    /// The highest share of false changes among series without one.
    public var significance = 0.01
    /// Permutations in a test; `significance` must be a whole number of (permutations + 1)ths.
    public var permutations = 199
    /// Values on each side of a change, at least.
    public var shortest = 3

    public init() {}

    /// In order of their places; none for series too short to tell. The values must be finite. Takes time in the square of
    /// their number, times the permutations where there is a change.
    public func find(in values: [Double]) -> [Point] {
        precondition(values.allSatisfy(\.isFinite), "a series without gaps")
        precondition(shortest >= 2, "a distance within a stretch needs two values")
        let seed = Self.seed(of: values)
        var stretches = [values[...]].map { Stretch(range: $0.indices, split: split($0)) }
        var points: [Point] = []
        while let best = stretches.indices.max(by: { stretches[$0].height < stretches[$1].height }),
            let split = stretches[best].split,
            let pValue = test(
                stretches.map { values[$0.range] }, against: split.height, seed: seed &+ UInt64(points.count))
        {
            points.append(Point(index: split.place, pValue: pValue))
            let range = stretches[best].range
            stretches.replaceSubrange(
                best...best,
                with: [range.lowerBound..<split.place, split.place..<range.upperBound].map {
                    Stretch(range: $0, split: self.split(values[$0]))
                })
        }
        return points.sorted { $0.index < $1.index }
    }

    private struct Stretch {
        var range: Range<Int>
        var split: Split?

        var height: Double { split?.height ?? -1 }
    }

    private struct Split {
        /// The scaled energy distance between what lies before and behind it.
        var height: Double
        var place: Int
    }

    // MARK: Permutations

    /// Of the values' ranks. One stream for every series would do its favours and its wrongs to all of them alike: the share of
    /// false changes would be that stream's own, not the test's.
    private static func seed(of values: [Double]) -> UInt64 {
        var seed = UInt64(values.count)
        var last: Double?
        var rank: UInt64 = 0
        for index in values.indices.sorted(by: { (values[$0], $0) < (values[$1], $1) }) {
            if values[index] != last { rank += 1 }
            last = values[index]
            seed = Draw.mix(seed ^ UInt64(index) << 32 ^ rank)
        }
        return seed
    }

    /// The p-value if it is small enough, nil otherwise: as soon as too many permutations reach `height` the answer is no.
    private func test(_ stretches: [ArraySlice<Double>], against height: Double, seed: UInt64) -> Double? {
        guard height > 0 else { return nil }
        let allowed = Int(significance * Double(permutations + 1) + 1e-9) - 1
        // Equal sums in another order may differ in their last bits.
        let threshold = height * (1 - 1e-9)
        let draw = Draw(seed: seed, purpose: .init("change-points"), entity: 0)
        var used: UInt64 = 0
        var reached = 0
        for _ in 0..<permutations {
            var isReached = false
            for stretch in stretches where stretch.count >= 2 * shortest {
                var shuffled = Array(stretch)
                for last in stride(from: shuffled.count - 1, to: 0, by: -1) {
                    shuffled.swapAt(last, Int(draw.uniform(used, below: UInt64(last + 1))))
                    used += 1
                }
                if !isReached, let split = split(shuffled[...]), split.height >= threshold { isReached = true }
            }
            if isReached { reached += 1 }
            if reached > allowed { return nil }
        }
        return Double(reached + 1) / Double(permutations + 1)
    }

    // MARK: Energy distance

    /// The place in the stretch, and the end of what is compared with it, that set two neighbours furthest apart:
    /// max over a < τ < κ of Q(x[a..<τ], x[τ..<κ]), the paper's equations 5 to 7. The end is sought too, for a change back
    /// further on would hide the first.
    ///
    /// With W for the sum of |xᵢ − xⱼ| over a stretch's pairs, and n and m values in two stretches,
    /// Q = 2 ÷ (n + m) × (W of both together − W₁ − W₂ − m W₁ ÷ (n − 1) − n W₂ ÷ (m − 1)).
    private func split(_ values: ArraySlice<Double>) -> Split? {
        let count = values.count
        guard count >= 2 * shortest else { return nil }
        // W of x[0..<τ], the same with its share of the pairs, and W of x[τ..<κ] for the present κ.
        var before = [Double](repeating: 0, count: count + 1)
        var shared = before
        var behind = before
        let inverse = (0...count).map { $0 > 1 ? 1 / Double($0 - 1) : 0 }
        var best = Split(height: -1, place: 0)
        values.withUnsafeBufferPointer { x in
            for end in 1...count {
                let last = x[end - 1]
                var sum = 0.0
                for place in stride(from: end - 2, through: 0, by: -1) {
                    sum += abs(x[place] - last)
                    behind[place] += sum
                }
                before[end] = before[end - 1] + sum
                shared[end] = before[end] * inverse[end]
                guard end >= 2 * shortest else { continue }
                let whole = before[end]
                var highest = -Double.infinity
                var highestPlace = 0
                for place in shortest...(end - shortest) {
                    let (n, m) = (Double(place), Double(end - place))
                    let height =
                        whole - before[place] - behind[place] - m * shared[place]
                        - n * behind[place] * inverse[end - place]
                    if height > highest {
                        highest = height
                        highestPlace = place
                    }
                }
                let height = 2 * highest / Double(end)
                if height > best.height { best = Split(height: height, place: highestPlace) }
            }
        }
        best.place += values.startIndex
        return best
    }
}
