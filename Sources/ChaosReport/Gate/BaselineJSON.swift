import ChaosPlan
import ChaosScore
import Foundation

/// A baseline as it is kept: canonical, a line for each objective, fault and seed, so that a review shows what changed.
public enum BaselineJSON {
    /// Why a text is no baseline.
    public struct Malformed: Error, Hashable, Sendable, CustomStringConvertible {
        public var description: String

        public init(description: String) { self.description = description }
    }

    public static func encode(_ baseline: Baseline) -> String {
        let plan = baseline.plan
        let summary = baseline.summary
        return CanonicalJSON.object([
            "gauntlet_baseline": .integer(Int64(Baseline.format)),
            "scenario": .text(baseline.scenario), "fleet": .text(baseline.fleet), "world": .text(baseline.world),
            "version": .text(baseline.version), "plan_digest": .text(Measure.hex(plan.digest)),
            "fleet_digest": .text(Measure.hex(plan.fleetDigest)), "hold_ns": .integer(plan.hold),
            "phases": .object([
                "baseline_ns": .integer(plan.phases.baseline), "faults_ns": .integer(plan.phases.faults),
                "recovery_ns": .integer(plan.phases.recovery),
            ]),
            "workload": .object([
                "request_interval_ns": .integer(plan.workload.requests.interval),
                "request_timeout_ns": .integer(plan.workload.requestTimeout),
                "message_interval_ns": .integer(plan.workload.messages.interval),
                "stream": .text(plan.workload.stream),
            ]),
            "faults_per_hour": .integer(Int64(plan.faultsPerHour)), "expect": .list(plan.expect.map { .text($0) }),
            "exercises": .text(plan.exercises ?? ""), "safety": .text(plan.safety),
            "faults": .list(plan.faults.map(fault)), "objectives": .list(plan.objectives.map(BaselineObjective.json)),
            "gate": .object([
                "min_score": .number(baseline.minScore), "min_coverage": .number(baseline.minCoverage),
                "confidence": .number(baseline.confidence),
                "margins": .object(
                    Dictionary(
                        baseline.margins.map { ($0.name, CanonicalJSON.text($0.amount.text)) }, uniquingKeysWith: { $1 }
                    )),
            ]),
            "summary": .object(compacting: [
                "verdict": .text(summary.verdict.rawValue), "score": summary.score.map { .number(hundredth($0)) },
                "coverage": .number(hundredth(summary.coverage)), "availability": .number(summary.availability),
                "journal_hash": .text(summary.journalHash),
            ]),
            "seeds": .list(baseline.seeds.map(seed)),
        ]).file
    }

    public static func decode(_ text: String) throws(Malformed) -> Baseline {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        let mark: Mark
        do { mark = try decoder.decode(Mark.self, from: Data(text.utf8)) } catch {
            throw Malformed(description: "not a baseline")
        }
        guard mark.gauntletBaseline == Baseline.format else {
            throw Malformed(
                description:
                    "baseline format \(mark.gauntletBaseline) is not known; this version reads \(Baseline.format)")
        }
        let record: BaselineRecord
        do { record = try decoder.decode(BaselineRecord.self, from: Data(text.utf8)) } catch let error as DecodingError
        {
            throw Malformed(description: describe(error))
        } catch {
            throw Malformed(description: "damaged: \(error)")
        }
        return try record.baseline()
    }

    private struct Mark: Decodable {
        var gauntletBaseline: Int
    }

    /// What people compare and gates are set to.
    static func hundredth(_ value: Double) -> Double { (value * 100).rounded() / 100 }

    private static func fault(_ fault: FaultOutline) -> CanonicalJSON {
        .object(compacting: [
            "id": .text(fault.id), "kind": .text(fault.kind),
            "amounts": fault.amounts.isEmpty ? nil : .object(fault.amounts.mapValues { .integer($0) }),
            "manner": fault.manner.isEmpty ? nil : .text(fault.manner), "target": .text(fault.target),
            "start": .text(fault.start), "duration_ns": fault.duration.map { .integer($0) },
            "every_ns": fault.every.map { .integer($0) }, "times": .integer(Int64(fault.times)),
            "jitter_ns": fault.jitter == 0 ? nil : .integer(fault.jitter),
            "mechanism": fault.mechanism.map { .text($0) },
        ])
    }

    private static func seed(_ seed: SeedResult) -> CanonicalJSON {
        var values: [String: CanonicalJSON] = [:]
        for objective in seed.objectives { values[objective.id] = objective.value.map { .number($0) } }
        func ids(_ isWanted: (SeedObjective) -> Bool) -> CanonicalJSON? {
            let found = seed.objectives.filter(isWanted)
            return found.isEmpty ? nil : .list(found.map { .text($0.id) })
        }
        return .object(compacting: [
            "seed": .unsigned(seed.seed), "verdict": .text(seed.verdict.rawValue),
            "score": seed.score.map { .number(hundredth($0)) }, "coverage": .number(hundredth(seed.coverage)),
            "availability": .number(seed.availability ?? 0), "journal_hash": .text(seed.journalHash),
            "values": .object(values), "censored": ids(\.isCensored), "missed": ids { $0.judgement == .missed },
            "inconclusive": ids { $0.judgement == .inconclusive },
        ])
    }

    private static func describe(_ error: DecodingError) -> String {
        func path(_ keys: [any CodingKey]) -> String {
            keys.map { $0.intValue.map { "[\($0)]" } ?? $0.stringValue }.joined(separator: ".")
        }
        switch error {
        case .keyNotFound(let key, let context):
            let place = path(context.codingPath)
            return "\(place.isEmpty ? "the baseline" : place) lacks \(key.stringValue)"
        case .valueNotFound(_, let context), .typeMismatch(_, let context), .dataCorrupted(let context):
            return "\(path(context.codingPath)): \(context.debugDescription)"
        @unknown default: return "not a baseline: \(error)"
        }
    }
}
