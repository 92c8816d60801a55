import ChaosPlan
import ChaosScore

/// The two runs that a fault's cost is the difference of.
struct CostContext {
    var plan: Plan
    /// Of the run with the fault.
    var schedule: Schedule
    var base: Observation
    var without: Observation

    /// Subjects that were down for longer with the fault, worst first.
    var hurt: [(subject: Int, lost: Nanoseconds)] {
        var lost = Array(repeating: Nanoseconds(0), count: plan.fleet.agents.count)
        for entry in base.trial.scorecard.facts.downtime { lost[entry.subject] += entry.down }
        for entry in without.trial.scorecard.facts.downtime { lost[entry.subject] -= entry.down }
        return lost.indices.filter { lost[$0] > 0 }.sorted { (-lost[$0], $0) < (-lost[$1], $1) }
            .map { ($0, lost[$0]) }
    }
}
