import ChaosPlan
import ChaosReport
import ChaosScore

/// A finished run on disk, for the commands that read runs and make none.
enum StoredRun {
    /// What is not a run directory is a wrong argument here and not a missing file: these commands take nothing else.
    static func store(_ path: String) throws(Failure) -> RunStore {
        do throws(Failure) {
            return try RunStore.at(path)
        } catch {
            throw Failure(.invalidPlan, error.message)
        }
    }

    /// As the run left it, or from its journal where it died before it was scored.
    static func scorecard(_ path: String) throws(Failure) -> Scorecard {
        let store = try store(path)
        let file = store.path(of: RunDirectory.scorecard)
        if TextFile.exists(file) { return try StoredScorecard.read(file) }
        let plan = try LoadedPlan.load(try store.readRecord(), in: store).plan
        return try JournalAnalysis.read(store, plan: plan).scorecard
    }
}
