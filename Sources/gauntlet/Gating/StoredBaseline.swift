import ChaosReport

/// A baseline on disk.
struct StoredBaseline {
    static let directory = "reports/baselines"

    var path: String
    var baseline: Baseline

    /// Where a scenario's baseline lies unless somebody says otherwise; `scenario` with its variant.
    static func path(of scenario: String) -> String { "\(directory)/\(RunDirectory.safe(scenario)).json" }

    static func read(_ path: String) throws(Failure) -> StoredBaseline {
        let text = try TextFile.read(path)
        do throws(BaselineJSON.Malformed) {
            return StoredBaseline(path: path, baseline: try BaselineJSON.decode(text))
        } catch {
            throw Failure(.invalidPlan, "\(path): \(error.description); make one with `gauntlet baseline update`")
        }
    }

    /// The one given, which must be there; else the scenario's own, if it has one.
    static func find(_ given: String?, scenario: String) throws(Failure) -> StoredBaseline? {
        let own = path(of: scenario)
        guard let path = given ?? (TextFile.exists(own) ? own : nil) else { return nil }
        let stored = try read(path)
        guard stored.baseline.scenario == scenario else {
            throw Failure(
                .invalidPlan, "\(path) is the baseline of \(stored.baseline.scenario); this is a run of \(scenario)")
        }
        return stored
    }
}
