internal import ChaosPlan

/// Many runs of one plan under different seeds, scored as one.
///
/// Each objective is aggregated first and judged then: the median of times (Kaplan–Meier where some are censored), the
/// mean of shares and of counts, the sum of invariants' counts. Any seed that breaks an invariant breaks it; any seed that
/// could not be judged leaves the whole inconclusive. The interval is Wilson's over runs: the share of seeds that held the
/// objective.
public func aggregate(_ cards: [Scorecard]) -> Scorecard {
    precondition(!cards.isEmpty, "an aggregate needs at least one run")
    precondition(
        cards.allSatisfy { $0.planDigest == cards[0].planDigest && $0.objectives.count == cards[0].objectives.count },
        "only runs of one plan can be scored as one")
    return Aggregate(cards).scorecard
}

struct Aggregate {
    private let cards: [Scorecard]

    init(_ cards: [Scorecard]) { self.cards = cards }

    var scorecard: Scorecard {
        let entries = cards[0].objectives.indices.map(entry)
        // What an objective says of itself the aggregated objective will say again.
        let broken = cards.flatMap { card in
            card.brokenInvariants.filter { sentence in !card.objectives.contains { $0.explanation == sentence } }
                .map { Self.of(card) + $0 }
        }
        let reasons = cards.flatMap { card in card.inconclusiveReasons.map { Self.of(card) + $0 } }
        let ruling = Ruling(entries, broken: broken, inconclusive: reasons)
        let worst = worstCard
        var card = Scorecard(
            scenario: cards[0].scenario, fleet: cards[0].fleet, seeds: cards.flatMap(\.seeds),
            planDigest: cards[0].planDigest, fleetDigest: cards[0].fleetDigest, world: cards[0].world,
            version: cards[0].version, verdict: ruling.verdict, score: ruling.score, coverage: ruling.coverage,
            objectives: ruling.results,
            findings: ruling.brokenInvariants + [ruling.capFinding].compactMap { $0 } + reasons, faults: worst.faults,
            facts: facts, journalHash: journalHash)
        card.brokenInvariants = ruling.brokenInvariants
        card.inconclusiveReasons = reasons
        card.worstSeed = worst.seeds.first
        card.perSeed = cards.map { card in
            var result = SeedResult(
                seed: card.seeds.first ?? 0, verdict: card.verdict, score: card.score, coverage: card.coverage,
                journalHash: card.journalHash)
            result.values = card.objectives.map(\.value)
            result.missed = card.objectives.indices.filter { card.objectives[$0].judgement == .missed }
            return result
        }
        return card
    }

    private static func of(_ card: Scorecard) -> String { "Seed \(card.seeds.first.map(String.init) ?? "?"): " }

    // MARK: One objective

    private func entry(_ index: Int) -> Ruling.Entry {
        let results = cards.map { $0.objectives[index] }
        let judged = results.filter { $0.judgement != .inconclusive }
        let objective = results[0].objective
        if results[0].isElsewhere { return .elsewhere(objective) }
        var interval: Interval?
        if !judged.isEmpty {
            let held = judged.filter { $0.judgement == .held }.count
            interval = BinomialInterval.wilson(successes: held, trials: judged.count)
        }
        return Ruling.Entry(
            objective: objective, measurement: measurement(of: objective, results, judged: judged.count),
            evidence: Double(judged.count) / Double(results.count), interval: interval)
    }

    private func measurement(of objective: Objective, _ results: [ObjectiveResult], judged: Int) -> Measurement {
        let measurement = objective.invariant ? invariant(objective, results) : typical(objective, results)
        // A few runs can show a miss; they cannot show that the others would have held.
        if judged * 2 < results.count, Judge.judge(measurement, objective).0 == .held {
            return .none("only \(judged) of \(results.count) runs had any")
        }
        return measurement
    }

    /// Any seed that breaks it breaks it.
    private func invariant(_ objective: Objective, _ results: [ObjectiveResult]) -> Measurement {
        let values = results.compactMap(\.value)
        let missed = zip(cards, results).filter { $0.1.judgement == .missed }.map(\.0)
        let note = missed.isEmpty ? "\(values.count) of \(results.count) runs" : "in seed \(Self.seeds(missed))"
        guard !values.isEmpty else {
            return missed.isEmpty ? .none("none of \(results.count) runs had any") : .failed(nil, note: note)
        }
        // Counts add up where none at all is allowed; else the gravest seed speaks for all.
        let value = objective.limit == .max(0) ? values.reduce(0, +) : Self.gravest(values, objective.limit)
        if !missed.isEmpty, Judge.holds(value, objective.limit) { return .failed(value, note: note) }
        return .value(value, note: note)
    }

    private func typical(_ objective: Objective, _ results: [ObjectiveResult]) -> Measurement {
        let seen = results.filter { $0.value != nil }
        let values = seen.map { $0.value! }
        guard !values.isEmpty else {
            let failed = results.contains { $0.judgement == .missed }
            return failed ? .failed(nil, note: "it failed") : .none("none of \(results.count) runs had any")
        }
        let runs = seen.count < results.count ? "\(seen.count) of \(results.count) runs" : "\(results.count) runs"
        guard objective.metric.unit == .time else {
            return .value(values.reduce(0, +) / Double(values.count), note: "mean of \(runs)")
        }
        let estimate = KaplanMeier(
            seen.map { result in
                // What failed within its limit never got done either.
                let failed = result.judgement == .missed && Judge.holds(result.value!, objective.limit)
                return .init(time: result.value!, censored: result.censored || failed)
            })
        guard let median = estimate.median else { return .atLeast(values.max()!, note: "median of \(runs)") }
        return .value(median, note: "median of \(runs)")
    }

