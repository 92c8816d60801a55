import ChaosPlan
import ChaosScore

/// Says of each change what it did to an objective, and to all else.
struct AdviceJudge {
    let plan: Plan
    let runs: AdviceRuns
    let seeds: [UInt64]
    let screening: [UInt64]

    func entry(_ target: Int, candidates: [PolicyChange], influence: Advice.Influence) -> Advice.Entry {
        let objective = plan.objectives[target]
        let base = runs.samples(nil, seeds)
        var options = candidates.compactMap { option($0, for: target) }
        for (index, p) in Holm.adjusted(options.map(\.p)).enumerated() { options[index].adjustedP = p }
        for index in options.indices { options[index].outcome = outcome(options[index], objective) }
        options.sort { isBetter($0, $1, objective) }
        let useful = options.filter { $0.outcome != .unclear }
        return Advice.Entry(
            objective: objective, held: base.count { Badness.isHeld($0, target) }, seeds: base.count,
            value: values(base, base, target).before,
            isMissedAtFirst: base.first.map { $0.objectives[target].judgement == .missed } ?? false,
            influence: influence, options: useful.isEmpty ? Array(options.prefix(1)) : useful)
    }

    /// Of all that was tried, whatever came of it later.
    func influence(_ target: Int, of changes: [PolicyChange]) -> Advice.Influence {
        var isMoved = false
        for change in changes {
            let after = runs.samples(change, seeds + screening)
            let before = runs.samples(nil, after.map(\.seed))
            guard before.count == after.count, !after.isEmpty else { continue }
            if zip(before, after).contains(where: { $0.objectives[target] != $1.objectives[target] }) { isMoved = true }
            let limit = plan.objectives[target].limit
            if Badness(after, target, limit) < Badness(before, target, limit) { return .helpful }
        }
        return isMoved ? .harmful : .none
    }

    /// What the false detections of an option are; nil where no run without faults was made.
    func falseDetections(_ change: PolicyChange) -> PairedEffect? {
        let (before, after) = (runs.control(nil, seeds), runs.control(change, seeds))
        guard before.count == seeds.count, after.count == seeds.count else { return nil }
        return PairedEffect(zip(before, after).map { ($0.fact(.detections), $1.fact(.detections)) }, isTime: false)
    }

    // MARK: One change

    private func option(_ change: PolicyChange, for target: Int) -> Advice.Option? {
        guard let (before, after) = pairs(change) else { return nil }
        let objective = plan.objectives[target]
        var (better, worse) = (0, 0)
        for (old, new) in zip(before, after) {
            let (a, b) = (
                Badness.value(old.objectives[target], objective.limit),
                Badness.value(new.objectives[target], objective.limit)
            )
            if b < a { better += 1 } else if a < b { worse += 1 }
        }
        let held = after.count { Badness.isHeld($0, target) }
        let p = SignTest.p(better: better, worse: worse)
        let others = plan.objectives.indices.filter {
            $0 != target && !plan.objectives[$0].isElsewhere(in: "simulated")
        }
        .map { side($0, before, after) }
        return Advice.Option(
            change: change, outcome: .unclear, effect: values(before, after, target), seeds: after.count,
            heldBefore: before.count { Badness.isHeld($0, target) }, heldAfter: held,
            heldInterval: BinomialInterval.wilson(successes: held, trials: after.count), p: p, adjustedP: p,
            breaks: breaks(others, before, after), others: others, facts: facts(before, after))
    }

    /// On the seeds for judging; of a search that was cut short, on those that there are.
    private func pairs(_ change: PolicyChange) -> (before: [AdviceSample], after: [AdviceSample])? {
        var after = runs.samples(change, seeds)
        if after.count < seeds.count {
            guard runs.wasStopped else { return nil }
            let others = runs.samples(change, screening)
            if others.count > after.count { after = others }
        }
        let before = runs.samples(nil, after.map(\.seed))
        guard !after.isEmpty, before.count == after.count else { return nil }
        return (before, after)
    }

