internal import ChaosPlan

/// The numbers beside the objectives in `scorecard.json`.
struct FactsRecord: Codable {
    var durationNs: Int64
    var availability: Double
    var availabilityImpact: Double?
    var availabilityBudget: Double?
    var successRatio: Double
    var latencyP50Ns: Int64?
    var latencyP95Ns: Int64?
    var latencyP99Ns: Int64?
    var windowedMinimum: [WindowRecord]
    var resilienceLossAgentSeconds: Double
    var downtime: [DowntimeRecord]
    var cascades: [Int]
    var totals: TotalsRecord
    var mechanismTransitions: [MechanismRecord]

    struct WindowRecord: Codable {
        var windowNs: Int64
        var availability: Double
    }

    struct DowntimeRecord: Codable {
        var subject: Int
        var name: String
        var downNs: Int64
    }

    struct MechanismRecord: Codable {
        var mechanism: String
        var transitions: Int
    }

    init(_ facts: Facts) {
        durationNs = facts.duration
        availability = facts.availability
        availabilityImpact = facts.availabilityImpact
        availabilityBudget = facts.availabilityBudget
        successRatio = facts.successRatio
        latencyP50Ns = facts.latencyP50
        latencyP95Ns = facts.latencyP95
        latencyP99Ns = facts.latencyP99
        windowedMinimum = facts.windowedMinimum.map {
            WindowRecord(windowNs: $0.window, availability: $0.availability)
        }
        resilienceLossAgentSeconds = facts.resilienceLoss
        downtime = facts.downtime.map { DowntimeRecord(subject: $0.subject, name: $0.name, downNs: $0.down) }
        cascades = facts.cascades
        totals = TotalsRecord(facts.totals)
        mechanismTransitions = facts.mechanismCounts.map {
            MechanismRecord(mechanism: $0.mechanism.rawValue, transitions: $0.transitions)
        }
    }

    func facts() throws(ScorecardJSON.Malformed) -> Facts {
        var facts = Facts()
        facts.duration = durationNs
        facts.availability = availability
        facts.availabilityImpact = availabilityImpact
        facts.availabilityBudget = availabilityBudget
        facts.successRatio = successRatio
        facts.latencyP50 = latencyP50Ns
        facts.latencyP95 = latencyP95Ns
        facts.latencyP99 = latencyP99Ns
        facts.windowedMinimum = windowedMinimum.map { .init(window: $0.windowNs, availability: $0.availability) }
        facts.resilienceLoss = resilienceLossAgentSeconds
        facts.downtime = downtime.map { .init(subject: $0.subject, name: $0.name, down: $0.downNs) }
        facts.cascades = cascades
        facts.totals = totals.totals
        for record in mechanismTransitions {
            facts.mechanismCounts.append(
                .init(mechanism: try ScorecardRecord.word(record.mechanism), transitions: record.transitions))
        }
        return facts
    }
}
