#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// Decides from as few trials as it takes whether a share of successes is high enough: Wald's sequential probability ratio
/// test (Wald 1945, "Sequential Tests of Statistical Hypotheses").
///
/// Wald's own bounds, (1 − β) ÷ α and β ÷ (1 − α), keep the two errors only about at α and β. Here the ratio has to reach
/// 1 ÷ α, or β: by Ville's inequality (1939) neither error then exceeds its level, whatever the overshoot, for a few trials more.
///
/// A trial may end without an answer. It counts as a failure when the share is to be accepted and as a success when it is to
/// be rejected, so that neither error grows, whatever the answers would have been.
public struct SequentialTest: Hashable, Sendable {
    public enum Decision: String, CaseIterable, Hashable, Sendable {
        /// At least the wanted share.
        case accepted
        /// At most the share that is too low.
        case rejected
        /// It depends on the trials without an answer, however many more there were.
        case undecidable
    }

    public enum Trial: String, CaseIterable, Hashable, Sendable { case success, failure, unanswered }

    /// A share from which on the test is to accept.
    public let good: Double
    /// A share down from which on it is to reject.
    public let bad: Double
    /// Probability, at most, of rejecting a good share.
    public let alpha: Double
    /// Probability, at most, of accepting a bad one.
    public let beta: Double

    /// What a success and a failure add to the ratio's logarithm, and where that decides.
    private let perSuccess: Double
    private let perFailure: Double
    private let lower: Double
    private let upper: Double

    public private(set) var successes = 0
    public private(set) var failures = 0
    public private(set) var unanswered = 0
    public private(set) var decision: Decision?

    public var trials: Int { successes + failures + unanswered }

    /// Nil unless 0 < bad < good < 1, and both levels lie between 0 and one half.
    public init?(good: Double, bad: Double, alpha: Double = 0.05, beta: Double = 0.05) {
        guard bad > 0, bad < good, good < 1, alpha > 0, alpha < 0.5, beta > 0, beta < 0.5 else { return nil }
        self.good = good
        self.bad = bad
        self.alpha = alpha
        self.beta = beta
        perSuccess = log(bad / good)
        perFailure = log((1 - bad) / (1 - good))
        lower = log(beta)
        upper = -log(alpha)
    }

    /// The next trial; what comes after the decision is not looked at.
    public mutating func add(_ trial: Trial) {
        guard decision == nil else { return }
        switch trial {
        case .success: successes += 1
        case .failure: failures += 1
        case .unanswered: unanswered += 1
        }
        // From the counts and not summed up, so that no rounding gathers.
        let againstAccepting = ratio(successes, failures + unanswered)
        let againstRejecting = ratio(successes + unanswered, failures)
        if againstAccepting <= lower {
            decision = .accepted
        } else if againstRejecting >= upper {
            decision = .rejected
        } else if againstAccepting >= upper, againstRejecting <= lower {
            decision = .undecidable
        }
    }

    /// No outcome of the next `trials` could bring a decision.
    public func isOutOfReach(within trials: Int) -> Bool {
        decision == nil && ratio(successes + trials, failures + unanswered) > lower
            && ratio(successes + unanswered, failures + trials) < upper
    }

    /// Logarithm of the likelihood under `bad` over that under `good`.
    private func ratio(_ successes: Int, _ failures: Int) -> Double {
        Double(successes) * perSuccess + Double(failures) * perFailure
    }

    /// Trials to be expected until the decision if `share` of them succeed, the overshoot not counted (Wald's equation).
    public func expectedTrials(share: Double) -> Double {
        let drift = share * perSuccess + (1 - share) * perFailure
        let square = share * perSuccess * perSuccess + (1 - share) * perFailure * perFailure
        // Without a drift it is a symmetric walk to one of the two.
        guard abs(drift) > 1e-9 else { return -lower * upper / square }
        // The probability of ending at the upper bound: with h ≠ 0 that solves E[ratio^h] = 1.
        let h = exponent(share)
        let rejects = (1 - exp(h * lower)) / (exp(h * upper) - exp(h * lower))
        return (rejects * upper + (1 - rejects) * lower) / drift
    }

    /// The h ≠ 0 with share × (bad ÷ good)^h + (1 − share) × ((1 − bad) ÷ (1 − good))^h = 1; it has the sign opposite to the drift's.
    private func exponent(_ share: Double) -> Double {
        func excess(_ h: Double) -> Double {
            share * exp(h * perSuccess) + (1 - share) * exp(h * perFailure) - 1
        }
        let drift = share * perSuccess + (1 - share) * perFailure
        let sign: Double = drift < 0 ? 1 : -1
        // Convex, 0 at h = 0: negative between the two roots.
        var high = 1.0
        while excess(sign * high) < 0, high < 1e6 { high *= 2 }
        var low = high
        while excess(sign * low) >= 0, low > 1e-12 { low /= 2 }
        return sign * SpecialFunctions.bisect(low: low, high: high) { excess(sign * $0) < 0 }
    }
}
