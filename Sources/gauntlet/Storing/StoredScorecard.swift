import ChaosReport
import ChaosScore

/// A `scorecard.json` on disk.
enum StoredScorecard {
    static func read(_ file: String) throws(Failure) -> Scorecard {
        let bytes = try TextFile.bytes(file)
        do throws(ScorecardJSON.Malformed) {
            return try ScorecardJSON.decode(bytes)
        } catch {
            let text = String(decoding: bytes, as: UTF8.self)
            let mark = try? JSONText.decode(Mark.self, from: text, file: file)
            if let mark, mark.gauntletScorecard != ScorecardJSON.format {
                throw Failure(
                    .invalidPlan,
                    "\(file): scorecard format \(mark.gauntletScorecard); this version reads \(ScorecardJSON.format)")
            }
            guard mark != nil || file.split(separator: "/").last == Substring(RunDirectory.scorecard) else {
                throw Failure(.invalidPlan, "\(file): not a scorecard; give a run directory or its scorecard.json")
            }
            throw Failure(.invalidPlan, "\(file): damaged, or of another version")
        }
    }

    /// What every scorecard has, of whatever version.
    private struct Mark: Decodable {
        var gauntletScorecard: Int
    }

    /// What repeats it when its run directory is gone: its worst seed, by name.
    static func command(_ card: Scorecard) -> String {
        let seed = card.worstSeed ?? card.seeds.first ?? 1
        return ShellWord.join(["gauntlet", "run", card.scenario, "--seed", String(seed)])
    }
}
