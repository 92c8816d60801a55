import ChaosScore

/// A `scorecard.json` on disk.
enum StoredScorecard {
    static func read(_ file: String) throws(Failure) -> Scorecard {
        let bytes = try TextFile.bytes(file)
        do throws(ScorecardJSON.Malformed) {
            return try ScorecardJSON.decode(bytes)
        } catch {
            throw Failure(.invalidPlan, "\(file): \(error.description)")
        }
    }

    /// What repeats it when its run directory is gone: its worst seed, by name.
    static func command(_ card: Scorecard) -> String {
        let seed = card.worstSeed ?? card.seeds.first ?? 1
        return ShellWord.join(["gauntlet", "run", card.scenario, "--seed", String(seed)])
    }
}
