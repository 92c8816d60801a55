import ChaosScore

/// Whether paired differences have a direction: the sign test (Arbuthnot 1710), which assumes nothing of how they are spread.
enum SignTest {
    /// Two-sided: how likely so uneven a split of `better` and `worse` is where both are as likely. Ties say nothing.
    static func p(better: Int, worse: Int) -> Double {
        let trials = better + worse
        guard trials > 0 else { return 1 }
        let few = min(better, worse)
        // Σ C(n, k) ÷ 2ⁿ for k up to the smaller count, twice.
        var term = 1.0
        for _ in 0..<trials { term /= 2 }
        var sum = 0.0
        for k in 0...few {
            sum += term
            term *= Double(trials - k) / Double(k + 1)
        }
        return min(1, 2 * sum)
    }
}

/// Several tests at once: each p is raised so that the chance of even one false claim among all stays what it is for one.
enum Holm {
    /// Holm (1979): the smallest p times m, the next times m − 1, and never less than the one before.
    static func adjusted(_ values: [Double]) -> [Double] {
        let order = values.indices.sorted { (values[$0], $0) < (values[$1], $1) }
        var adjusted = values
        var floor = 0.0
        for (rank, index) in order.enumerated() {
            floor = max(floor, min(1, values[index] * Double(values.count - rank)))
            adjusted[index] = floor
        }
        return adjusted
    }
}
