public import ChaosScore

/// Takes runs of one plan, seed by seed, until it is certain enough whether enough of them hold.
///
/// A run that could not be judged counts against either answer (see `SequentialTest`); a broken invariant ends it at once,
/// for no share of such runs is acceptable.
public struct SequentialGate: Sendable {
    public private(set) var test: SequentialTest
    public let maximum: Int
    /// In the order of their seeds, up to the one that decided.
    public private(set) var cards: [Scorecard] = []
    public private(set) var brokenSeed: UInt64?

    /// - Parameter maximum: runs after which it gives up.
    public init(test: SequentialTest, maximum: Int) {
        precondition(maximum > 0, "at least one run")
        self.test = test
        self.maximum = maximum
    }

    public var isOver: Bool {
        brokenSeed != nil || test.decision != nil || cards.count >= maximum
            || !cards.isEmpty && test.isOutOfReach(within: maximum - cards.count)
    }

    /// The next seed's run; what comes after the end is not looked at, so runs made in advance change nothing.
    public mutating func add(_ card: Scorecard) {
        guard !isOver else { return }
        cards.append(card)
        if !card.brokenInvariants.isEmpty { brokenSeed = card.seeds.first ?? 0 }
        switch card.verdict {
        case .held: test.add(.success)
        case .deviated: test.add(.failure)
        case .inconclusive: test.add(.unanswered)
        }
    }

    /// The share of runs that held, those left out that could not be judged: right whenever one stops. Nil without any.
    public var interval: Interval? {
        let judged = test.successes + test.failures
        guard judged > 0 else { return nil }
        return ConfidenceSequence.bernoulli(
            successes: test.successes, trials: judged, confidence: 1 - max(test.alpha, test.beta))
    }

    /// The answer, with what stands on top of it: the plan's changes against a baseline, and the least mean score.
    ///
    /// - Parameters:
    ///   - again: the command that repeats one seed.
    ///   - repeated: the command that repeats it all.
    public func result(
        minScore: Double, comparison: GateComparison, again: (UInt64) -> String, repeated: String
    ) -> GateResult {
        let counts = "held=\(test.successes)/\(cards.count)"
        let range = interval.map {
            " interval=\(percent($0.low))..\(percent($0.high)) confidence=\(percent(1 - max(test.alpha, test.beta)))"
        }
        let scores = cards.compactMap(\.score)
        let mean = scores.isEmpty ? nil : scores.reduce(0, +) / Double(scores.count)
        let score = mean.map { Measure.decimal($0, digits: 2) } ?? "none"
        let (outcome, field, sentence) = answer(mean, minScore, comparison)
        let worst = brokenSeed ?? cards.first { $0.verdict == .deviated }?.seeds.first
        let replay = outcome == .failed ? worst.map(again) ?? repeated : repeated
        let line =
            "gate=\(outcome.rawValue) \(field)\(counts)\(range ?? "") score=\(score) "
            + "seeds=\(cards.count) max=\(maximum) replay=\(GateWords.quoted(replay))"
        let least = Measure.decimal(minScore, digits: 2)
        var checks = [GateResult.Check(name: "enough seeds hold", outcome: share, text: sentence)]
        let isKept = (mean ?? -1) >= minScore
        checks.append(
            .init(name: "score", outcome: isKept ? .passed : .failed, text: "\(score)\(isKept ? ">=" : "<")\(least)"))
        return GateResult(
            outcome: outcome, line: line, details: [sentence] + broken + comparison.details,
            checks: checks + comparison.checks)
    }

    /// Of the test alone.
    private var share: GateResult.Outcome {
        if brokenSeed != nil { return .failed }
        switch test.decision {
        case .accepted: return .passed
        case .rejected: return .failed
        case .undecidable, nil: return .inconclusive
        }
    }

    private var broken: [String] {
        guard let brokenSeed, let last = cards.last else { return [] }
        return last.brokenInvariants.map { "seed \(brokenSeed): \($0)" }
    }

    private func answer(
        _ mean: Double?, _ minScore: Double, _ comparison: GateComparison
    ) -> (GateResult.Outcome, String, String) {
        let levels = "α \(percent(test.alpha)), β \(percent(test.beta))"
        if let brokenSeed {
            return (
                .failed, "reason=\"broken invariant\" broken=\(brokenSeed) ", "seed \(brokenSeed) broke an invariant"
            )
        }
        let odds = "\(percent(test.good)) or more against \(percent(test.bad)) or less, \(levels)"
        switch test.decision {
        case .rejected:
            return (
                .failed, "share<\(percent(test.good)) ",
                "\(test.failures) of \(cards.count) seeds deviated: too few hold (\(odds))"
            )
        case .undecidable, nil:
            let why =
                test.decision == nil
                ? "not decided within \(maximum) seeds"
                : "the answer depends on the \(test.unanswered) seeds that could not be judged"
            return (.inconclusive, "reason=\(GateWords.quoted(why)) ", "\(why) (\(odds))")
        case .accepted: break
        }
        let sentence = "\(test.successes) of \(cards.count) seeds held: enough do (\(odds))"
        if let change = comparison.unaccepted.first {
            return (
                .failed,
                "plan-change=\(change.name)\(change.subject.isEmpty ? "" : " of=\(GateWords.word(change.subject))") ",
                sentence
            )
        }
        guard let mean, mean >= minScore else {
            return (.failed, "reason=\"score below \(Measure.decimal(minScore, digits: 2))\" ", sentence)
        }
        return (.passed, "share>=\(percent(test.good)) ", sentence)
    }

    private func percent(_ share: Double) -> String { Measure.decimal(share * 100, digits: 3) + "%" }
}