    private func values(_ before: [AdviceSample], _ after: [AdviceSample], _ target: Int) -> PairedEffect {
        func value(_ sample: AdviceSample) -> Double? {
            let result = sample.objectives[target]
            return result.isCensored || result.isFailed ? nil : result.value
        }
        return PairedEffect(
            zip(before, after).map { (value($0), value($1)) }, isTime: plan.objectives[target].metric.unit == .time)
    }

    private func side(_ index: Int, _ before: [AdviceSample], _ after: [AdviceSample]) -> Advice.SideEffect {
        let objective = plan.objectives[index]
        // A run that cannot be judged as a whole breaks no objective by that: it is said apart.
        let heldBefore = before.count { $0.objectives[index].judgement == .held }
        let heldAfter = after.count { $0.objectives[index].judgement == .held }
        let trials = Double(after.count)
        let isBroken =
            objective.invariant
            ? heldAfter < heldBefore
            : Double(heldBefore) >= Advice.enough * trials && Double(heldAfter) < Advice.enough * trials
        return Advice.SideEffect(
            objective: objective, effect: values(before, after, index), heldBefore: heldBefore, heldAfter: heldAfter,
            isBroken: isBroken)
    }

    private func breaks(
        _ others: [Advice.SideEffect], _ before: [AdviceSample], _ after: [AdviceSample]
    ) -> [String] {
        var sentences = others.filter(\.isBroken).map { side in
            "breaks \(side.objective.id)\(side.objective.advisory ? " (advisory)" : "")"
                + " (held on \(side.heldBefore) of \(after.count) seeds before, on \(side.heldAfter) with it)"
        }
        let doubts = after.compactMap(\.doubt)
        if let first = doubts.first, doubts.count > before.count(where: { $0.doubt != nil }) {
            sentences.append(
                "\(doubts.count) of \(after.count) runs can no longer be judged: \(first.first?.lowercased() ?? "")"
                    + "\(first.dropFirst().prefix { $0 != "." })")
        }
        return sentences
    }

    private func facts(_ before: [AdviceSample], _ after: [AdviceSample]) -> [AdviceFact: PairedEffect] {
        var facts: [AdviceFact: PairedEffect] = [:]
        for fact in AdviceFact.allCases where fact != .falseDetections {
            facts[fact] = PairedEffect(
                zip(before, after).map { ($0.fact(fact), $1.fact(fact)) }, isTime: fact.unit == .time)
        }
        return facts
    }

    // MARK: Verdicts

    private func outcome(_ option: Advice.Option, _ objective: Objective) -> Advice.Outcome {
        guard option.adjustedP <= Advice.level, helps(option, objective) else { return .unclear }
        return Double(option.heldAfter) >= Advice.enough * Double(option.seeds) ? .meets : .improves
    }

    private func helps(_ option: Advice.Option, _ objective: Objective) -> Bool {
        if option.heldAfter != option.heldBefore { return option.heldAfter > option.heldBefore }
        // Where it was never reached and now is, there is no difference to look at.
        guard let difference = option.effect.difference else { return option.effect.after != nil }
        switch objective.limit {
        case .max: return difference < 0
        case .min: return difference > 0
        }
    }

    private func isBetter(_ a: Advice.Option, _ b: Advice.Option, _ objective: Objective) -> Bool {
        func rank(_ outcome: Advice.Outcome) -> Int { Advice.Outcome.allCases.firstIndex(of: outcome)! }
        if a.outcome != b.outcome { return rank(a.outcome) < rank(b.outcome) }
        if a.outcome == .meets {
            return a.breaks.count == b.breaks.count
                ? a.change.isEasier(than: b.change) : a.breaks.count < b.breaks.count
        }
        if a.heldAfter != b.heldAfter { return a.heldAfter > b.heldAfter }
        let sign: Double = if case .max = objective.limit { 1 } else { -1 }
        func value(_ option: Advice.Option) -> Double { option.effect.after.map { $0 * sign } ?? .infinity }
        return (value(a), a.breaks.count, a.change.factor) < (value(b), b.breaks.count, b.change.factor)
    }
}
