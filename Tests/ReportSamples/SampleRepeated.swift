import ChaosPlan
import ChaosReport
import ChaosScore

extension Sample {
    /// The hub's failover over a hundred seeds; `shift` moves what each measured.
    package static func repeated(shift: Double = 0) -> Sample {
        var sample = hubFailover
        var noise = Noise(3)
        let objectives = sample.scorecard.objectives
        sample.scorecard.seeds = (1...100).map { UInt64($0) }
        sample.scorecard.perSeed = sample.scorecard.seeds.map { seed in
            let share = Double(noise.next(1_000)) / 1_000
            var result = SeedResult(
                seed: seed, verdict: share > 0.9 ? .deviated : .held, score: 100 - share * 9 - shift, coverage: 100,
                journalHash: "")
            result.objectives = objectives.enumerated().map { index, objective in
                SeedObjective(
                    id: objective.objective.id, judgement: index == 2 && share > 0.9 ? .missed : .held,
                    value: objective.value.map { $0 * (1 + (share - 0.5) * 0.1 + shift / 100) }, isCensored: false)
            }
            return result
        }
        sample.scorecard.worstSeed = 42
        for index in objectives.indices {
            sample.scorecard.objectives[index].interval = BinomialInterval.wilson(successes: 97, trials: 100)
        }
        return sample
    }
}
