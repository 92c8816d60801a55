import ChaosPlan
import ChaosReport
import Foundation

/// Makes the trials of one scenario that are not on disk yet, the index after each.
struct TrialSeries {
    let loaded: LoadedPlan
    /// The same scenario on the fleet as it was measured, for simulated trials. A live fleet that is started from its file would
    /// add what was measured to itself once more.
    let measured: LoadedPlan?
    /// The same scenario on the naive fleet.
    let naive: LoadedPlan?
    /// Where all trials lie.
    let root: String
    let resumes: Bool

    private var directory: String { "\(root)/\(RunDirectory.safe(loaded.plan.name))" }
    private var file: String { "\(directory)/\(TrialIndex.file)" }

    struct Work {
        var runner: any TrialRunner
        var model: TrialIndex.Model
        var seeds: [UInt64]
    }

    /// - Parameter progress: trials done and trials in all.
    func run(_ works: [Work], progress: (Int, Int) -> Void) async throws {
        var index = try begin()
        let total = works.reduce(0) { $0 + $1.seeds.count }
        var done = 0
        for work in works {
            let modelled = work.model == .naive ? naive : measured
            let plan = work.runner.world == WorldKind.live.rawValue ? loaded : modelled ?? loaded
            let name = work.model == .naive ? TrialIndex.Model.naive.rawValue : work.runner.world
            for seed in work.seeds {
                if Interrupts.count > 0 {
                    Terminal.note("interrupted; go on with --resume")
                    throw ExitCode.interrupted
                }
                if !index.has(work.runner.world, work.model, seed) {
                    let request = TrialRequest(loaded: plan, seed: seed, out: "\(directory)/\(name)")
                    let run = try await work.runner.run(request)
                    // An interrupt cut it short; what it measured is no trial.
                    guard Interrupts.count == 0 else { continue }
                    index.trials.append(
                        .init(
                            world: work.runner.world, model: work.model, seed: seed,
                            run: String(run.dropFirst(root.count + 1))))
                    try index.write(to: file)
                }
                done += 1
                progress(done, total)
            }
        }
        if Interrupts.count > 0 { throw ExitCode.interrupted }
    }

    private func begin() throws(Failure) -> TrialIndex {
        let digest = JournalHash.text(loaded.plan.digest)
        let measuredDigest = measured.map { JournalHash.text($0.plan.digest) }
        let naiveDigest = naive.map { JournalHash.text($0.plan.digest) }
        guard TextFile.exists(file) else {
            try TextFile.makeDirectory(directory)
            return TrialIndex(
                scenario: loaded.plan.name, planDigest: digest, measuredPlanDigest: measuredDigest,
                naivePlanDigest: naiveDigest)
        }
        guard resumes else {
            throw Failure(
                .badArguments, "\(directory) has trials already; add to them with --resume, or give another --out")
        }
        var index = try TrialIndex.read(file)
        guard index.planDigest == digest, index.measuredPlanDigest == measuredDigest,
            index.naivePlanDigest == nil || naiveDigest == nil || index.naivePlanDigest == naiveDigest
        else {
            throw Failure(
                .invalidPlan,
                "\(file): its trials ran another plan (phases, overrides, scenario or fleet differ); give another --out"
            )
        }
        index.naivePlanDigest = index.naivePlanDigest ?? naiveDigest
        return index
    }
}
