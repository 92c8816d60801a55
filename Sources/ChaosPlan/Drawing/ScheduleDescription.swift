extension Schedule {
    /// The dry run: what would be done to whom and when, for `gauntlet plan`. Times are from the start of the run.
    public func describe(_ plan: Plan) -> String {
        let names = ScheduleNames(plan: plan, schedule: self)
        var lines = ["\(plan.name), seed \(seed): \(plan.summary)"]
        lines.append(
            "baseline until \(ScheduleNames.clock(plan.phases.faultsStart)), faults until \(ScheduleNames.clock(plan.phases.faultsEnd)), recovery until \(ScheduleNames.clock(plan.phases.end))"
        )
        lines.append("")
        if instances.isEmpty {
            lines.append("No faults: a control run.")
        } else {
            lines += Self.table(names.rows)
        }
        lines.append("")
        lines += names.blastRadius
        let rules = names.rules
        if !rules.isEmpty { lines += ["", "Known only in the run:"] + rules.map { "  \($0)" } }
        return lines.joined(separator: "\n") + "\n"
    }

    private static func table(_ rows: [[String]]) -> [String] {
        let all = [["id", "kind", "targets", "start", "for", "undo"]] + rows
        let widths = all[0].indices.map { column in all.map { $0[column].count }.max() ?? 0 }
        return all.map { row in
            var line = zip(row, widths).map { $0 + String(repeating: " ", count: $1 - $0.count) }.joined(
                separator: "  ")
            while line.last == " " { line.removeLast() }
            return line
        }
    }
}
