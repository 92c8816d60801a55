import ChaosHistory
import ChaosPlan

/// What the catalogue demands evidence for.
enum ReadinessCatalogue {
    /// Of every scenario as it stands, its variants left out: they change one thing to see what it does. Canaries are left out
    /// too: they are made to miss, and prove the harness and not the fleet.
    static func demands() -> [Readiness.Demand] {
        ScenarioLocator.catalogue().flatMap { file -> [Readiness.Demand] in
            let name = ScenarioLocator.name(of: file)
            guard !name.hasPrefix("canary-"), let text = try? TextFile.read(file),
                let plan = LoadedPlan.read(text, ScenarioReference(file: file, variant: nil)).plan
            else { return [] }
            let digest = JournalHash.text(plan.digest)
            let faults = Set(plan.faults.map(\.fault.kind.rawValue)).sorted()
            return plan.objectives.compactMap { objective in
                objective.promise.map {
                    Readiness.Demand(
                        scenario: plan.name, objective: objective.id, promise: $0, planDigest: digest,
                        world: objective.world?.rawValue, isAdvisory: objective.advisory,
                        faults: faults)
                }
            }
        }
    }
}
