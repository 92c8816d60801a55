import ChaosPlan
import ChaosReport
import ChaosScore

/// How numbers of two runs are written, so that terminal and page agree.
extension SideBySide.Figure {
    var leftText: String { Self.text(left, beside: right, unit) }
    var rightText: String { Self.text(right, beside: left, unit) }

    var differenceText: String {
        guard let difference else { return "" }
        if let unit { return Comparison.signed(difference, unit) }
        return (difference > 0 ? "+" : "") + Quantity.decimal(difference, places: 1)
    }

    /// In as many digits as it takes to see that the two differ.
    private static func text(_ value: Double?, beside other: Double?, _ unit: Metric.Unit?) -> String {
        guard let value else { return "none" }
        guard let unit else { return Quantity.decimal(value, places: 1) }
        guard let other else { return Quantity.text(value, unit: unit) }
        return Quantity.pair(value, other, unit: unit).value
    }
}

extension SideBySide.FaultRow {
    /// `never` where chains did not come back, `absent` where the other run had no such fault.
    func leftText(_ time: SideBySide.Figure) -> String { word(time, inLeft, openLeft) ?? time.leftText }
    func rightText(_ time: SideBySide.Figure) -> String { word(time, inRight, openRight) ?? time.rightText }

    private func word(_ time: SideBySide.Figure, _ isThere: Bool, _ open: [String]) -> String? {
        isThere ? (open.contains(time.name) ? "never" : nil) : "absent"
    }
}

extension Comparison.Row {
    func text(_ side: Comparison.Side?, beside other: Comparison.Side?) -> String {
        guard let side else { return "absent" }
        guard let value = side.value else { return "none (\(side.judgement.rawValue))" }
        let number = other?.value.map { Quantity.pair(value, $0, unit: unit).value } ?? Quantity.text(value, unit: unit)
        return "\(side.censored ? "> " : "")\(number) (\(side.judgement.rawValue))"
    }

    var differenceText: String { difference.map { Comparison.signed($0, unit) } ?? "" }
}

extension SideBySide.Side {
    var seedText: String {
        switch seeds.count {
        case 0: "no seed"
        case 1: "seed \(seeds[0])"
        default: "\(seeds.count) seeds"
        }
    }
}

extension SideBySide {
    /// For the terminal.
    public var text: String {
        var lines = [("A", left), ("B", right)].map {
            "\($0)  \($1.scenario), \($1.world), \($1.seedText), on \($1.fleet): \($1.label)"
        }
        lines += warnings.map { "warning: \($0)" }
        lines += grades.map { "\($0.sides)  \($0.grades.sentence)" }
        var text = lines.map { $0 + "\n" }.joined() + "\n"
        var table = TextTable(["", "A", "B", "difference"])
        table.add(["verdict", left.verdict.rawValue, right.verdict.rawValue, ""])
        for figure in summary { Self.add(figure, to: &table) }
        text += table.text
        if !objectives.isEmpty {
            table = TextTable(["objectives", "A", "B", "difference"])
            for row in objectives {
                table.add([
                    row.objective, row.text(row.before, beside: row.after), row.text(row.after, beside: row.before),
                    row.differenceText,
                ])
            }
            text += "\n" + table.text
        }
        table = TextTable(["faults", "A", "B", "difference"])
        for fault in faults {
            for time in fault.times {
                table.add([
                    "\(fault.id) \(time.name)", fault.leftText(time), fault.rightText(time), time.differenceText,
                ])
            }
        }
        if !table.isEmpty { text += "\n" + table.text }
        if !messages.isEmpty {
            table = TextTable(["messages", "A", "B", "difference"])
            for figure in messages { Self.add(figure, to: &table) }
            text += "\n" + table.text
        }
        if let paired {
            text += "\n\(paired.sentence)\n"
            table = TextTable(["over paired seeds", "mean difference", "95 % interval", "pairs"])
            for row in paired.rows where row.meanDifference != 0 || row.isClear {
                table.add([row.name, row.differenceText, row.intervalText, "\(row.pairs)"])
            }
            if !table.isEmpty { text += table.text }
        }
        return text
    }

    /// What both sides share is said once.
    var grades: [(sides: String, grades: RunGrades)] {
        switch (left.grades, right.grades) {
        case (let a?, let b?): a == b ? [("A, B", a)] : [("A", a), ("B", b)]
        case (let a?, nil): [("A", a)]
        case (nil, let b?): [("B", b)]
        case (nil, nil): []
        }
    }

    private static func add(_ figure: Figure, to table: inout TextTable) {
        table.add([figure.name, figure.leftText, figure.rightText, figure.differenceText])
    }
}

extension PairedComparison.Row {
    var differenceText: String { text(meanDifference) }
    var intervalText: String { interval.map { "\(text($0.low)) … \(text($0.high))" } ?? "none" }

    private func text(_ difference: Double) -> String {
        if let unit { return Comparison.signed(difference, unit) }
        return (difference > 0 ? "+" : "") + Quantity.decimal(difference, places: 2)
    }
}

extension SideBySide.Paired {
    var sentence: String {
        func points(_ value: Double) -> String { (value > 0 ? "+" : "") + Quantity.decimal(value, places: 2) }
        let range = interval.map { " (95 %: \(points($0.low)) … \(points($0.high)))" } ?? ""
        let rest = unpaired > 0 ? "; \(unpaired) runs without a partner are left out" : ""
        return
            "\(seeds.count) seeds in both: the score differs by \(points(meanDifference)) points on average\(range)\(rest)."
    }
}
