import ChaosPlan
import ChaosReport
import ChaosScore

/// A run to be judged, with as much of its plan as its directory has.
struct GatedRun {
    var card: Scorecard
    var replay: String
    /// Nil for a scorecard whose run directory is gone.
    var plan: PlanOutline?
    /// Changes that the run itself tells of.
    var ownChanges: [PlanChange] = []
    /// As the operator would name it.
    var scenarioFile: String?

    /// - Parameter given: a run directory, or a scorecard.
    static func read(_ given: String) throws(Failure) -> GatedRun {
        var target = given
        while target.count > 1, target.hasSuffix("/") { target.removeLast() }
        let isDirectory = TextFile.isDirectory(target)
        guard isDirectory || TextFile.exists(target) || target.contains("/") || !ScenarioLocator.isScenario(target)
        else {
            throw RunStore.missing(target)
        }
        let file = isDirectory ? "\(target)/\(RunDirectory.scorecard)" : target
        let card = try StoredScorecard.read(file)
        guard let store = try? RunStore.at(file) else {
            return GatedRun(card: card, replay: StoredScorecard.command(card))
        }
        var run = GatedRun(card: card, replay: store.replay)
        let record = try store.readRecord()
        run.ownChanges = PlanChange.overridden(record.overrides)
        run.scenarioFile = ScenarioLocator.file(of: card.scenario)
        // A plan that this version cannot read any more still has a digest.
        guard let plan = (try? LoadedPlan.load(record, in: store))?.plan else { return run }
        run.plan = PlanOutline(plan)
        // Another version may count other things into the digest.
        if record.version == EngineVersion.text, plan.digest != card.planDigest {
            run.ownChanges.append(
                PlanChange(
                    "plan-edited", "", "\(store.path) has another plan now than the one that was run", .different))
        }
        return run
    }

    /// What tells it from its baseline.
    func comparison(
        with stored: StoredBaseline?, margins: [Margin], confidence: Double?, acceptsChanges: Bool
    ) throws(Failure) -> GateComparison {
        var comparison = GateComparison(changes: ownChanges, acceptsChanges: acceptsChanges)
        guard let stored else {
            guard margins.isEmpty else {
                throw Failure(
                    .badArguments,
                    "--margin needs a baseline; make one with: \(ShellWord.join(["gauntlet", "baseline", "update", card.scenario]))"
                )
            }
            return comparison
        }
        let baseline = stored.baseline
        comparison.baseline = stored.path
        if let plan {
            comparison.changes += PlanChange.between(baseline.plan, plan)
        } else if card.planDigest != baseline.plan.digest {
            comparison.changes.append(
                PlanChange(
                    "plan-unknown", "",
                    "the plan is another one, and without the run's directory nobody can say how; give that",
                    .different))
        }
        guard card.world == baseline.world else {
            comparison.notes.append(
                "values are not compared: the baseline is of the \(baseline.world) world, the run of the \(card.world)")
            return comparison
        }
        do throws(NonInferiority.Refusal) {
            comparison.metrics = try NonInferiority.compare(
                card, with: baseline, margins: margins, confidence: confidence ?? baseline.confidence)
        } catch {
            throw Failure(.badArguments, error.description)
        }
        return comparison
    }
}
