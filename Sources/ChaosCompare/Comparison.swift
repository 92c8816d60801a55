public import ChaosPlan
public import ChaosScore

/// Two scorecards side by side, objective by objective.
public struct Comparison: Sendable {
    public enum Change: String, CaseIterable, Hashable, Sendable {
        case better, same, worse
        /// One side lacks the objective or its evidence, or demands something else.
        case incomparable
    }

    public struct Side: Hashable, Sendable {
        public var judgement: Judgement
        public var value: Double?
        public var censored: Bool
    }

    public struct Row: Hashable, Sendable {
        public var objective: String
        public var unit: Metric.Unit
        /// Nil where that scorecard has no such objective.
        public var before: Side?
        public var after: Side?
        /// After minus before, in the metric's unit; nil where one of them is missing.
        public var difference: Double?
        public var change: Change
    }

    public var before: String
    public var after: String
    public var scoreBefore: Double?
    public var scoreAfter: Double?
    public var availabilityBefore: Double
    public var availabilityAfter: Double
    /// In the order of the first scorecard, then what only the second has.
    public var rows: [Row]

    public init(_ before: Scorecard, _ after: Scorecard) {
        self.before = Self.title(before)
        self.after = Self.title(after)
        scoreBefore = before.score
        scoreAfter = after.score
        availabilityBefore = before.facts.availability
        availabilityAfter = after.facts.availability
        let known = Set(before.objectives.map(\.objective.id))
        rows = before.objectives.map { result in
            Self.row(result, after.objectives.first { $0.objective.id == result.objective.id })
        }
        rows += after.objectives.filter { !known.contains($0.objective.id) }.map { Self.row(nil, $0) }
    }

    /// Objectives that got worse, in order.
    public var worse: [String] { rows.filter { $0.change == .worse }.map(\.objective) }
    public var better: [String] { rows.filter { $0.change == .better }.map(\.objective) }

    private static func title(_ card: Scorecard) -> String {
        card.scenario + (card.seeds.count == 1 ? " seed \(card.seeds[0])" : ", \(card.seeds.count) seeds")
    }

    private static func row(_ before: ObjectiveResult?, _ after: ObjectiveResult?) -> Row {
        let objective = (before ?? after)!.objective
        func side(_ result: ObjectiveResult) -> Side {
            Side(judgement: result.judgement, value: result.value, censored: result.censored)
        }
        var row = Row(
            objective: objective.id, unit: objective.metric.unit, before: before.map(side), after: after.map(side),
            difference: nil, change: .incomparable)
        guard let before, let after, before.objective.metric == after.objective.metric else { return row }
        if let old = before.value, let new = after.value { row.difference = new - old }
        row.change = change(before, after)
        return row
    }

    /// A judgement that turned decides; where it stands, the value does.
    private static func change(_ before: ObjectiveResult, _ after: ObjectiveResult) -> Change {
        switch (before.judgement, after.judgement) {
        case (.held, .missed): return .worse
        case (.missed, .held): return .better
        case (.inconclusive, .inconclusive): if before.value == nil, after.value == nil { return .same }
        case (.inconclusive, _), (_, .inconclusive): return .incomparable
        default: break
        }
        guard let old = before.value, let new = after.value else { return .incomparable }
        // A lower bound and a value, or two bounds, need not stand as they look.
        if before.censored != after.censored { return after.censored ? .worse : .better }
        if old == new { return .same }
        switch after.objective.limit {
        case .min: return new > old ? .better : .worse
        case .max: return new < old ? .better : .worse
        }
    }

    /// For the terminal.
    public var text: String {
        let worse = worse
        let verdict =
            worse.isEmpty
            ? "nothing got worse"
            : "\(worse.count) of \(rows.count) objectives got worse: \(worse.joined(separator: ", "))"
        var table = TextTable(["", "before", "after", "difference", ""])
        table.add([
            "score", Self.score(scoreBefore), Self.score(scoreAfter), Self.scoreDifference(scoreBefore, scoreAfter), "",
        ])
        let availability = Quantity.pair(availabilityBefore, availabilityAfter, unit: .share)
        table.add([
            "availability over the run", availability.value, availability.limit,
            Self.signed(availabilityAfter - availabilityBefore, .share), "",
        ])
        for row in rows {
            table.add([
                row.objective, Self.words(row.before, row.unit), Self.words(row.after, row.unit),
                row.difference.map { Self.signed($0, row.unit) } ?? "", row.change == .same ? "" : row.change.rawValue,
            ])
        }
        return "\(before) against \(after): \(verdict)\n" + table.text
    }

    private static func score(_ score: Double?) -> String { score.map { Quantity.decimal($0, places: 1) } ?? "none" }

    private static func scoreDifference(_ before: Double?, _ after: Double?) -> String {
        guard let before, let after else { return "" }
        return (after > before ? "+" : "") + Quantity.decimal(after - before, places: 1)
    }

    static func signed(_ difference: Double, _ unit: Metric.Unit) -> String {
        if difference == 0 { return "0" }
        // Quantities are made for sizes; a sign before them reads better than one within.
        return (difference > 0 ? "+" : "-") + Quantity.pair(difference.magnitude, 0, unit: unit).value
    }

    private static func words(_ side: Side?, _ unit: Metric.Unit) -> String {
        guard let side else { return "absent" }
        let value = side.value.map { (side.censored ? "> " : "") + Quantity.text($0, unit: unit) } ?? "none"
        return side.judgement == .held ? value : "\(value) (\(side.judgement.rawValue))"
    }
}
