import ChaosPlan
import Foundation

extension RunRecord {
    /// Of a run that is about to begin.
    init(_ loaded: LoadedPlan, seed: UInt64, seeds: [UInt64]? = nil, files: [StoredFile], started: Date) {
        self.init(
            version: EngineVersion.text, scenario: loaded.plan.name, variant: loaded.variant, seed: seed, seeds: seeds,
            overrides: loaded.overrides, disable: loaded.disable.map(\.rawValue), fleetFile: loaded.fleetFile,
            files: files,
            planDigest: JournalHash.text(loaded.plan.digest), fleetDigest: JournalHash.text(loaded.plan.fleet.digest),
            started: started.formatted(.iso8601))
    }
}
