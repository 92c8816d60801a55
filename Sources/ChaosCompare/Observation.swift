import ChaosPlan
import ChaosRun
import ChaosScore
import ChaosSim

/// One run as an explanation needs it: its scorecard, its history without fault lines, and its mechanisms' reactions.
struct Observation {
    var trial: Trial
    var history: JournalHash
    var log: MechanismLog

    /// - Parameters:
    ///   - kept: of each instance of `schedule`, its index in the schedule it was cut from.
    static func run(
        _ plan: Plan, seed: UInt64, schedule: Schedule, kept: [Int]? = nil
    ) async throws(WorldError) -> Observation {
        var history = HistoryHash(instances: kept)
        var log = MechanismLog(instances: schedule.instances.count)
        let trial = try await Trial.run(plan, seed: seed, schedule: schedule) { _ in
            [{ history.consume($0) }, { log.consume($0) }]
        }
        return Observation(trial: trial, history: history.value, log: log)
    }

    var lostAgentSeconds: Double {
        Double(trial.scorecard.facts.downtime.reduce(Int64(0)) { $0 + $1.down }) / 1e9
    }

    var summary: Explanation.Summary {
        Explanation.Summary(
            availability: trial.scorecard.facts.availability, score: trial.scorecard.score,
            lostAgentSeconds: lostAgentSeconds)
    }
}
