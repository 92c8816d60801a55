internal import ChaosCalendar
internal import Foundation

/// What `gauntlet run --json` and `gauntlet plan --json` print, as far as the service needs it.
struct RunOutput: Decodable {
    struct Ending: Decodable {
        var directory: String
        var exitCode: Int32
        var replay: String
    }

    var run: Ending
    var scorecard: ScoreSummary

    /// Nil for anything else.
    static func read(_ text: String) -> RunOutput? { try? decoder.decode(RunOutput.self, from: Data(text.utf8)) }

    static var decoder: JSONDecoder {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return decoder
    }
}

/// The few lines of a scorecard that decide what the calendar does next.
struct ScoreSummary: Decodable {
    struct Facts: Decodable {
        struct Downtime: Decodable { var downNs: Int64 }
        var downtime: [Downtime]
    }

    struct Objective: Decodable {
        var id: String
        var judgement: String
        var advisory: Bool
        var lostPoints: Double
        var explanation: String
    }

    var verdict: String
    var score: Double?
    var coverage: Double?
    var brokenInvariants: [String]
    var findings: [String]?
    var objectives: [Objective]?
    var facts: Facts

    /// One sentence each, as `gauntlet run --notify` tells them: what the run found, then what it missed, the dearest first.
    var sentences: [String] {
        let missed = (objectives ?? []).filter { $0.judgement == "missed" && !$0.advisory }
        return (findings ?? [])
            + missed.sorted { $0.lostPoints > $1.lostPoints }.map { "\($0.id): \($0.explanation)" }
    }

    var lostAgentSeconds: Double { facts.downtime.reduce(0) { $0 + Double($1.downNs) } / 1e9 }

    static func read(_ file: String) -> ScoreSummary? {
        FileManager.default.contents(atPath: file).flatMap {
            try? RunOutput.decoder.decode(ScoreSummary.self, from: $0)
        }
    }
}

/// A run's `run.json`, as far as it says how the run ended.
struct RunEnding: Decodable {
    var seed: UInt64
    var exitCode: Int32?
    /// UTC, ISO 8601.
    var started: String
    var ending: String

    static func read(_ file: String) -> RunEnding? {
        FileManager.default.contents(atPath: file).flatMap { try? RunOutput.decoder.decode(RunEnding.self, from: $0) }
    }
}

/// A dry run.
struct PlanOutput: Decodable {
    struct Radius: Decodable {
        var hosts: [String]
        var agents: [String]
        var exposed: [String]
    }

    var fleet: String
    var fleetAgents: Int
    var baselineNs: Int64
    var faultsNs: Int64
    var recoveryNs: Int64
    var blastRadius: Radius

    static func read(_ text: String) -> PlanFacts? {
        guard let plan = try? RunOutput.decoder.decode(PlanOutput.self, from: Data(text.utf8)) else { return nil }
        return PlanFacts(
            fleet: plan.fleet, agents: plan.fleetAgents,
            length: (plan.baselineNs + plan.faultsNs + plan.recoveryNs + 999_999_999) / 1_000_000_000,
            blastRadius: PlanFacts.words(
                hosts: plan.blastRadius.hosts.count, agents: plan.blastRadius.agents.count,
                exposed: plan.blastRadius.exposed.count))
    }
}

extension RunResult {
    /// Of a run by its exit code, and by its scorecard where there is one.
    init(code: Int32, score: ScoreSummary?, directory: String?, replay: String?, lastWords: String) {
        let outcome =
            switch code {
            case 0: score?.verdict ?? "held"
            case 1: "deviated"
            case 2: "inconclusive"
            case 3: "not reverted"
            case 5: "aborted"
            case 130: "interrupted"
            default: "failed: \(lastWords)"
            }
        self.init(outcome: outcome, score: score?.score, lost: score?.lostAgentSeconds, directory: directory)
        verdict = score?.verdict
        coverage = score?.coverage
        brokenInvariants = score?.brokenInvariants ?? []
        findings = score?.sentences ?? []
        self.replay = score == nil ? nil : replay
    }
}
