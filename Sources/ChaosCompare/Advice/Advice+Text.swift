import ChaosPlan
import ChaosScore

extension Advice {
    /// For the terminal.
    ///
    /// - Parameter command: the command that runs the scenario with these `--set` words.
    public func text(command: (_ overrides: [String]) -> String) -> String {
        if let failure { return "\(scenario): \(failure)\n" }
        var lines = ["\(scenario) on \(fleet), \(Self.count(seeds.count, "paired seed")) from \(seeds[0]) on"]
        if isInterrupted { lines.append("Interrupted: what follows rests on the runs that were made until then.") }
        if entries.isEmpty {
            lines.append(
                isInterrupted
                    ? "Nothing was found yet." : "No objective is missed in the simulator: there is nothing to mend.")
            return lines.joined(separator: "\n") + "\n"
        }
        lines.append(effort)
        for entry in entries {
            lines += ["", "\(entry.objective.id)  \(entry.finding)", "  \(entry.sentence)"]
            if let best = entry.best {
                lines.append("    \(command(best.change.overrides))")
                if !best.breaks.isEmpty || best.outcome == .improves { lines.append("    " + best.certainty) }
            }
            for option in entry.options.dropFirst().prefix(3) where option.outcome != .unclear {
                lines.append("  or \(option.sentence(for: entry.objective))")
                lines.append("    \(command(option.change.overrides))")
            }
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private var effort: String {
        "\(Self.count(changes, "change")) of \(Self.count(levers, "dial")) tried in \(Self.count(runs, "run")); "
            + "\(effectiveLevers) of the dials \(effectiveLevers == 1 ? "changes" : "change") anything here"
    }

    private static func count(_ number: Int, _ noun: String) -> String {
        "\(number) \(noun)\(number == 1 ? "" : "s")"
    }
}

extension Advice.Option {
    /// How sure that is.
    var certainty: String {
        "95 % interval of the share of seeds that hold it: \(Quantity.text(heldInterval.low, unit: .share)) … "
            + "\(Quantity.text(heldInterval.high, unit: .share)); corrected p \(Self.short(adjustedP))"
    }

    private static func short(_ p: Double) -> String { p < 0.000_1 ? "< 0.0001" : Quantity.decimal(p, places: 4) }
}
