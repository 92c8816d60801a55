public import ChaosPlan
import ChaosScore

extension Advice.Option {
    /// `hub-failover detect-after 5 s → 2 s: failover-time 7.1 s → 3.4 s (±0.2 s), held on 20 of 20 seeds; +3 % traffic`,
    /// with what it breaks before all else.
    public func sentence(for objective: Objective) -> String {
        let broken = breaks.isEmpty ? "" : Self.capital(breaks.joined(separator: "; ")) + ": "
        let parts = ["\(change.words): \(effectText(objective)), held on \(heldAfter) of \(seeds) seeds"]
        return broken + (parts + remarks).joined(separator: "; ")
    }

    /// What else changes for the worse, and what it takes to do it.
    private var remarks: [String] {
        let costs = costs
        var remarks = costs.isEmpty ? [] : [costs.joined(separator: ", ")]
        if costs.isEmpty, breaks.isEmpty { remarks.append("nothing else gets worse") }
        if !change.promised.isEmpty {
            remarks.append("it gives up what is promised (\(promisedText))")
        }
        if !change.nature.caution.isEmpty { remarks.append(change.nature.caution) }
        return remarks
    }

    private var promisedText: String {
        let promised = change.settings.filter { $0.source == .promise }
        return promised.count == 1 ? PolicyChange.value(promised[0].from) : "\(promised.count) values"
    }

    private func effectText(_ objective: Objective) -> String {
        let unit = objective.metric.unit
        func text(_ value: Double?) -> String {
            value.map { Quantity.text($0, unit: unit) } ?? (unit == .time ? "never" : "none")
        }
        guard let before = effect.before, let after = effect.after else {
            return "\(objective.id) \(text(effect.before)) → \(text(effect.after))"
        }
        let pair = Quantity.pair(before, after, unit: unit)
        return "\(objective.id) \(pair.value) → \(pair.limit)" + (spread(unit).map { " (±\($0))" } ?? "")
    }

    /// Half of the interval, the longer half; nil where there is none.
    private func spread(_ unit: Metric.Unit) -> String? {
        guard let difference = effect.difference, let interval = effect.interval else { return nil }
        return Advice.points(max(interval.high - difference, difference - interval.low), unit)
    }

    /// What gets worse beyond chance, in words.
    public var costs: [String] {
        let facts = AdviceFact.told.compactMap { fact in self.facts[fact].flatMap { Self.cost(fact, $0) } }
        let worse = others.filter { !$0.isBroken && $0.isWorse }.map(\.objective.id)
        guard !worse.isEmpty else { return facts }
        let named = worse.prefix(3).joined(separator: ", ") + (worse.count > 3 ? " and \(worse.count - 3) more" : "")
        return facts + ["\(named) \(worse.count == 1 ? "is" : "are") worse, not broken"]
    }

    /// Nil where it is no cost, or too small to be one.
    private static func cost(_ fact: AdviceFact, _ effect: PairedEffect) -> String? {
        guard effect.isClear, let difference = effect.difference, (difference > 0) == fact.largerIsWorse else {
            return nil
        }
        let sign = difference > 0 ? "+" : "-"
        switch fact.unit {
        case .share?:
            // A hundredth of a point is where availabilities are told apart.
            guard difference.magnitude >= 0.000_05 else { return nil }
            return "\(fact.words) \(sign)\(Advice.points(difference.magnitude, .share))"
        case let unit?:
            guard let before = effect.before, let after = effect.after, (effect.relative ?? 1) >= 0.01 else {
                return nil
            }
            let pair = Quantity.pair(before, after, unit: unit)
            return "\(fact.words) \(pair.value) → \(pair.limit)"
        case nil:
            if fact == .traffic {
                guard let relative = effect.relative, relative >= 0.005 else { return nil }
                return "\(sign)\(Quantity.decimal(relative * 100, places: relative < 0.1 ? 1 : 0)) % traffic"
            }
            guard difference >= 0.05, (effect.relative ?? 1) >= 0.01 else { return nil }
            return "\(sign)\(Quantity.decimal(difference, places: difference < 10 ? 1 : 0)) \(fact.words)"
        }
    }

    private static func capital(_ text: String) -> String { (text.first?.uppercased() ?? "") + text.dropFirst() }
}

extension Advice.SideEffect {
    /// Beyond chance, and by more than a trifle.
    var isWorse: Bool {
        guard effect.isClear, let difference = effect.difference, heldAfter <= heldBefore else { return false }
        let isLarge = (effect.relative?.magnitude ?? 1) >= (objective.metric.unit == .share ? 0.000_1 : 0.02)
        switch objective.limit {
        case .max: return difference > 0 && isLarge
        case .min: return difference < 0 && isLarge
        }
    }
}

extension Advice.Entry {
    /// What the report says of it: what would have met it, or that nothing would.
    public var sentence: String {
        guard let best else { return withoutBest }
        switch best.outcome {
        case .meets: return best.sentence(for: objective)
        case .improves, .unclear:
            return "No single change that was tried meets it. The best: " + best.sentence(for: objective)
        }
    }

    private var withoutBest: String {
        if seeds > 0, held == seeds { return "Held on all \(seeds) seeds: there is nothing to mend." }
        switch influence {
        case .none: return "No change that was tried has any influence on it."
        case .harmful: return "No change that was tried makes it better; some make it worse."
        case .helpful:
            guard let option = options.first else {
                return "No change that was tried makes it clearly better."
            }
            return "No change that was tried makes it better beyond chance. The nearest: "
                + option.sentence(for: objective)
        }
    }

    /// What it was without any change: `missed on 20 of 20 seeds, 6.4 s against at most 4 s`.
    public var finding: String {
        let limit: String
        let bound: Double
        switch objective.limit {
        case .max(let value): (limit, bound) = ("at most", value)
        case .min(let value): (limit, bound) = ("at least", value)
        }
        let unit = objective.metric.unit
        let allowed = Quantity.text(bound, unit: unit)
        let seeds = "held on \(held) of \(self.seeds) \(self.seeds == 1 ? "seed" : "seeds")"
        guard let value else { return "\(seeds); never reached, against \(limit) \(allowed)" }
        let pair = Quantity.pair(value, bound, unit: unit)
        return "\(seeds); typically \(pair.value) against \(limit) \(pair.limit)"
    }
}

extension Advice {
    /// A difference: of shares in points, not in percent.
    static func points(_ difference: Double, _ unit: Metric.Unit) -> String {
        let text = Quantity.text(difference, unit: unit)
        return unit == .share ? text.replacing(" %", with: " points") : text
    }
}
