import ChaosPlan
import ChaosScore

/// The shape of a baseline's file, as it is read.
struct BaselineRecord: Decodable {
    struct PhasesRecord: Decodable {
        var baselineNs: Int64
        var faultsNs: Int64
        var recoveryNs: Int64
    }

    struct WorkloadRecord: Decodable {
        var requestIntervalNs: Int64
        var requestTimeoutNs: Int64
        var messageIntervalNs: Int64
        var stream: String
    }

    struct FaultRecord: Decodable {
        var id: String
        var kind: String
        var amounts: [String: Int64]?
        var manner: String?
        var target: String
        var start: String
        var durationNs: Int64?
        var everyNs: Int64?
        var times: Int
        var jitterNs: Int64?
        var mechanism: String?

        var outline: FaultOutline {
            FaultOutline(
                id: id, kind: kind, amounts: amounts ?? [:], manner: manner ?? "", target: target, start: start,
                duration: durationNs, every: everyNs, times: times, jitter: jitterNs ?? 0, mechanism: mechanism)
        }
    }

    struct GateRecord: Decodable {
        var minScore: Double
        var minCoverage: Double
        var confidence: Double
        var margins: [String: String]
    }

    struct SummaryRecord: Decodable {
        var verdict: String
        var score: Double?
        var coverage: Double
        var availability: Double
        var journalHash: String
    }

    struct SeedRecord: Decodable {
        var seed: UInt64
        var verdict: String
        var score: Double?
        var coverage: Double
        var availability: Double
        var journalHash: String
        var values: [String: Double]
        var censored: [String]?
        var missed: [String]?
        var inconclusive: [String]?

        func result(objectives: [String]) throws(BaselineJSON.Malformed) -> SeedResult {
            SeedResult(
                seed: seed, verdict: try BaselineRecord.word(verdict), score: score, coverage: coverage,
                journalHash: journalHash, availability: availability,
                objectives: objectives.map { id in
                    let isMissed = missed?.contains(id) ?? false
                    let isOpen = inconclusive?.contains(id) ?? false
                    return SeedObjective(
                        id: id, judgement: isMissed ? .missed : isOpen ? .inconclusive : .held, value: values[id],
                        isCensored: censored?.contains(id) ?? false)
                })
        }
    }

    var scenario: String
    var fleet: String
    var world: String
    var version: String
    var planDigest: String
    var fleetDigest: String
    var holdNs: Int64
    var phases: PhasesRecord
    var workload: WorkloadRecord
    var faultsPerHour: Int
    var expect: [String]
    var exercises: String
    var safety: String
    var faults: [FaultRecord]
    var objectives: [BaselineObjective]
    var gate: GateRecord
    var summary: SummaryRecord
    var seeds: [SeedRecord]

    func baseline() throws(BaselineJSON.Malformed) -> Baseline {
        var demands: [Objective] = []
        for objective in objectives { demands.append(try objective.objective()) }
        let ids = demands.map(\.id)
        var results: [SeedResult] = []
        for seed in seeds { results.append(try seed.result(objectives: ids)) }
        guard !results.isEmpty else { throw BaselineJSON.Malformed(description: "it has no seed") }
        guard gate.confidence > 0.5, gate.confidence < 1 else {
            throw BaselineJSON.Malformed(description: "gate.confidence is \(gate.confidence), not between 0.5 and 1")
        }
        var margins: [Margin] = []
        for (name, text) in gate.margins.sorted(by: { $0.key < $1.key }) {
            guard let amount = Margin.Amount(text) else {
                throw BaselineJSON.Malformed(description: "gate.margins.\(name): \(Margin.Amount.problem(text))")
            }
            margins.append(Margin(name: name, amount: amount))
        }
        let outline = PlanOutline(
            digest: try Self.digest(planDigest), fleetDigest: try Self.digest(fleetDigest),
            phases: Phases(baseline: phases.baselineNs, faults: phases.faultsNs, recovery: phases.recoveryNs),
            hold: holdNs,
            workload: Workload(
                requests: Rate(interval: workload.requestIntervalNs), requestTimeout: workload.requestTimeoutNs,
                messages: Rate(interval: workload.messageIntervalNs), stream: workload.stream),
            faultsPerHour: faultsPerHour, expect: expect, exercises: exercises.isEmpty ? nil : exercises,
            safety: safety, faults: faults.map(\.outline), objectives: demands)
        return Baseline(
            scenario: scenario, fleet: fleet, world: world, version: version, plan: outline, minScore: gate.minScore,
            minCoverage: gate.minCoverage, margins: margins, confidence: gate.confidence,
            summary: Baseline.Summary(
                verdict: try Self.word(summary.verdict), score: summary.score, coverage: summary.coverage,
                availability: summary.availability, journalHash: summary.journalHash),
            seeds: results)
    }

    static func word<Word: RawRepresentable & CaseIterable>(
        _ text: String
    ) throws(BaselineJSON.Malformed) -> Word where Word.RawValue == String {
        guard let word = Word(rawValue: text) else {
            throw BaselineJSON.Malformed(
                description: "\"\(text)\" is none of " + Word.allCases.map(\.rawValue).joined(separator: ", "))
        }
        return word
    }

    private static func digest(_ text: String) throws(BaselineJSON.Malformed) -> UInt64 {
        guard text.utf8.count == 16, let value = UInt64(text, radix: 16) else {
            throw BaselineJSON.Malformed(description: "\"\(text)\" is no digest of 16 hexadecimal digits")
        }
        return value
    }
}
