/// Trials as a table for people: fault × victim, each cell its trials, steps and slowest reversal.
struct MatrixTable {
    private let trials: [Trial]

    init(_ trials: [Trial]) { self.trials = trials }

    /// Trials in which somebody was hit.
    var kills: Int { trials.filter { $0.outcome != .notReached }.count }
    var residues: Int { trials.filter { if case .residue = $0.outcome { true } else { false } }.count }

    var summary: String {
        "kill matrix: \(kills) kills and hangs, \(residues) with residue; slowest reversal after a death "
            + "\(milliseconds(slowest { !$0.isStop })) ms, after a hang \(milliseconds(slowest { $0.isStop })) ms (lease and grace 700 ms)"
    }

    var markdown: String {
        var lines = [
            "# Kill matrix", "",
            "Written by `make kill-matrix`: each fault is injected through `gauntlet-host`, somebody is killed or stopped at a",
            "step of the fault's life (before the record, after it, in the middle of the injection, in force, in the middle of",
            "the revert, at a random instant), and the host is compared with what it was before by tools that are not ours.",
            "",
            "A cell shows trials / trials with residue / the slowest reversal in ms. After a hang that includes the lease",
            "(500 ms) and the guardian's grace (200 ms). For executor + guardian it includes `gauntlet-host recover`.",
            "",
            "**\(kills) kills and hangs, \(residues) with residue.**", "",
            "| fault | " + Victim.allCases.map(\.rawValue).joined(separator: " | ") + " |",
            "|---|" + Victim.allCases.map { _ in "---|" }.joined(),
        ]
        for fault in names {
            let cells = Victim.allCases.map { victim in
                let mine = trials.filter { $0.fault == fault && $0.victim == victim && $0.outcome != .notReached }
                let left = mine.filter { if case .residue = $0.outcome { true } else { false } }.count
                return "\(mine.count) / \(left) / \(milliseconds(Self.slowest(mine)))"
            }
            lines.append("| \(fault) | " + cells.joined(separator: " | ") + " |")
        }
        let missing = names.compactMap { fault -> String? in
            let steps = Moment.allCases.filter { moment in
                let mine = trials.filter { $0.fault == fault && $0.moment == moment }
                return !mine.isEmpty && mine.allSatisfy { $0.outcome == .notReached }
            }
            return steps.isEmpty ? nil : "- \(fault): \(steps.map(\.rawValue).joined(separator: ", "))"
        }
        if !missing.isEmpty { lines += ["", "Steps that a fault does not have:", ""] + missing }
        return lines.joined(separator: "\n") + "\n"
    }

    private var names: [String] {
        var seen: [String] = []
        for trial in trials where !seen.contains(trial.fault) { seen.append(trial.fault) }
        return seen
    }

    private func slowest(_ wanted: (Victim) -> Bool) -> Int64? { Self.slowest(trials.filter { wanted($0.victim) }) }

    private static func slowest(_ trials: [Trial]) -> Int64? {
        trials.compactMap { if case .clean(let time) = $0.outcome { time } else { nil } }.max()
    }

    private func milliseconds(_ time: Int64?) -> String { time.map { "\($0 / 1_000_000)" } ?? "–" }
}
