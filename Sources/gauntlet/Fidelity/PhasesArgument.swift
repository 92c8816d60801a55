import ArgumentParser

/// Lengths of baseline, faults and recovery on the command line: `20s/40s/30s`.
struct PhasesArgument: ExpressibleByArgument {
    /// As `--set` takes them.
    var overrides: [String]

    init?(argument: String) {
        let parts = argument.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 3, parts.allSatisfy({ TimeArgument(argument: $0).map { $0.nanoseconds > 0 } ?? false })
        else {
            return nil
        }
        overrides = zip(["baseline", "faults", "recovery"], parts).map { "phases.\($0)=\($1)" }
    }
}
