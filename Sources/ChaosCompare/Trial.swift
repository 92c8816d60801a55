public import ChaosPlan
public import ChaosRun
public import ChaosScore
public import ChaosSim

/// One seed of a plan, run in the simulated world and scored; nothing is written to disk.
public struct Trial: Sendable {
    public var seed: UInt64
    public var scorecard: Scorecard
    public var outcome: Runner.Outcome
    public var hash: JournalHash
    public var statistics: SimulatedWorld.Statistics

    /// - Parameters:
    ///   - schedule: executed instead of the one drawn from the seed (a counterfactual: the same draws, one fault fewer).
    ///   - listeners: see `SimulatedRun.run`.
    public static func run(
        _ plan: Plan, seed: UInt64, schedule: Schedule? = nil,
        listeners: (JournalHeader) -> [(JournalRecord) -> Void] = { _ in [] }
    ) async throws(WorldError) -> Trial {
        var scorer: Scorer?
        let result = try await SimulatedRun.run(plan, seed: seed, schedule: schedule) { header in
            scorer = Scorer(header: header, plan: plan)
            return [{ scorer!.consume($0) }] + listeners(header)
        }
        scorer!.journalHash = result.hash.text
        return Trial(
            seed: seed, scorecard: scorer!.finish(), outcome: result.outcome, hash: result.hash,
            statistics: result.statistics)
    }

    /// Runs `seeds` on up to `jobs` threads at once; the answers come in the order of the seeds.
    public static func run(
        _ plan: Plan, seeds: [UInt64], jobs: Int, progress: @Sendable (Int) -> Void = { _ in }
    ) async throws(WorldError) -> [Trial] {
        var trials: [Trial?] = Array(repeating: nil, count: seeds.count)
        var failure: WorldError?
        await withTaskGroup(of: (Int, Result<Trial, WorldError>).self) { group in
            var next = 0
            func add() {
                guard next < seeds.count else { return }
                let index = next
                next += 1
                group.addTask {
                    do throws(WorldError) {
                        return (index, .success(try await Trial.run(plan, seed: seeds[index])))
                    } catch {
                        return (index, .failure(error))
                    }
                }
            }
            for _ in 0..<max(1, jobs) { add() }
            var done = 0
            while let (index, result) = await group.next() {
                done += 1
                progress(done)
                switch result {
                case .success(let trial): trials[index] = trial
                case .failure(let error): failure = failure ?? error
                }
                if failure == nil { add() }
            }
        }
        if let failure { throw failure }
        return trials.map { $0! }
    }
}