    private static func gravest(_ values: [Double], _ limit: Objective.Limit) -> Double {
        switch limit {
        case .max: values.max()!
        case .min: values.min()!
        }
    }

    private static func seeds(_ cards: [Scorecard]) -> String {
        let named = cards.prefix(3).flatMap(\.seeds).map(String.init).joined(separator: ", ")
        return cards.count > 3 ? "\(named) and \(cards.count - 3) more" : named
    }

    // MARK: The runs together

    private var worstCard: Scorecard {
        func gravity(_ verdict: Verdict) -> Int {
            switch verdict {
            case .deviated: 0
            case .inconclusive: 1
            case .held: 2
            }
        }
        func rank(_ card: Scorecard) -> (Int, Double, UInt64) {
            (gravity(card.verdict), card.score ?? 101, card.seeds.first ?? 0)
        }
        return cards.min { rank($0) < rank($1) }!
    }

    private var journalHash: String {
        if cards.count == 1 { return cards[0].journalHash }
        var hash = JournalHash()
        for card in cards { hash.update(Array(card.journalHash.utf8)) }
        return hash.text
    }

    /// Means of shares and losses, the worst of windows, medians of latencies, sums of counts and of downtime.
    private var facts: Facts {
        if cards.count == 1 { return cards[0].facts }
        let all = cards.map(\.facts)
        var facts = Facts()
        facts.duration = all.map(\.duration).max()!
        facts.availability = Self.mean(all.map(\.availability))!
        facts.availabilityImpact = Self.mean(all.compactMap(\.availabilityImpact))
        facts.availabilityBudget = Self.mean(all.compactMap(\.availabilityBudget))
        facts.successRatio = Self.mean(all.map(\.successRatio))!
        facts.latencyP50 = Self.median(all.compactMap(\.latencyP50))
        facts.latencyP95 = Self.median(all.compactMap(\.latencyP95))
        facts.latencyP99 = Self.median(all.compactMap(\.latencyP99))
        facts.resilienceLoss = Self.mean(all.map(\.resilienceLoss))!
        var windows: [Nanoseconds: Double] = [:]
        for entry in all.flatMap(\.windowedMinimum) {
            windows[entry.window] = min(windows[entry.window] ?? 1, entry.availability)
        }
        facts.windowedMinimum = windows.sorted { $0.key < $1.key }
            .map { Facts.WindowedAvailability(window: $0.key, availability: $0.value) }
        var down: [Int: Facts.SubjectDowntime] = [:]
        for entry in all.flatMap(\.downtime) {
            down[entry.subject, default: .init(subject: entry.subject, name: entry.name, down: 0)].down += entry.down
        }
        facts.downtime = down.values.sorted { ($1.down, $0.subject) < ($0.down, $1.subject) }
        facts.cascades = Set(all.flatMap(\.cascades)).sorted()
        facts.totals = all.dropFirst().reduce(all[0].totals) { $0.merged(with: $1.totals) }
        facts.mechanismCounts = Mechanism.allCases.compactMap { mechanism in
            let count = all.flatMap(\.mechanismCounts).filter { $0.mechanism == mechanism }
                .reduce(0) { $0 + $1.transitions }
            return count > 0 ? Facts.MechanismCount(mechanism: mechanism, transitions: count) : nil
        }
        return facts
    }

    private static func mean(_ values: [Double]) -> Double? {
        values.isEmpty ? nil : values.reduce(0, +) / Double(values.count)
    }

    /// The lower of two middle ones, as Kaplan–Meier has it.
    private static func median(_ values: [Nanoseconds]) -> Nanoseconds? {
        values.isEmpty ? nil : values.sorted()[(values.count - 1) / 2]
    }
}

extension Totals {
    /// Counts added, high-water marks the higher.
    fileprivate func merged(with other: Totals) -> Totals {
        var sum = self
        sum.requests += other.requests
        sum.succeeded += other.succeeded
        sum.unsent += other.unsent
        sum.callsNeeded += other.callsNeeded
        sum.callsSent += other.callsSent
        sum.published += other.published
        sum.acknowledged += other.acknowledged
        sum.indeterminate += other.indeterminate
        sum.delivered += other.delivered
        sum.redelivered += other.redelivered
        sum.lostPrefix += other.lostPrefix
        sum.lostMiddle += other.lostMiddle
        sum.lostPostfix += other.lostPostfix
        sum.unexpected += other.unexpected
        sum.duplicated += other.duplicated
        sum.outOfOrder += other.outOfOrder
        sum.divergent += other.divergent
        sum.bufferDropped += other.bufferDropped
        sum.bufferHighWater = max(bufferHighWater, other.bufferHighWater)
        sum.ownershipConflicts += other.ownershipConflicts
        sum.registered += other.registered
        sum.diskHighWater = max(diskHighWater, other.diskHighWater)
        return sum
    }
}
