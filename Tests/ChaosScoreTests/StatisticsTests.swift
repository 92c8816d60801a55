import ChaosScore
import Testing

/// Published values: SIMULATION.md §3.4 unless a line says otherwise.
@Suite("Statistics")
struct StatisticsTests {
    @Test(arguments: [
        (0.99, [299, 473, 628, 773]), (0.999, [2995, 4742, 6294, 7752]), (0.9999, [29956, 47437, 62956, 77535]),
    ])
    func `trials to demonstrate a reliability`(reliability: Double, trials: [Int]) {
        for (failures, expected) in trials.enumerated() {
            #expect(
                Demonstration.trials(reliability: reliability, failures: failures) == expected,
                "\(failures) failures")
        }
    }

    @Test func `more failures, more confidence`() {
        #expect(Demonstration.trials(reliability: 0.99, failures: 5) == 1049)
        #expect(Demonstration.trials(reliability: 0.999, failures: 10) == 16959)
        #expect(Demonstration.trials(reliability: 0.99, confidence: 0.99) == 459)
        #expect(Demonstration.trials(reliability: 0.999, confidence: 0.99) == 4603)
        #expect(Demonstration.trials(reliability: 0.9999, confidence: 0.99) == 46050)
    }

    @Test func wilson() {
        #expect(close(BinomialInterval.wilson(successes: 1000, trials: 1000).low, 0.99617, 1e-5))
        #expect(BinomialInterval.wilson(successes: 1000, trials: 1000).high == 1)
        #expect(close(BinomialInterval.wilson(successes: 3000, trials: 3000).low, 0.99872, 1e-5))
        // Newcombe 1998, table I: 81 of 263, and 15 of 148.
        let a = BinomialInterval.wilson(successes: 81, trials: 263)
        #expect(close(a.low, 0.2553, 2e-4) && close(a.high, 0.3662, 2e-4))
        let b = BinomialInterval.wilson(successes: 15, trials: 148)
        #expect(close(b.low, 0.0624, 1e-3) && close(b.high, 0.1605, 1e-3))
        #expect(BinomialInterval.wilson(successes: 0, trials: 20).low == 0)
        #expect(close(BinomialInterval.wilson(successes: 0, trials: 20).high, 0.1611, 1e-3))
    }

    @Test func `Clopper and Pearson`() {
        // Newcombe 1998, table I.
        let a = BinomialInterval.clopperPearson(successes: 81, trials: 263)
        #expect(close(a.low, 0.2527, 2e-4) && close(a.high, 0.3676, 2e-4))
        let b = BinomialInterval.clopperPearson(successes: 0, trials: 20)
        #expect(b.low == 0 && close(b.high, 0.1684, 1e-3))
        // Closed form at the end: 1 − (α/2)^(1/n) for no success, here n = 1.
        #expect(close(BinomialInterval.clopperPearson(successes: 0, trials: 1).high, 0.975, 1e-12))
        #expect(BinomialInterval.clopperPearson(successes: 7, trials: 7).high == 1)
        #expect(BinomialInterval.clopperPearson(successes: 7, trials: 7).method == "clopper-pearson")
    }

    @Test func quantiles() {
        #expect(close(Quantile.normal(0.975), 1.959963984540054, 1e-9))
        #expect(close(Quantile.normal(0.5), 0, 1e-9))
        // The usual table of Student's t.
        #expect(close(Quantile.studentT(0.975, degreesOfFreedom: 1), 12.7062, 1e-5))
        #expect(close(Quantile.studentT(0.975, degreesOfFreedom: 10), 2.2281, 1e-4))
        #expect(close(Quantile.studentT(0.95, degreesOfFreedom: 5), 2.0150, 1e-4))
        #expect(close(Quantile.studentT(0.025, degreesOfFreedom: 10), -2.2281, 1e-4))
        #expect(close(Quantile.studentT(0.975, degreesOfFreedom: 1e6), 1.95997, 1e-4))
        #expect(Quantile.studentT(0.5, degreesOfFreedom: 3) == 0)
    }

    @Test func `order statistics`() {
        let median = OrderStatistic.ranks(share: 0.5, trials: 20)
        #expect(median?.low == 6 && median?.high == 15)
        #expect(OrderStatistic.ranks(share: 0.95, trials: 20) == nil)
        #expect(OrderStatistic.ranks(share: 0.5, trials: 5) == nil)
        let six = OrderStatistic.ranks(share: 0.5, trials: 6)
        #expect(six?.low == 1 && six?.high == 6)
        #expect(OrderStatistic.trialsForUpperBound(share: 0.9) == 29)
        #expect(OrderStatistic.trialsForUpperBound(share: 0.95) == 59)
        #expect(OrderStatistic.trialsForUpperBound(share: 0.99) == 299)
        #expect(OrderStatistic.trialsForUpperBound(share: 0.999) == 2995)
        let interval = OrderStatistic.interval(of: (1...20).reversed().map(Double.init), share: 0.5)
        #expect(interval == Interval(low: 6, high: 15, trials: 20, method: "order-statistic"))
    }

    @Test func `a mean and its interval`() {
        let result = MeanInterval.studentT(of: [1, 2, 3, 4, 5])
        // 3 ± 2.7764 × √(2.5 ÷ 5).
        #expect(close(result?.mean, 3))
        #expect(close(result?.interval.low, 3 - 2.776445 * 0.5.squareRoot(), 1e-6))
        #expect(close(result?.interval.high, 3 + 2.776445 * 0.5.squareRoot(), 1e-6))
        #expect(MeanInterval.studentT(of: [1]) == nil)
    }

    @Test func `Kaplan and Meier`() {
        // Freireich et al. 1963, 6-MP arm, as in every textbook: S(6) = 0.857, S(23) = 0.448, median 23 weeks.
        let events = [6, 6, 6, 7, 10, 13, 16, 22, 23]
        let censored = [6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35]
        let estimate = KaplanMeier(
            events.map { .init(time: Double($0), censored: false) }
                + censored.map { .init(time: Double($0), censored: true) })
        let expected = [(6.0, 0.857), (7, 0.807), (10, 0.753), (13, 0.690), (16, 0.627), (22, 0.538), (23, 0.448)]
        #expect(estimate.survival.count == expected.count)
        for (have, want) in zip(estimate.survival, expected) {
            #expect(have.time == want.0 && close(have.share, want.1, 1e-3), "\(want.0) weeks")
        }
        #expect(estimate.median == 23)
        #expect(KaplanMeier([1, 2, 3, 4].map { .init(time: $0, censored: false) }).median == 2)
        #expect(
            KaplanMeier([
                .init(time: 1, censored: false), .init(time: 2, censored: true), .init(time: 2, censored: true),
            ]).median == nil)
        #expect(KaplanMeier([]).median == nil)
    }
}
