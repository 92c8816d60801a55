import ChaosHistory
import ChaosPlan
import ChaosReport

/// `readiness --json`.
struct ReadinessRecord: Encodable {
    struct Row: Encodable {
        var promise: String
        var area: String
        var text: String
        var value: String
        var decision: String
        var reason: String?
        var evidence: [Evidence]
    }

    struct Evidence: Encodable {
        var scenario: String
        var objective: String
        var advisory: Bool
        var state: String
        var run: String?
        var world: String?
        var seeds: Int?
        var ageS: Int64?
        var measured: String
        var command: String
        var note: String
        /// Kinds of the scenario's faults.
        var faults: [String]
    }

    struct Grade: Encodable {
        var kind: String
        var level: String
        var liveTrials: Int
    }

    var gauntletReadiness = 1
    var decision: String
    /// Seconds since 1970.
    var now: Int64
    var maxAgeS: Int64
    var promises: [Row]
    var commands: [String]
    /// Of every fault kind behind simulated evidence.
    var fidelity: [Grade]

    init(_ readiness: Readiness, grades: GradeSource) {
        fidelity = grades.grades(of: readiness.simulatedFaults).map {
            Grade(kind: $0.kind, level: $0.level.rawValue, liveTrials: $0.trials)
        }
        decision = (readiness.isGo ? Readiness.Decision.go : .noGo).rawValue
        now = readiness.now
        maxAgeS = readiness.maxAge
        commands = readiness.commands
        promises = readiness.rows.map { row in
            Row(
                promise: row.promise.id, area: row.promise.area, text: row.promise.text, value: row.promise.value,
                decision: row.decision.rawValue, reason: row.decision == .outside ? row.promise.reason : nil,
                evidence: row.evidence.map {
                    Evidence(
                        scenario: $0.scenario, objective: $0.objective, advisory: $0.isAdvisory,
                        state: $0.state.rawValue, run: $0.run, world: $0.world, seeds: $0.seedCount, ageS: $0.age,
                        measured: $0.measured, command: $0.command, note: $0.note,
                        faults: $0.faults)
                })
        }
    }
}
