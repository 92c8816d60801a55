import ChaosPlan
import ChaosScore
import Testing

@Suite("Sequential test and confidence sequence")
struct SequentialTests {
    /// Successes with a probability, from draws of our own.
    private struct Coin {
        var draw: Draw
        var at: UInt64 = 0

        init(_ seed: UInt64, _ purpose: String) { draw = Draw(seed: seed, purpose: .init(purpose), entity: 0) }

        mutating func next(_ share: Double) -> Bool {
            at += 1
            return Double(draw[at] >> 11) * 0x1p-53 < share
        }
    }

    /// Runs a test to its decision; every `unanswered`-th trial has no answer.
    private static func decide(
        _ start: SequentialTest, share: Double, seed: UInt64, unanswered: UInt64 = 0
    ) -> SequentialTest {
        var test = start
        var coin = Coin(seed, "sequential")
        while test.decision == nil, test.trials < 100_000 {
            let isSuccess = coin.next(share)
            let isSilent = unanswered > 0 && coin.at % unanswered == 0
            test.add(isSilent ? .unanswered : isSuccess ? .success : .failure)
        }
        return test
    }

    @Test("decides after the trials that the formula gives: ln 20 ÷ ln(99/98) successes, ln 20 ÷ ln 2 failures")
    func byHand() throws {
        var good = try #require(SequentialTest(good: 0.99, bad: 0.98))
        for _ in 0..<295 { good.add(.success) }
        #expect(good.decision == nil)
        good.add(.success)
        #expect(good.decision == .accepted)
        #expect(good.trials == 296)
        good.add(.failure)
        #expect(good.trials == 296)
        var bad = try #require(SequentialTest(good: 0.99, bad: 0.98))
        for _ in 0..<4 { bad.add(.failure) }
        #expect(bad.decision == nil)
        bad.add(.failure)
        #expect(bad.decision == .rejected)
    }

    @Test("what is no test is none")
    func refusals() {
        #expect(SequentialTest(good: 1, bad: 0.98) == nil)
        #expect(SequentialTest(good: 0.9, bad: 0.9) == nil)
        #expect(SequentialTest(good: 0.9, bad: 0) == nil)
        #expect(SequentialTest(good: 0.9, bad: 0.8, alpha: 0.5) == nil)
        #expect(SequentialTest(good: 0.9, bad: 0.8, beta: 0) == nil)
    }

    /// The bound itself: at α = β = 5 % wrong decisions stay below 5 %, but for three standard errors of the simulation.
    @Test(
        "wrong decisions keep their level, and it takes about as many trials as Wald's equation says",
        arguments: [
            (0.95, 0.90, 4000), (0.99, 0.98, 400),
        ])
    func errorRates(good: Double, bad: Double, rounds: Int) throws {
        let test = try #require(SequentialTest(good: good, bad: bad))
        let margin = 3 * (0.05 * 0.95 / Double(rounds)).squareRoot()
        for (share, wrong) in [(good, SequentialTest.Decision.rejected), (bad, .accepted)] {
            var errors = 0
            var trials = 0
            for seed in 1...UInt64(rounds) {
                let ended = Self.decide(test, share: share, seed: seed)
                if ended.decision == wrong { errors += 1 }
                trials += ended.trials
                #expect(ended.decision != nil, "seed \(seed)")
            }
            let rate = Double(errors) / Double(rounds)
            #expect(rate <= 0.05 + margin, "\(rate) at a share of \(share), seeds 1 to \(rounds)")
            // Were it far below, the test would be wasting runs.
            #expect(rate >= 0.01, "\(rate) at a share of \(share)")
            let mean = Double(trials) / Double(rounds)
            let expected = test.expectedTrials(share: share)
            #expect(mean > expected * 0.85 && mean < expected * 1.3, "\(mean) trials at \(share), expected \(expected)")
        }
    }

    @Test("a better fleet is passed sooner, a worse one failed sooner, and the middle takes longest")
    func sampleSize() throws {
        let test = try #require(SequentialTest(good: 0.95, bad: 0.90))
        let expected = [0.8, 0.9, 0.927, 0.95, 0.99].map { test.expectedTrials(share: $0) }
        #expect(expected[0] < expected[1] && expected[1] < expected[2])
        #expect(expected[4] < expected[3] && expected[3] < expected[2])
        // All succeed: the trials counted by hand.
        #expect(close(test.expectedTrials(share: 0.999_999), 2.995_73 / 0.054_067, 0.02))
    }

    @Test("trials without an answer make neither error more likely")
    func unanswered() throws {
        let test = try #require(SequentialTest(good: 0.95, bad: 0.90))
        let rounds = 600
        let margin = 3 * (0.05 * 0.95 / Double(rounds)).squareRoot()
        for (share, wrong) in [(0.95, SequentialTest.Decision.rejected), (0.90, .accepted)] {
            let errors = (1...UInt64(rounds)).count {
                Self.decide(test, share: share, seed: $0, unanswered: 40).decision == wrong
            }
            #expect(Double(errors) / Double(rounds) <= 0.05 + margin, "\(errors) of \(rounds) at \(share)")
        }
        var silent = test
        while silent.decision == nil, silent.trials < 1000 { silent.add(.unanswered) }
        #expect(silent.decision == .undecidable)
    }

    @Test("says when the trials that are left cannot decide any more")
    func outOfReach() throws {
        var test = try #require(SequentialTest(good: 0.99, bad: 0.98))
        #expect(!test.isOutOfReach(within: 296))
        #expect(test.isOutOfReach(within: 4))
        #expect(!test.isOutOfReach(within: 5))
        for _ in 0..<295 { test.add(.success) }
        #expect(!test.isOutOfReach(within: 1))
    }

    @Test("the interval of 296 successes in a row, computed by hand, and of none")
    func confidenceSequence() {
        let all = ConfidenceSequence.bernoulli(successes: 296, trials: 296)
        #expect(all.high == 1)
        #expect(close(all.low, 0.9786, 2e-4), "\(all.low)")
        let none = ConfidenceSequence.bernoulli(successes: 0, trials: 296)
        #expect(none.low == 0)
        #expect(close(none.high, 1 - all.low, 1e-9))
        let half = ConfidenceSequence.bernoulli(successes: 50, trials: 100)
        let fixed = BinomialInterval.clopperPearson(successes: 50, trials: 100)
        #expect(half.low < fixed.low && half.high > fixed.high)
    }

    @Test("the true share hardly ever leaves the sequence, however often one looks")
    func anytime() {
        let rounds = 300
        let left = (1...UInt64(rounds)).count { seed in
            var coin = Coin(seed, "anytime")
            var successes = 0
            for trial in 1...300 {
                if coin.next(0.9) { successes += 1 }
                if ConfidenceSequence.evidence(against: 0.9, successes: successes, trials: trial) >= 2.995_732 {
                    return true
                }
            }
            return false
        }
        #expect(Double(left) / Double(rounds) <= 0.05, "\(left) of \(rounds)")
    }
}
