import ChaosHistory
import ChaosScore

/// Trends on the terminal.
struct TrendText {
    var width: Int

    /// Every metric of each trend, its shifts, and what became different in repeated runs.
    func detailed(_ trends: [Trend]) -> String { trends.map(detailed).joined(separator: "\n") }

    /// A line a trend: score, availability and how long recovery took, and how much has shifted.
    func overview(_ trends: [Trend]) -> String {
        let names = ["scenario"] + trends.map(Self.name)
        let widest = names.map(\.count).max() ?? 0
        let columns = max(8, min(24, (width - widest - 46) / 3))
        let heads = ["score", "user-uptime", "recovery"].map { pad($0, columns + 9) }.joined(separator: "  ")
        var text = "\(pad(names[0], widest))  \(heads)  runs\n"
        for (trend, name) in zip(trends, names.dropFirst()) {
            let cells = (0..<3).map { index in
                cell(index < trend.lines.count ? trend.lines[index] : nil, columns: columns)
            }.joined(separator: "  ")
            let shifts = trend.lines.flatMap(\.shifts)
            let changes = trend.repetitions.reduce(0) { $0 + $1.changes.count }
            var notes = ["\(trend.runs.count)"]
            if !shifts.isEmpty {
                notes.append("\(Self.plural(shifts.count, "shift")) (\(shifts.count(where: \.isWorse)) for the worse)")
            }
            if changes > 0 { notes.append("\(Self.plural(changes, "change")) at equal seeds") }
            text += "\(pad(name, widest))  \(cells)  \(notes.joined(separator: ", "))\n"
        }
        return text
    }

    /// The metrics that an overview shows: score, user-uptime, and the objective that says most about recovery.
    static func overview(of metrics: [TrendMetric]) -> [TrendMetric] {
        let recovery = ["recovery-time", "restore-time", "failover-time"].lazy.compactMap { name in
            metrics.first { $0.metric == name }
        }.first
        return metrics.filter { $0.limit == nil } + (recovery.map { [$0] } ?? [])
    }

    private func cell(_ line: Trend.Line?, columns: Int) -> String {
        let last = line.flatMap { line in line.values.last.flatMap { $0 }.map(line.metric.text) } ?? "–"
        return pad(line.map { Sparkline.draw($0.values, width: columns).text } ?? "", columns) + pad(" \(last)", 9)
    }

    private func detailed(_ trend: Trend) -> String {
        guard let first = trend.runs.first, let last = trend.runs.last else { return "" }
        var text = "\(Self.name(trend))  \(Self.plural(trend.runs.count, "run"))"
        text += ", \(RunTable.time(first.started)) to \(RunTable.time(last.started)) UTC\n"
        let names = trend.lines.map(\.metric.name)
        let widest = names.map(\.count).max() ?? 0
        let columns = max(16, min(60, width - widest - 34))
        for line in trend.lines { text += row(line, of: trend, nameWidth: widest, columns: columns) }
        text += repetitions(of: trend)
        if let sample = trend.lines.map(\.sample).max(), sample < Trend.leastSample {
            text += "  too few runs to look for shifts: \(sample) independent, \(Trend.leastSample) are needed\n"
        }
        return text
    }

    private func row(_ line: Trend.Line, of trend: Trend, nameWidth: Int, columns: Int) -> String {
        let drawn = Sparkline.draw(line.values, width: columns)
        let present = line.values.compactMap { $0 }
        var text = "  \(pad(line.metric.name, nameWidth))  \(pad(drawn.text, columns))"
        if let last = line.values.last.flatMap({ $0 }), let low = present.min(), let high = present.max() {
            text += "  \(line.metric.text(last))"
            let range = line.metric.texts(low, high)
            if low < high { text += "  (\(range.0) … \(range.1))" }
        } else {
            text += "  –"
        }
        text += "\n"
        guard !line.shifts.isEmpty else { return text }
        var marks = [Character](repeating: " ", count: columns)
        for shift in line.shifts { marks[drawn.columns[shift.after]] = "^" }
        var marked = String(marks)
        while marked.last == " " { marked.removeLast() }
        text += "  \(pad("", nameWidth))  \(marked)\n"
        for shift in line.shifts { text += "    \(Self.sentence(shift, of: line.metric, in: trend))\n" }
        return text
    }

    private func repetitions(of trend: Trend) -> String {
        var text = ""
        for repetition in trend.repetitions {
            let who = repetition.runs[0].seedCount == 1 ? "seed \(repetition.seed)" : "seeds from \(repetition.seed)"
            text += "  \(who), plan \(repetition.planDigest.prefix(8)): \(repetition.runs.count) runs"
            text += repetition.changes.isEmpty ? ", identical\n" : "\n"
            for change in repetition.changes { text += self.text(change) }
        }
        return text
    }

    private func text(_ change: Repetition.Change) -> String {
        var text = "    \(Self.versions(change.before, change.after)): another history"
        if change.isSameVersion {
            text += " (its source changed without its version, or it is not deterministic)"
        }
        if change.differences.isEmpty { return text + ", every number the same\n" }
        text += "\n"
        for difference in change.differences {
            let (before, after) = Self.texts(difference)
            let size = difference.change.map { " (\(difference.metric.differenceText($0)))" } ?? ""
            text += "      \(difference.metric.name) \(before) → \(after)\(size)\n"
        }
        return text
    }

    // MARK: Words

    static func name(_ trend: Trend) -> String {
        "\(trend.series.scenario)  \(trend.series.world)\(trend.seedCount > 1 ? "  \(trend.seedCount) seeds" : "")"
    }

    /// `failover-time: 3.4 s → 7.1 s, worse, between 0.1.0 (…) and 0.2.0 (…), p = 0.005`
    static func sentence(_ shift: Trend.Shift, of metric: TrendMetric, in trend: Trend) -> String {
        let (before, after) = (trend.runs[shift.before], trend.runs[shift.after])
        let medians = metric.texts(shift.from, shift.to)
        var text = "\(metric.name): median \(medians.0) → \(medians.1)"
        if shift.from != shift.to { text += ", \(shift.isWorse ? "worse" : "better")" }
        text += ", between \(versions(before, after)), p = \(Quantity.decimal(shift.pValue, places: 3))"
        if before.planDigest != after.planDigest { text += "; the plan changed there too" }
        return text
    }

    static func versions(_ before: RunEntry, _ after: RunEntry) -> String {
        "\(before.version) (\(run(before))) and \(after.version) (\(run(after)))"
    }

    /// Enough digits to see that they differ.
    static func texts(_ difference: Repetition.Difference) -> (String, String) {
        guard let before = difference.before, let after = difference.after else {
            return (
                difference.before.map(difference.metric.text) ?? "–",
                difference.after.map(difference.metric.text) ?? "–"
            )
        }
        return difference.metric.texts(before, after)
    }

    /// Its own name, without the scenario's.
    static func run(_ run: RunEntry) -> String {
        run.directory.split(separator: "/").last.map(String.init) ?? run.directory
    }

    static func plural(_ count: Int, _ noun: String) -> String { "\(count) \(noun)\(count == 1 ? "" : "s")" }

    private func pad(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - text.count))
    }
}
