/// What `gauntlet prune` did, or would do.
struct PruneOutcome: Encodable {
    var isDryRun: Bool
    /// Run directories, relative to the root.
    var pruned: [String] = []
    var bytes: Int64 = 0
    /// How many stay for which reason; the first that applies.
    var kept: [String: Int] = [:]
    /// One sentence for each run that should have gone and could not.
    var problems: [String] = []

    var text: String {
        var text = pruned.map { "\(isDryRun ? "would delete" : "deleted") \($0)\n" }.joined()
        let stays = kept.values.reduce(0, +)
        let reasons = kept.keys.sorted().map { "\(kept[$0] ?? 0) \($0)" }.joined(separator: ", ")
        text += "\(TrendText.plural(pruned.count, "run")), \(bytes / 1_000_000) MB, \(isDryRun ? "would go" : "gone"); "
        text += "\(stays) \(stays == 1 ? "stays" : "stay")\(reasons.isEmpty ? "" : ": \(reasons)")\n"
        return text
    }
}
