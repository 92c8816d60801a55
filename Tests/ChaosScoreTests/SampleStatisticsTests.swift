import ChaosScore
import Testing

/// Values computed by hand, or named.
@Suite("Statistics of two samples")
struct SampleStatisticsTests {
    @Test("Wasserstein-1 of shifted, of unequal and of equal samples")
    func wasserstein() {
        // A shift by 2 costs 2.
        #expect(SampleDistance.wasserstein([1, 2, 3], [3, 4, 5]) == 2)
        #expect(SampleDistance.wasserstein([5, 1, 3], [1, 3, 5]) == 0)
        // {0, 1, 3} and {5, 6, 8}: 5.
        #expect(close(SampleDistance.wasserstein([0, 1, 3], [5, 6, 8]), 5, 1e-12))
        // {0} and {0, 4}: half of the mass goes 4 far.
        #expect(SampleDistance.wasserstein([0], [0, 4]) == 2)
        #expect(SampleDistance.wasserstein([], [1]) == nil)
    }

    @Test("Kolmogorov and Smirnov's distance, with ties")
    func kolmogorovSmirnov() {
        #expect(SampleDistance.kolmogorovSmirnov([1, 2], [3, 4]) == 1)
        #expect(SampleDistance.kolmogorovSmirnov([1, 2, 3, 4], [3, 4, 5, 6]) == 0.5)
        #expect(SampleDistance.kolmogorovSmirnov([1, 1, 2], [1, 1, 2]) == 0)
        // At 1: 2/3 against 1/3.
        #expect(close(SampleDistance.kolmogorovSmirnov([1, 1, 2], [1, 2, 2]) ?? 0, 1.0 / 3, 1e-12))
    }

    @Test("DKW half-widths as in the field notes: 0.30 of 20 trials, 0.19 of 50, 0.14 of 100, 0.043 of 1000")
    func dkw() {
        #expect(close(SampleDistance.dkwHalfWidth(trials: 20), 0.3037, 1e-4))
        #expect(close(SampleDistance.dkwHalfWidth(trials: 50), 0.1921, 1e-4))
        #expect(close(SampleDistance.dkwHalfWidth(trials: 100), 0.1358, 1e-4))
        #expect(close(SampleDistance.dkwHalfWidth(trials: 1000), 0.0429, 1e-4))
        #expect(SampleDistance.dkwHalfWidth(trials: 1) == 1)
    }

    @Test("Kendall's tau of the same, the reverse and a mixed order, with ties")
    func kendall() {
        #expect(Kendall.tau([(1, 10), (2, 20), (3, 30)]) == 1)
        #expect(Kendall.tau([(1, 30), (2, 20), (3, 10)]) == -1)
        // 1 2 3 4 against 1 3 2 4: five pairs agree, one does not: 4/6.
        #expect(close(Kendall.tau([(1, 1), (2, 3), (3, 2), (4, 4)]), 4.0 / 6, 1e-12))
        // One tie on the first side: 5 agree, 0 disagree, tied 1: 5/√(6·5).
        #expect(close(Kendall.tau([(1, 1), (1, 2), (2, 3), (3, 4)]), 5 / 30.0.squareRoot(), 1e-12))
        #expect(Kendall.tau([(1, 1)]) == nil)
        #expect(Kendall.tau([(1, 1), (1, 2)]) == nil)
    }

    @Test("quantiles between values")
    func quantiles() {
        #expect(SampleQuantile.median([3, 1, 2]) == 2)
        #expect(SampleQuantile.median([4, 1, 2, 3]) == 2.5)
        #expect(SampleQuantile.of([0, 10], 0.05) == 0.5)
        #expect(SampleQuantile.of([7], 0.95) == 7)
        #expect(SampleQuantile.of([], 0.5) == nil)
    }

    @Test("equivalence by two one-sided tests, against a worked example")
    func equivalence() throws {
        // Means 3 and 3.2, both variances 2.5, n = 5: error 1, 8 degrees of freedom.
        let a = [1.0, 2, 3, 4, 5]
        let b = a.map { $0 + 0.2 }
        let wide = try #require(Equivalence.test(a, b, margin: 2.5))
        #expect(close(wide.difference, 0.2, 1e-12))
        // t(0.95, 8) = 1.8595.
        #expect(close(wide.interval.low, 0.2 - 1.8595, 1e-4) && close(wide.interval.high, 0.2 + 1.8595, 1e-4))
        // t = 2.7 and −2.3; P(T₈ > 2.7) = 0.01353, P(T₈ > 2.3) = 0.02523.
        #expect(close(wide.lowerP, 0.01353, 2e-4), "\(wide.lowerP)")
        #expect(close(wide.upperP, 0.02523, 2e-4), "\(wide.upperP)")
        #expect(wide.isShown)
        let narrow = try #require(Equivalence.test(a, b, margin: 1))
        #expect(!narrow.isShown)
        #expect(Equivalence.test([1], b, margin: 1) == nil)
    }

    @Test("the interval lies within the margin exactly when equivalence is shown")
    func duality() throws {
        for shift in stride(from: -3.0, through: 3, by: 0.25) {
            let test = try #require(
                Equivalence.test([1, 2, 3, 4, 5, 6], [1.5, 2, 2.5, 3, 3.5, 4, 8].map { $0 + shift }, margin: 2))
            #expect(test.isShown == (test.interval.low > -2 && test.interval.high < 2), "\(shift)")
        }
    }

    @Test("constants are equivalent within the margin and not on it")
    func constants() throws {
        #expect(try #require(Equivalence.test([0.1, 0.1, 0.1], [0.2, 0.2], margin: 0.11)).isShown)
        #expect(try #require(Equivalence.test([1, 1], [3, 3], margin: 2)).isShown == false)
    }

    @Test("the bootstrap is repeatable, and finds a difference where there is one")
    func bootstrap() throws {
        let a = (0..<20).map(Double.init)
        let b = a.map { $0 + 100 }
        let interval = try #require(Bootstrap.medianDifference(a, b))
        #expect(interval == Bootstrap.medianDifference(a, b))
        #expect(interval != Bootstrap.medianDifference(a, b, seed: 2))
        #expect(interval.low > 85 && interval.low < 100 && interval.high > 100 && interval.high < 115)
        let constant = try #require(Bootstrap.medianDifference([1, 1, 1], [4, 4]))
        #expect(constant.low == 3 && constant.high == 3)
        #expect(Bootstrap.medianDifference([1], [2, 3]) == nil)
    }
}
