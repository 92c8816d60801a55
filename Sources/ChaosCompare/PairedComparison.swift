public import ChaosPlan
public import ChaosScore

/// Two ways of running the same seeds: because both sides share their chance, differences show that single runs hide.
public struct PairedComparison: Sendable {
    public struct Row: Hashable, Sendable {
        /// `score`, `availability over the run`, or an objective's id.
        public var name: String
        /// Nil for the score's points.
        public var unit: Metric.Unit?
        /// Seeds with a value on both sides.
        public var pairs: Int
        /// After minus before.
        public var meanDifference: Double
        /// Student's, 95 %; nil for a single pair.
        public var interval: Interval?
        /// What counts as worse: a larger value, or a smaller one.
        public var largerIsWorse: Bool
        /// Seeds that held before and missed after, and the other way round; 0 for what is not judged.
        public var turnedMissed: Int
        public var turnedHeld: Int

        /// The interval leaves zero out: chance alone does not explain it.
        public var isClear: Bool { interval.map { $0.low > 0 || $0.high < 0 } ?? false }
        public var isWorse: Bool { isClear && (meanDifference > 0) == largerIsWorse }
    }

    /// On both sides, in the first one's order.
    public var seeds: [UInt64]
    /// On one side only, and so left out.
    public var unpaired: [UInt64]
    public var rows: [Row]

    public init(before: [Trial], after: [Trial]) {
        var partner: [UInt64: Trial] = [:]
        for trial in after { partner[trial.seed] = trial }
        let pairs = before.compactMap { trial in partner[trial.seed].map { (trial.scorecard, $0.scorecard) } }
        seeds = before.map(\.seed).filter { partner[$0] != nil }
        let paired = Set(seeds)
        unpaired = (before + after).map(\.seed).filter { !paired.contains($0) }

        rows = [
            Self.row("score", nil, false, pairs.map { ($0.score, $1.score) }),
            Self.row(
                "availability over the run", .share, false, pairs.map { ($0.facts.availability, $1.facts.availability) }
            ),
        ].compactMap { $0 }
        for result in pairs.first?.0.objectives ?? [] {
            let objective = result.objective
            let sides = pairs.compactMap { before, after -> (ObjectiveResult, ObjectiveResult)? in
                guard let old = before.objectives.first(where: { $0.objective.id == objective.id }),
                    let new = after.objectives.first(where: { $0.objective.id == objective.id }),
                    old.objective.metric == new.objective.metric
                else { return nil }
                return (old, new)
            }
            let largerIsWorse = if case .max = objective.limit { true } else { false }
            guard
                var row = Self.row(
                    objective.id, objective.metric.unit, largerIsWorse, sides.map { ($0.value, $1.value) })
            else { continue }
            row.turnedMissed = sides.count { $0.judgement == .held && $1.judgement == .missed }
            row.turnedHeld = sides.count { $0.judgement == .missed && $1.judgement == .held }
            rows.append(row)
        }
    }

    /// Nil without a single pair of values.
    static func row(
        _ name: String, _ unit: Metric.Unit?, _ largerIsWorse: Bool, _ values: [(Double?, Double?)]
    ) -> Row? {
        let differences = values.compactMap { before, after -> Double? in
            guard let before, let after else { return nil }
            return after - before
        }
        guard !differences.isEmpty else { return nil }
        let estimate = MeanInterval.studentT(of: differences)
        return Row(
            name: name, unit: unit, pairs: differences.count,
            meanDifference: estimate?.mean ?? differences[0], interval: estimate?.interval,
            largerIsWorse: largerIsWorse, turnedMissed: 0, turnedHeld: 0)
    }

    /// What got worse beyond chance, in order.
    public var worse: [String] { rows.filter(\.isWorse).map(\.name) }

    /// For the terminal.
    public var text: String {
        let worse = worse
        var table = TextTable(["", "mean difference", "95 % interval", "pairs", ""])
        for row in rows {
            var notes: [String] = []
            if row.isClear { notes.append(row.isWorse ? "worse" : "better") }
            if row.turnedMissed > 0 { notes.append("\(row.turnedMissed) turned missed") }
            if row.turnedHeld > 0 { notes.append("\(row.turnedHeld) turned held") }
            table.add([
                row.name, Self.words(row.meanDifference, row.unit),
                row.interval.map { "\(Self.words($0.low, row.unit)) … \(Self.words($0.high, row.unit))" } ?? "none",
                "\(row.pairs)", notes.joined(separator: ", "),
            ])
        }
        let verdict =
            worse.isEmpty ? "nothing got worse beyond chance" : "worse beyond chance: \(worse.joined(separator: ", "))"
        let left = unpaired.isEmpty ? "" : ", \(unpaired.count) runs without a partner left out"
        return "\(seeds.count) paired seeds\(left): \(verdict)\n" + table.text
    }

    private static func words(_ difference: Double, _ unit: Metric.Unit?) -> String {
        if let unit { return Comparison.signed(difference, unit) }
        return (difference > 0 ? "+" : "") + Quantity.decimal(difference, places: 2)
    }
}
